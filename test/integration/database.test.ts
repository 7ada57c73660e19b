import { expect, inject, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { asSuperuser } from '../support/databases.ts'

const OPTIONS = {
  name: 'staging',
  get url() {
    return inject('targetUrl')
  },
  role: 'target',
  connectMs: 10_000,
  lockMs: 3000,
  silenceMs: 300_000,
  signal: new AbortController().signal,
} as const

test('a session that was given back is the next one, once, and is closed with the database', async () => {
  const pids = await withDatabase(OPTIONS, async (database) => {
    const first = await database.session()
    database.giveBack(first)
    const opened = [await database.session(), await database.session()]
    expect(opened[0]).toBe(first)
    expect(opened[1]?.pid).not.toBe(first.pid)
    for (const session of opened) database.giveBack(session)
    return opened.map(({ pid }) => pid)
  })
  await expect
    .poll(() =>
      asSuperuser(OPTIONS.url, async (admin) => {
        const { rowCount } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1)', [pids])
        return rowCount
      }),
    )
    .toBe(0)
})

test('a session that was ended on the server while nobody had it is not given out again', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const lost = await database.session()
    database.giveBack(lost)
    await asSuperuser(OPTIONS.url, (admin) => admin.query('SELECT pg_terminate_backend($1)', [lost.pid]))
    // Sooner than it would be closed by itself.
    await expect.poll(() => lost.isOpen, { timeout: 5_000 }).toBe(false)
    const next = await database.session()
    expect(await next.queryOne('SELECT 1 AS one')).toEqual({ one: 1 })
  })
})

test('an abort does not cancel what a run does at its end, though its own session was busy a moment ago', async () => {
  const stop = new AbortController()
  await withDatabase({ ...OPTIONS, signal: stop.signal }, async (database) => {
    const own = await database.session()
    const last = own.query('SELECT')
    stop.abort()
    await last
    const closing = database.withClosingSession((session) => session.query('SELECT pg_sleep(0.5)'), own)
    await expect(closing).resolves.toHaveLength(1)
  })
})

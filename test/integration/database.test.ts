import { expect, inject, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { asSuperuser } from '../support/databases.ts'

test('a session that was given back is the next one, once, and is closed with the database', async () => {
  const options = {
    name: 'staging',
    url: inject('targetUrl'),
    role: 'target',
    connectMs: 10_000,
    lockMs: 3000,
    signal: new AbortController().signal,
  } as const
  const pids = await withDatabase(options, async (database) => {
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
      asSuperuser(options.url, async (admin) => {
        const { rowCount } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1)', [pids])
        return rowCount
      }),
    )
    .toBe(0)
})

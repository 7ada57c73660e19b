import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { needOfJobs } from '../../src/postgres/session-need.ts'
import { adminOf, asSuperuser, createRole } from '../support/databases.ts'

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
    await expect.poll(() => lost.isOpen).toBe(false)
    const next = await database.session()
    expect(await next.queryOne('SELECT 1 AS one')).toEqual({ one: 1 })
  })
})

test('whoever reads a COPY that has failed already learns of it', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const session = await database.session()
    await asSuperuser(OPTIONS.url, (admin) => admin.query('SELECT pg_terminate_backend($1)', [session.pid]))
    await expect.poll(() => session.isOpen).toBe(false)
    const { stream } = session.copyOutCounted('COPY (SELECT 1) TO STDOUT')
    // As a writer that must be opened first.
    await setTimeout(10)
    await expect(pipeline(stream, new PassThrough())).rejects.toThrow(/not queryable/)
  })
})

test('a limit that leaves no room is named, although the session that asks for it has looked at all sessions before, in its transaction', async () => {
  const role = await createRole(OPTIONS.url)
  const admin = await adminOf(OPTIONS.url)
  await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 3`)
  const url = new URL(OPTIONS.url)
  Object.assign(url, { username: role, password: role })
  const options = { ...OPTIONS, url: url.href, connectMs: 1000, need: needOfJobs(2) }
  await withDatabase(options, async (database) => {
    const first = await database.session()
    await first.execute('BEGIN; SELECT count(*) FROM pg_stat_activity')
    await Promise.all([database.session(), database.session()])
    await expect(database.session()).rejects.toThrow(
      /the run needs 4 connections at once, and the CONNECTION LIMIT of role \S+, 3, leaves 3$/,
    )
  })
  await admin.query(`DROP ROLE ${role}`)
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

test('statements that are sent at once are answered in order; behind one that fails in a transaction, all fail', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const session = await database.session()
    const one = (n: number) => session.queryOne<{ n: number }>('SELECT $1::int AS n', [n])
    expect(await Promise.all([one(1), session.execute('SELECT 2'), one(3)])).toEqual([{ n: 1 }, 1, { n: 3 }])
    const alone = await Promise.allSettled([one(1), session.query('SELECT nothing'), one(3)])
    expect(alone.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const together = session.transaction('BEGIN', () =>
      Promise.allSettled([one(1), session.query('SELECT nothing'), one(3)]),
    )
    const [, , last] = await together
    expect((await together).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(String((last as PromiseRejectedResult).reason), 'with its cause').toContain('column "nothing"')
    expect(await one(4)).toEqual({ n: 4 })
  })
})

test('a COPY is sent behind what is not answered yet, and takes no statement for a row', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const session = await database.session()
    await session.execute('CREATE TEMPORARY TABLE taken (n int)')
    const before = [session.query('SELECT pg_sleep(0.05)'), session.query('SELECT 1')]
    const read: Buffer[] = []
    for await (const chunk of session.copyOut('COPY (SELECT 5 AS n) TO STDOUT')) read.push(chunk)
    expect(Buffer.concat(read).toString()).toBe('5\n')
    await Promise.all(before)
    const rows = session.copyIn('COPY pg_temp.taken FROM STDIN')
    rows.write('1\n')
    const count = session.queryOne<{ n: number }>('SELECT count(*)::int AS n FROM pg_temp.taken')
    rows.end('2\n')
    expect(await count).toEqual({ n: 2 })
  })
})

test('the locks of a brief look are given back within the transaction', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const session = await database.session()
    const held = await session.transaction('BEGIN', async () => {
      await session.readBriefly(() => session.query('SELECT FROM pg_catalog.pg_largeobject_metadata'))
      return session.query(
        "SELECT FROM pg_locks WHERE relation = 'pg_largeobject_metadata'::regclass AND pid = pg_backend_pid()",
      )
    })
    expect(held).toEqual([])
  })
})

test('sessions that are prepared are those that are asked for next', async () => {
  await withDatabase(OPTIONS, async (database) => {
    database.prepare(2)
    database.prepare(2)
    const opened = await Promise.all([database.session(), database.session()])
    expect(database.openPids().sort()).toEqual(opened.map(({ pid }) => pid).sort())
    database.prepare(1)
    await expect.poll(() => database.openPids()).toHaveLength(3)
    // It is closed with the database, though nobody has taken it.
  })
})

test('what is made of each row is returned, and an error of that ends the query alone', async () => {
  await withDatabase(OPTIONS, async (database) => {
    const session = await database.session()
    const sql = 'SELECT n FROM generate_series(1, $1::int) AS n'
    const double = ({ n }: { n: number }) => 2 * n
    const refuse = () => {
      throw new Error('not this one')
    }
    const answers = [session.queryEach(sql, [3], double), session.queryEach(sql, [2], refuse)]
    const wrong = session.queryEach('SELECT n FROM missing', [], double)
    const settled = await Promise.allSettled([...answers, wrong, session.queryEach(sql, [1], double)])
    expect(settled.map((each) => (each.status === 'fulfilled' ? each.value : 'failed'))).toEqual([
      [2, 4, 6],
      'failed',
      'failed',
      [2],
    ])
  })
})

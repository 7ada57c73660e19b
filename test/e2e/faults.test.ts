import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { asSuperuser, connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const SCHEMA = `
  CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE, body text);
  CREATE TABLE log (at int, body text);
  CREATE TABLE counter (id serial PRIMARY KEY, n int);`
const SOURCE = `${SCHEMA}
  INSERT INTO item SELECT i, 'code ' || i, repeat(md5(i::text), 20) FROM generate_series(1, 5000) i;
  INSERT INTO log SELECT i, 'x' FROM generate_series(1, 500) i;
  INSERT INTO counter (n) SELECT i FROM generate_series(1, 50) i;`
const TARGET = `${SCHEMA}
  INSERT INTO item SELECT i, 'code ' || i, 'old' FROM generate_series(1, 4000) i;
  INSERT INTO log SELECT i, 'y' FROM generate_series(1, 400) i;`

describe('whatever fails, the target is as it was', () => {
  let pair: DatabasePair
  let before: Awaited<ReturnType<typeof readContent>>
  let other: pg.Client

  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
    before = await readContent(pair.target.client)
    other = await connect(pair.target.url)
  })
  afterEach(async () => {
    await other.end()
    await pair.drop()
  })

  const env = (overrides: Record<string, string> = {}) => ({
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    ...overrides,
  })
  const start = (overrides = {}) => startMbsync(['sync'], { env: env(overrides) })

  /** The target is unchanged, its lock free, and the next run does the whole job. */
  async function expectUnharmed(status: string): Promise<void> {
    expect(await readContent(pair.target.client)).toEqual(before)
    await untilLockIsFree(pair.target.client)
    const next = await runHere(['sync'], { env: env() })
    expect(next.exitCode, next.stderr).toBe(0)
    await expectSameContent(pair.source.client, pair.target.client)
    const { rows } = await pair.target.client.query('SELECT status FROM mbsync.runs ORDER BY id')
    expect(rows.map((row) => row.status)).toEqual([status, 'succeeded'])
    const { rows: left } = await pair.target.client.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'mbsync_landing'::regnamespace`,
    )
    expect(left).toEqual([])
  }

  /** Holds a row that the merge must update, so that the run stands still in the middle of it. */
  async function holdRow(): Promise<void> {
    await other.query('BEGIN')
    await other.query('SELECT FROM item WHERE id = 3999 FOR UPDATE')
  }

  async function endConnections(side: 'source' | 'target'): Promise<void> {
    await asSuperuser(inject(`${side}Url`), (admin) =>
      admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mbsync' AND datname = $1`,
        [pair[side].name],
      ),
    )
  }

  async function untilApplying(): Promise<void> {
    await until(
      pair.target.client,
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'UPDATE'`,
    )
  }

  test('when it is killed while it merges', async () => {
    await holdRow()
    const run = start()
    await untilApplying()
    run.kill('SIGKILL')
    await run.ended
    await other.query('ROLLBACK')
    await expectUnharmed('abandoned')
  })

  test('when it is killed while it waits for the tables', async () => {
    await other.query('BEGIN; LOCK TABLE log IN ROW EXCLUSIVE MODE')
    const run = start()
    await run.untilStderr(/"phase":"merge"/)
    run.kill('SIGKILL')
    await run.ended
    await other.query('ROLLBACK')
    await expectUnharmed('abandoned')
  })

  test('when it is killed while rows land', async () => {
    const proxy = await startProxy(pair.source.url)
    const run = start({ PRODUCTION_DATABASE_URL: proxy.url })
    await run.untilStderr(/"phase":"land"/)
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await expectUnharmed('abandoned')
  })

  test('when it is killed while it validates', async () => {
    await pair.source.client.query('BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE')
    const run = start()
    await run.untilStderr(/"phase":"validate"/)
    run.kill('SIGKILL')
    await run.ended
    await pair.source.client.query('ROLLBACK')
    await expectUnharmed('abandoned')
  })

  test('or as it is after COMMIT, when it is killed while it finishes', async () => {
    await pair.target.client.query(
      'CREATE MATERIALIZED VIEW public.totals AS SELECT count(*) FROM public.item',
    )
    await other.query('BEGIN; SELECT FROM totals')
    const run = start()
    await run.untilStderr(/"phase":"finish"/)
    run.kill('SIGKILL')
    await run.ended
    await other.query('ROLLBACK')
    await expectSameContent(pair.source.client, pair.target.client)
    await untilLockIsFree(pair.target.client)
    expect((await runHere(['sync'], { env: env() })).exitCode).toBe(0)
    const { rows } = await pair.target.client.query('SELECT status FROM mbsync.runs ORDER BY id')
    expect(rows.map((row) => row.status)).toEqual(['succeeded', 'succeeded'])
  })

  test.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)(
    'when $signal stops it in the middle of the merge, with exit code $exitCode',
    async ({ signal, exitCode }) => {
      await holdRow()
      const run = start()
      await untilApplying()
      run.kill(signal)
      expect((await run.ended).exitCode).toBe(exitCode)
      await other.query('ROLLBACK')
      await expectUnharmed('interrupted')
    },
  )

  test.each(['source', 'target'] as const)('when the %s ends its connections', async (side) => {
    if (side === 'target') await holdRow()
    const run = side === 'target' ? start() : await landingSlowly(pair)
    if (side === 'target') await untilApplying()
    await endConnections(side)
    const { exitCode, stderr } = await run.ended
    expect(stderr).not.toMatch(/ {4}at /)
    expect(exitCode, stderr).toBe(1)
    await other.query('ROLLBACK')
    await expectUnharmed('failed')
  })

  test.each(['source', 'target'] as const)(
    'when the %s ends its connections while the run validates',
    async (side) => {
      await pair.source.client.query('BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE')
      const run = start()
      await run.untilStderr(/"phase":"validate"/)
      // In a session of its own: one transaction sees pg_stat_activity as it was at its first look.
      const watcher = await connect(pair.source.url)
      await until(
        watcher,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync' AND wait_event_type = 'Lock'`,
      )
      await watcher.end()
      await endConnections(side)
      await pair.source.client.query('ROLLBACK')
      const { exitCode, stderr } = await run.ended
      expect(stderr).not.toMatch(/ {4}at /)
      expect(exitCode, stderr).toBe(1)
      await expectUnharmed('failed')
    },
  )

  test('or as it is after COMMIT, with a warning, when the target ends its connections while the run finishes', async () => {
    await pair.target.client.query(
      'CREATE MATERIALIZED VIEW public.totals AS SELECT count(*) FROM public.item',
    )
    await other.query('BEGIN; SELECT FROM totals')
    const run = start()
    await until(
      pair.target.client,
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^REFRESH' AND wait_event_type = 'Lock'`,
    )
    await endConnections('target')
    const { exitCode, stderr } = await run.ended
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toMatch(/"level":"warn".*(totals|follow-up)/)
    await other.query('ROLLBACK')
    await expectSameContent(pair.source.client, pair.target.client)
    await untilLockIsFree(pair.target.client)
  })

  test('when the connection to the source is cut in the middle of a COPY', async () => {
    const proxy = await startProxy(pair.source.url)
    const run = start({ PRODUCTION_DATABASE_URL: proxy.url })
    proxy.cutAfter(2_000_000)
    const { exitCode, stderr } = await run.ended
    await proxy.close()
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/connection to .* was lost/)
    await expectUnharmed('failed')
  })

  test('when another session holds a table for longer than the lock timeout', async () => {
    await other.query('BEGIN; LOCK TABLE item IN ROW EXCLUSIVE MODE')
    const { exitCode, stderr } = await runHere(['sync'], {
      env: env(),
      files: {
        'mbsync.yaml':
          'profiles: { prod-to-staging: { from: production, to: staging, timeouts: { lock: 300ms } } }',
      },
    })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/Another session holds a lock/)
    expect(stderr).toMatch(
      /; backend \d+ of role postgres, idle in a transaction, holds a lock on public\.item/,
    )
    await other.query('ROLLBACK')
    await expectUnharmed('failed')
  })

  test("when a unique index of the target's own refuses a row", async () => {
    await pair.target.client.query('CREATE UNIQUE INDEX own ON public.log (body, (at % 450))')
    const { exitCode, stderr } = await runHere(['sync'], { env: env() })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/own/)
    expect(stderr).not.toMatch(/already exists/)
    await pair.target.client.query('DROP INDEX public.own')
    await expectUnharmed('failed')
  })

  test('when a second run comes while one is under way, the second ends with 75 and the first goes on', async () => {
    await holdRow()
    const run = start()
    await untilApplying()
    expect((await runHere(['sync'], { env: env() })).exitCode).toBe(75)
    await other.query('ROLLBACK')
    expect((await run.ended).exitCode).toBe(0)
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('not even timeouts set on the database end a run', async () => {
    await pair.target.client.query(`ALTER DATABASE ${pair.target.name} SET statement_timeout = '50ms'`)
    await pair.source.client.query(`ALTER DATABASE ${pair.source.name} SET statement_timeout = '50ms'`)
    const { exitCode, stderr } = await runHere(['sync'], { env: env() })
    expect(exitCode, stderr).toBe(0)
  })
})

/** A run that takes many seconds to read one of its tables. */
async function landingSlowly({ source, target }: DatabasePair) {
  const run = startMbsync(['sync'], {
    env: { PRODUCTION_DATABASE_URL: source.url, STAGING_DATABASE_URL: target.url },
    files: {
      'mbsync.yaml': `profiles: { prod-to-staging: { from: production, to: staging, where: { public.log: 'pg_sleep(0.1) IS NOT NULL' } } }`,
    },
  })
  await until(
    source.client,
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^COPY.*pg_sleep'`,
  )
  return run
}

async function untilLockIsFree(client: pg.Client): Promise<void> {
  await until(
    client,
    `SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
  )
}

async function until(client: pg.Client, sql: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if ((await client.query(sql)).rowCount !== 0) return
    await sleep(50)
  }
  throw new Error(`Did not come true: ${sql}`)
}

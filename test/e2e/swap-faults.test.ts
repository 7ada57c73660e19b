import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect } from '../support/databases.ts'
import { OwnServers } from '../support/own-servers.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { createSwapPair, expectReachable, type SwapPair } from '../support/swapped.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const SOURCE = `
  CREATE TABLE parent (id int PRIMARY KEY, name text);
  CREATE TABLE child (id serial PRIMARY KEY, parent int NOT NULL REFERENCES parent, body text);
  INSERT INTO parent SELECT i, 'name ' || i FROM generate_series(1, 200) i;
  INSERT INTO child (parent, body) SELECT i % 200 + 1, md5(i::text) FROM generate_series(1, 3000) i; ANALYZE;`
const TARGET = `CREATE TABLE parent (id int PRIMARY KEY, other int); INSERT INTO parent VALUES (1);`

/** Statements after which nothing more is heard of a run, one for each state that a run can leave behind; where rows are copied has a test of its own. */
const BOUNDARIES: readonly { readonly what: string; readonly sent: RegExp; readonly after?: RegExp }[] = [
  { what: 'it writes down what it will build', sent: /INSERT INTO mbsync\.swaps/ },
  { what: 'the database is created', sent: /CREATE DATABASE/ },
  { what: 'it writes down that the database is there', sent: /UPDATE mbsync\.swaps SET built_oid/ },
  { what: 'the state is carried over', sent: /COPY mbsync\.runs/ },
  { what: 'the schema is created', sent: /CREATE TABLE public\.child/ },
  { what: 'rows that stay are copied', sent: /COPY "mbsync_landing"/ },
  { what: 'the rows are committed', sent: /UPDATE mbsync\.runs SET status = 'succeeded'/ },
  { what: 'SQL of `after` runs', sent: /of after/ },
  { what: 'the new database is complete', sent: /is_ready = true/ },
  { what: 'tables with rows that stay are locked', sent: /IN SHARE MODE/ },
]

/** A profile with everything that a swap can have; no row of the target meets the condition. */
const filesFor = (source: string, target: string) => ({
  'after.sql': `SELECT 'of after'`,
  'mbsync.yaml': `
databases: { production: { url: '${source}' }, staging: { url: '${target}' } }
profiles: { nightly: { from: production, to: staging, strategy: swap, after: after.sql, keep: { public.parent: id < 0 } } }`,
})

/** Starts a swap, or another command, that stands still when it has sent something. */
async function stallRun(source: string, target: string, sent: RegExp, after?: RegExp, command = 'sync') {
  const proxy = await startProxy(target)
  const stalled = proxy.stallAt(sent, after)
  const run = startMbsync([command], { files: filesFor(source, proxy.url) })
  const early = run.ended.then(({ stderr }) => Promise.reject(new Error(`ended early: ${stderr}`)))
  await Promise.race([stalled, early])
  early.catch(() => undefined)
  return { run, proxy }
}

test('a server that crashes while a swap is under way comes back with the old rows or the new ones, and the next swap clears away the rest', async () => {
  const servers = new OwnServers()
  try {
    const cluster = await servers.start({ major: 18 })
    const source = await servers.target(SOURCE)
    await asSuperuser(cluster.url(), (admin) => admin.query('CREATE DATABASE staging'))
    await asSuperuser(cluster.url('staging'), (client) => client.query(TARGET))
    for (const sent of [/CREATE DATABASE/, /COPY "public"\."child"/, /is_ready = true/, /RENAME TO/]) {
      const { run, proxy } = await stallRun(source.target.url, cluster.url('staging'), sent)
      await cluster.crash()
      run.kill('SIGKILL')
      await run.ended
      await proxy.close()
      await expectReachable(cluster.url('staging'))
      const columns = await asSuperuser(cluster.url('staging'), (client) =>
        client.query(
          `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = 'public.parent'::regclass AND attnum = 2`,
        ),
      )
      expect(['other', 'name']).toContain(columns.rows[0]?.name)
    }
    const done = await runHere(['sync'], { files: filesFor(source.target.url, cluster.url('staging')) })
    expect(done.exitCode, done.stderr).toBe(0)
    const left = await asSuperuser(cluster.url(), (admin) =>
      admin.query(`SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'staging%' ORDER BY 1`),
    )
    expect(left.rows.map(({ name }) => name)).toEqual([
      'staging',
      expect.stringMatching(/^staging_mbsync_prev_\d+$/),
    ])
    const client = await connect(cluster.url('staging'))
    await expectSameContent(source.target.client, client)
    await client.end()

    const urls = [source.target.url, cluster.url('staging')] as const
    const { run, proxy } = await stallRun(...urls, /RENAME TO/, undefined, 'rollback')
    await cluster.crash()
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await expectReachable(cluster.url('staging'))
    // It is as before, or it has been rolled back already.
    expect([0, 3]).toContain((await runHere(['rollback'], { files: filesFor(...urls) })).exitCode)
    const columns = await asSuperuser(cluster.url('staging'), (own) =>
      own.query(`SELECT FROM pg_attribute WHERE attrelid = 'public.parent'::regclass AND attname = 'other'`),
    )
    expect(columns.rows).toHaveLength(1)
  } finally {
    await servers.close()
  }
})

describe('a swap by a plain owner', () => {
  let pair: SwapPair
  beforeAll(async () => {
    pair = await createSwapPair('a plain owner', { sourceSql: SOURCE, targetSql: TARGET })
  })
  afterAll(() => pair?.drop())

  const files = (url: string) => filesFor(pair.source.url, url)
  const swap = ['sync']
  const isOld = async () =>
    expect(await pair.ask('SELECT id, other FROM public.parent')).toEqual([{ id: 1, other: null }])

  const stalledAt = (sent: RegExp, after?: RegExp) => stallRun(pair.source.url, pair.to.url, sent, after)

  async function untilLockIsFree(): Promise<void> {
    const own = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'mbsync' AND datname LIKE '${pair.target.name}%'`
    await expect.poll(async () => (await pair.ask<{ n: number }>(own))[0]?.n).toBe(0)
  }

  test.each(BOUNDARIES)(
    'that is killed when $what leaves the target as it was, and open',
    async ({ sent, after }) => {
      const { run, proxy } = await stalledAt(sent, after)
      run.kill('SIGKILL')
      await run.ended
      await proxy.close()
      await expectReachable(pair.to.url)
      await isOld()
      await untilLockIsFree()
      const { stderr } = await run.ended
      expect((await pair.beside()).length, stderr).toBeLessThanOrEqual(1)
    },
    60_000,
  )

  test('that is killed when rows are copied leaves the target open, and a database which the next run drops and check names', async () => {
    const { run, proxy } = await stalledAt(/COPY "public"\."child"/)
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await expectReachable(pair.to.url)
    await isOld()
    await untilLockIsFree()
    const left = await pair.beside()
    expect(left).toEqual([expect.stringMatching(/^_mbsync_next_\d+$/)])
    const checked = await runHere(['check'], { files: files(pair.to.url) })
    expect(checked.stdout).toContain(`${pair.target.name}${left[0]}`)
    const done = await runHere(swap, { files: files(pair.to.url) })
    expect(done.exitCode, done.stderr).toBe(0)
    expect(await pair.beside()).toEqual([expect.stringMatching(/^_mbsync_prev_\d+$/)])
    const back = await runHere(['rollback'], { files: files(pair.to.url) })
    expect(back.exitCode, back.stderr).toBe(0)
    await isOld()
  })

  test.each([/pg_terminate_backend/, /RENAME TO/])(
    'that is killed at %s is the old one or the new one, and open',
    async (sent) => {
      const { run, proxy } = await stalledAt(sent)
      run.kill('SIGKILL')
      await run.ended
      await proxy.close()
      await expectReachable(pair.to.url)
      const columns = await pair.ask<{ name: string }>(
        `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = 'public.parent'::regclass AND attnum = 2`,
      )
      expect(['other', 'name']).toContain(columns[0]?.name)
      await untilLockIsFree()
      const done = await runHere(swap, { files: files(pair.to.url) })
      expect(done.exitCode, done.stderr).toBe(0)
      const client = await connect(pair.target.url)
      await expectSameContent(pair.source.client, client)
      await client.end()
      expect(await pair.beside()).toEqual([expect.stringMatching(/^_mbsync_prev_\d+$/)])
      const back = await runHere(['rollback'], { files: files(pair.to.url) })
      expect(back.exitCode, back.stderr).toBe(0)
    },
    90_000,
  )

  test('whose connection is lost while databases are renamed finds out that they were', async () => {
    const { run, proxy } = await stalledAt(/RENAME TO/)
    await expect.poll(async () => (await pair.beside()).filter((name) => name.includes('_next_'))).toEqual([])
    proxy.cut()
    const { exitCode, stderr, stdout } = await run.ended
    expect(exitCode, stderr + stdout).toBe(0)
    await proxy.close()
    const [last] = await pair.ask<{ status: string; code: number }>(
      'SELECT status, exit_code AS code FROM mbsync.runs ORDER BY id DESC LIMIT 1',
    )
    expect(last).toEqual({ status: 'succeeded', code: 0 })
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { asSuperuser, connect, untilSettled } from '../support/databases.ts'
import { OwnServers } from '../support/own-servers.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { createSwapPair, poll, type SwapPair } from '../support/swapped.ts'
import { startTypesense } from '../support/typesense/start-typesense.ts'
import { SHOP_SCHEMA, sentIds, shopIndex, shopRows } from '../support/typesense-index.ts'

let pair: SwapPair | undefined
afterEach(async () => {
  await pair?.drop()
  pair = undefined
})

const SOURCE = `
  CREATE TABLE person (id int PRIMARY KEY, email text, kind text NOT NULL);
  CREATE TABLE entry (body text);
  INSERT INTO person SELECT i, 'p' || i || '@example.org', CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 300) i;
  INSERT INTO entry SELECT 'body ' || i % 7 FROM generate_series(1, 50) i; ANALYZE;`
/** A column has another type than a merge can bring rows into. */
const TARGET = `CREATE TABLE person (id int PRIMARY KEY, email int, kind text NOT NULL); CREATE TABLE entry (body text); INSERT INTO entry VALUES ('old');
  CREATE PUBLICATION feed FOR TABLE person WITH (publish = 'insert');`

test('auto takes a swap where the profile allows it and the schemas differ, compares every value before the switch, and merges again afterwards', async () => {
  pair = await createSwapPair('a plain owner', { sourceSql: SOURCE, targetSql: TARGET })
  const { to, source } = pair
  const where = [{ table: { schema: 'public', name: 'person' }, condition: 'id <= 200' }]
  const refused = await runPlan(pair, { profile: { to, where } })
  expect(refused.strategy.kind).toBe('merge')
  const advice = refused.findings.find(({ hint = '' }) => hint.includes('--strategy swap'))
  expect(advice).toMatchObject({
    severity: 'note',
    code: 'swap',
    hint: expect.stringMatching(/--follow-schema/),
  })
  await expect(runSync(pair, { profile: { to, where } })).rejects.toMatchObject({
    hint: expect.stringMatching(/--follow-schema.*--strategy swap/),
  })

  const swap = {
    keep: 1,
    locale: 'source',
    switchMs: 10_000,
    auto: 'allow',
    verify: 'full',
    publications: true,
  } as const
  const profile = { to, where, swap }
  const plan = await runPlan(pair, { profile })
  expect(plan.strategy).toEqual({ kind: 'swap', reason: 'the schemas differ, and the profile allows a swap' })
  expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const notes = plan.findings.map(({ message }) => message).join('\n')
  expect(notes).toMatch(/about .* of rows come from the source/)
  expect(notes).not.toMatch(/publications of the target/)
  expect(plan.expected).toBeUndefined()
  const phases: string[] = []
  const onEvent = (event: ProgressEvent) => void (event.type === 'phase' && phases.push(event.phase))
  const run = await runSync(pair, { profile, onEvent })
  expect(run.previousDatabase).toBeDefined()
  expect(run.warnings).toEqual([])
  expect(phases).toEqual(expect.arrayContaining(['create', 'compare', 'switch']))
  const { rows } = await source.client.query('SELECT count(*)::int AS n FROM public.person WHERE id <= 200')
  expect(await pair.ask('SELECT count(*)::int AS n FROM public.person')).toEqual(rows)
  expect(
    await pair.ask(
      'SELECT pubname, puballtables, pubinsert, pubupdate, tablename FROM pg_publication JOIN pg_publication_tables USING (pubname)',
    ),
  ).toEqual([
    { pubname: 'feed', puballtables: false, pubinsert: true, pubupdate: false, tablename: 'person' },
  ])

  await untilSettled(source.client)
  const next = await runPlan(pair, { profile })
  expect(next.strategy.kind).toBe('merge')
  const again = await runPlan(pair, { profile: { ...profile, strategy: 'swap' } })
  expect(again.expected).toMatchObject({ runId: run.runId })
})

test('a new database that differs from the snapshot of the source does not take the name', async () => {
  pair = await createSwapPair('a superuser', {
    sourceSql: SOURCE,
    targetSql: 'CREATE TABLE entry (body text)',
  })
  const { to, target } = pair
  const swap = { keep: 1, locale: 'source', switchMs: 10_000, verify: 'full' } as const
  let isHarmed = false
  const onEvent = (event: ProgressEvent) => {
    if (event.type !== 'phase' || event.phase !== 'finish' || isHarmed) return
    isHarmed = true
    const url = new URL(target.url)
    url.pathname += '_mbsync_next_1'
    const sql = `UPDATE public.person SET email = 'other' WHERE id = 7`
    execFileSync(process.execPath, ['--input-type=module', '-e', HARM, url.href, sql])
  }
  await expect(runSync(pair, { profile: { to, swap, strategy: 'swap' }, onEvent })).rejects.toThrow(
    'The new database differs from the source in public.person',
  )
  expect(isHarmed).toBe(true)
  expect(await pair.beside()).toEqual([])
  expect(await pair.ask('SELECT * FROM public.entry')).toEqual([])
})

const HARM = `import pg from 'pg'
const client = new pg.Client({ connectionString: process.argv[1] }); await client.connect(); await client.query(process.argv[2]); await client.end()`

test('readers and writers of a target that is swapped are refused only in the moment of the switch, and see the old rows or the new', async () => {
  pair = await createSwapPair('a superuser', {
    sourceSql: `${SOURCE} CREATE TABLE written (id int PRIMARY KEY, note text);`,
    targetSql: 'CREATE TABLE written (id int PRIMARY KEY, note text); CREATE TABLE entry (body text);',
  })
  const { to } = pair
  const readers = Array.from({ length: 3 }, () => poll(to.url, 'SELECT count(*)::int AS n FROM public.entry'))
  const writer = poll(
    to.url,
    `INSERT INTO public.written SELECT coalesce(max(id), 0) + 1, 'x' FROM public.written RETURNING (SELECT count(*)::int FROM public.entry) AS n`,
  )
  await runSync(pair, { profile: { to, strategy: 'swap' } })
  const seen = await Promise.all([...readers, writer].map((stop) => stop()))
  for (const { answers, problems, longestMs, failedInARow } of seen) {
    console.log(
      `failed attempts in a row: ${failedInARow} of ${problems.length}; longest between answers: ${Math.round(longestMs)} ms`,
    )
    expect(answers).toEqual(['[{"n":0}]', '[{"n":50}]'])
    // A session that is ended, and the first attempt, which waits for the switch and is then told that the old one has another name.
    expect(problems.filter((code) => !['57P01', '3D000', 'ECONNRESET'].includes(code))).toEqual([])
    expect(failedInARow).toBeLessThanOrEqual(3)
  }
  // Whatever was written is in one of both, and none of it twice.
  const { rows: old } = await (async () => {
    const url = new URL(pair.target.url)
    url.pathname += '_mbsync_prev_1'
    const client = await connect(url.href)
    const found = await client.query('SELECT count(*)::int AS n FROM public.written')
    await client.end()
    return found
  })()
  expect(old[0].n).toBeGreaterThan(0)
  const now = await pair.ask<{ first: number }>('SELECT min(id) AS first FROM public.written')
  expect(now).toEqual([{ first: 1 }])
})

const IS_ROOT = process.getuid?.() === 0

test.runIf(IS_ROOT)(
  'a disk that is full while the database is built leaves the target, and nothing beside it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-small-disk-'))
    const mount = (command: string, ...given: string[]) => execFileSync(command, given, { stdio: 'pipe' })
    mount('mount', '-t', 'tmpfs', '-o', 'size=24m,mode=0777', 'tmpfs', folder)
    // A full disk keeps the checkpoints of the whole server from being written, which CREATE and DROP DATABASE wait for.
    const servers = new OwnServers()
    try {
      mount('sh', '-c', `mkdir ${folder}/space && chmod 777 ${folder} && chown postgres ${folder}/space`)
      const cluster = await servers.start({ major: 18 })
      const admin = await servers.connect(cluster)
      await admin.query(`CREATE TABLESPACE small LOCATION '${folder}/space'`)
      await admin.query('CREATE DATABASE staging TABLESPACE small')
      await asSuperuser(cluster.url('staging'), (client) =>
        client.query('CREATE TABLE large (id int, body text); CREATE TABLE entry (body text)'),
      )
      pair = await createSwapPair('a superuser', {
        sourceSql: `CREATE TABLE large AS SELECT i AS id, repeat(md5(i::text), 30) AS body FROM generate_series(1, 20000) i; ANALYZE;`,
      })
      const to = { name: 'staging', url: cluster.url('staging'), isProtected: false }
      await expect(runSync(pair, { profile: { to, strategy: 'swap' } })).rejects.toMatchObject({
        message: expect.stringMatching(/the disk of the server is full|No space left/i),
      })
      const { rows } = await admin.query("SELECT datname FROM pg_database WHERE datname LIKE 'staging%'")
      expect(rows).toEqual([{ datname: 'staging' }])
      const left = await asSuperuser(cluster.url('staging'), (client) =>
        client.query('SELECT count(*)::int AS n FROM public.large'),
      )
      expect(left.rows).toEqual([{ n: 0 }])
    } finally {
      await servers.close()
      mount('umount', folder)
      rmSync(folder, { recursive: true, force: true })
    }
  },
  120_000,
)

test('a search index gets only what has changed after a swap, as after a merge', async () => {
  const server = await startTypesense()
  try {
    pair = await createSwapPair('a plain owner', {
      sourceSql: SHOP_SCHEMA + shopRows(120),
      targetSql: SHOP_SCHEMA,
    })
    const { to, source } = pair
    const options = { rebuild: false, reconcile: false, create: true, allowMassDelete: false }
    const search = { indexes: [shopIndex(server)], options }
    expect((await runSync(pair, { profile: { to }, search })).search).toMatchObject([
      { status: 'done', indexed: 120 },
    ])
    await source.client.query(
      `UPDATE public."Product" SET "Title" = 'other' WHERE id = 7; DELETE FROM public."Product" WHERE id = 9`,
    )
    server.requests.length = 0
    const swapped = await runSync(pair, { profile: { to, strategy: 'swap' }, search })
    expect(swapped.search).toMatchObject([{ status: 'done', indexed: 1, deleted: 1 }])
    expect([...new Set(sentIds(server))]).toEqual(['7'])
  } finally {
    await server.close()
  }
})

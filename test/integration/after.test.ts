import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { FailedError } from '../../src/core/errors.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { readContent, readSequences } from '../support/database-content.ts'
import {
  connect,
  createDatabasePair,
  createRole,
  type DatabasePair,
  untilSettled,
} from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

let folder: string
let pair: DatabasePair | SwapPair | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-after-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  await pair?.drop()
  pair = undefined
})

/** Writes files, and says what a profile does of them. */
function filesOf(files: Readonly<Record<string, string>>, patterns: readonly string[]) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { after: { folder, patterns } }
}

const SCHEMA = `
  CREATE TABLE account (id serial PRIMARY KEY, email text UNIQUE, plan text NOT NULL DEFAULT 'free');
  CREATE TABLE invoice (id int PRIMARY KEY, account int NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED, total int);
  CREATE TABLE note (body text);
  CREATE TABLE quiet (id int PRIMARY KEY, body text);
  CREATE MATERIALIZED VIEW plans AS SELECT plan, count(*)::int AS n FROM account GROUP BY 1;`
const ROWS = `
  INSERT INTO account (email) SELECT 'user' || i || '@example.org' FROM generate_series(1, 40) i;
  INSERT INTO invoice SELECT i, i, i * 10 FROM generate_series(1, 30) i;
  INSERT INTO note SELECT 'note ' || i % 3 FROM generate_series(1, 9) i;
  INSERT INTO quiet SELECT i, 'body ' || i FROM generate_series(1, 20) i;
  REFRESH MATERIALIZED VIEW plans; ANALYZE;`
const OLD_ROWS = `
  INSERT INTO account (email) SELECT 'old' || i || '@example.org' FROM generate_series(1, 10) i;
  INSERT INTO invoice SELECT i, i, i FROM generate_series(1, 5) i;
  INSERT INTO note SELECT 'old';
  INSERT INTO quiet VALUES (1, 'old');
  CREATE TABLE flag (name text PRIMARY KEY, is_on boolean);
  REFRESH MATERIALIZED VIEW plans;`

const AFTER = {
  'sql/1-rows.sql': `-- every kind of change; with a function
    UPDATE account SET email = 'staging+' || id || '@example.org', plan = 'paid' WHERE id <= 3;
    DELETE FROM invoice WHERE id > 25; DELETE FROM invoice WHERE account = 4; DELETE FROM account WHERE id = 4;
    INSERT INTO account (email, plan) VALUES ('tester@example.org', 'test');
    DO $$ BEGIN INSERT INTO note VALUES ('added; by after'); EXCEPTION WHEN others THEN NULL; END $$;`,
  'sql/2-elsewhere.sql': `SET search_path = public; SET lock_timeout = 7;
    CREATE TABLE IF NOT EXISTS created (id int);
    INSERT INTO flag VALUES ('beta', true) ON CONFLICT (name) DO UPDATE SET is_on = true; SELECT * FROM flag`,
}

describe.each(WRITING_MODES)('SQL after a merge by %s', (mode) => {
  test('is part of it: known to the next run and to verify, and undone with it', async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA + OLD_ROWS })
    const { source, target } = pair
    const profile = { to: await targetFor(pair, mode), strategy: 'merge' as const }
    const rows = () => readContent(target.client)
    const ask = async (sql: string) =>
      ((await target.client.query(`SET search_path = public; ${sql}`)) as never as { rows: unknown[] }[])[1]
        ?.rows
    const before = { rows: await rows(), sequences: await readSequences(target.client) }
    const own = { ...profile, exclude: [], ...filesOf(AFTER, ['sql/*.sql']) }
    const plan = await runPlan(pair, { profile: own })
    expect(plan.after).toEqual([
      { file: 'sql/1-rows.sql', statements: 6 },
      { file: 'sql/2-elsewhere.sql', statements: 5 },
    ])
    expect(await rows()).toEqual(before.rows)

    const first = await runSync(pair, { profile: own })
    expect(first.warnings).toEqual([])
    const check = `SELECT (SELECT count(*)::int FROM account WHERE plan <> 'free') AS changed, (SELECT count(*)::int FROM invoice) AS invoices,
      (SELECT id FROM account WHERE plan = 'test') AS id, (SELECT count(*)::int FROM note) AS notes, (SELECT n FROM plans WHERE plan = 'paid') AS paid,
      (SELECT is_on FROM flag) AS flag`
    const expected = { changed: 4, invoices: 24, id: 41, notes: 10, paid: 3, flag: true }
    expect(await ask(check)).toEqual([expected])
    const left = await rows()

    // Nothing has changed, and nothing is taken for what others have written.
    await untilSettled(source.client)
    const infos: string[] = []
    const onEvent = (event: { type: string; message?: string }) => void infos.push(event.message ?? '')
    const reads = (await runPlan(pair, { profile: own })).tables.map(({ table, read }) => [
      table.name,
      read.reason.replace(/;.*/, ''),
    ])
    expect(Object.fromEntries(reads)).toEqual({
      account: 'SQL of `after` changed it in the last run',
      invoice: 'SQL of `after` changed it in the last run',
      note: 'no key',
      quiet: 'rows that have changed since the last run',
    })
    const second = await runSync(pair, { profile: own, onEvent })
    expect(infos.join()).not.toMatch(/modified in the target/)
    // The same rows, but for the number of the one that it inserts.
    expect(await ask(check)).toEqual([{ ...expected, id: 41 }])
    const net = second.tables.find(({ table }) => table.name === 'invoice')
    expect(net).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })

    const context = { signal: new AbortController().signal, report: () => undefined }
    const verified = await verify(
      profileOf(pair, profile),
      { tables: [], samplePercent: 100, limit: 10 },
      context,
    )
    expect(
      verified.tables.map(({ table, status, changedByAfter }) => [table.name, status, changedByAfter]),
    ).toEqual([
      ['account', 'different', 2],
      ['invoice', 'different', 2],
      ['note', 'different', 2],
      ['quiet', 'equal', undefined],
    ])

    const undone = await runRollback(pair, { profile })
    expect(undone.warnings.map(({ message }) => message).join()).toMatch(/public.flag/)
    expect(await rows()).toEqual(left)
    await runRollback(pair, { profile })
    expect(await ask('SELECT * FROM flag')).toHaveLength(1)
    await ask('DELETE FROM flag; DROP TABLE created')
    expect({ rows: await rows(), sequences: await readSequences(target.client) }).toEqual(before)
  }, 120_000)
})

test('what cannot be run is refused by plan and run before anything has changed, each by its file and line', async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA + OLD_ROWS })
  const { target } = pair
  const before = await readContent(target.client)
  const bad = {
    'a.sql': 'SELECT 1;\n\nCOMMIT;',
    'b.sql': '\n\\i other.sql',
    'c/c.sql': 'VACUUM;',
    'd.sql': "SELECT 'open",
  }
  const profile = {
    strategy: 'merge' as const,
    ...filesOf(bad, ['a.sql', 'b.sql', '*/c.sql', 'd.sql', 'none.sql', 'away/*.sql', 'c/*.txt']),
  }
  writeFileSync(join(folder, 'e.sql'), Buffer.from([0x53, 0xff]))
  const latin = { ...profile, after: { folder, patterns: [...profile.after.patterns, 'e.sql'] } }
  const { findings } = await runPlan(pair, { profile: latin })
  const own = findings.filter(({ code }) => code === 'after')
  expect(own.map(({ severity, subject, message }) => [severity, subject, message])).toEqual([
    ['error', 'a.sql', expect.stringMatching(/^line 3 .* has COMMIT/)],
    ['error', 'b.sql', expect.stringMatching(/^line 2 .* command of psql/)],
    ['error', 'c/c.sql', expect.stringMatching(/^line 1 .* has VACUUM/)],
    ['error', 'd.sql', expect.stringMatching(/^line 1 .* has no end/)],
    ['error', 'none.sql', 'the file of `after` cannot be read'],
    ['error', 'away/*.sql', 'the folder away of `after` cannot be read'],
    ['note', 'c/*.txt', 'the pattern of `after` matches no file: nothing runs'],
    ['error', 'e.sql', 'the file of `after` is not text in UTF-8'],
  ])
  await expect(runSync(pair, { profile: latin })).rejects.toThrow(/Validation found 7 problems/)
  expect(await readContent(target.client)).toEqual(before)
  const { rows } = await target.client.query(`SELECT to_regclass('mbsync.runs') IS NULL AS none`)
  expect(rows).toEqual([{ none: true }])
  // Left out, they stand in no way.
  await runSync(pair, { profile: latin, skipsAfter: true })
})

test('a statement that fails takes back the whole merge; one that locks a table whole keeps the run from being rolled back', async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA + OLD_ROWS })
  const { target } = pair
  const before = { rows: await readContent(target.client), sequences: await readSequences(target.client) }
  const files = {
    'unknown.sql': 'UPDATE account SET plan = 1;\nSELECT 1;\nUPDATE public.account\nSET nonsense = 2;',
    'row.sql': "INSERT INTO account (email) SELECT 'user1@example.org';",
    'late.sql': 'INSERT INTO invoice VALUES (999, 998, 1);',
    'control.sql': 'DO $$ BEGIN COMMIT; END $$',
    'kept.sql':
      "UPDATE account SET plan = 'paid' WHERE id % 2 = 0; UPDATE note SET body = body || '!'; DELETE FROM quiet WHERE id < 3; INSERT INTO quiet VALUES (99, 'own') ON CONFLICT DO NOTHING",
    'whole.sql': 'TRUNCATE note; ALTER TABLE quiet ADD COLUMN own int DEFAULT 7',
  }
  const run = (file: string) =>
    runSync(pair as DatabasePair, { profile: { strategy: 'merge', ...filesOf(files, [file]) } })
  await expect(run('unknown.sql')).rejects.toThrow(
    /unknown.sql, line 4, statement 3: .*nonsense.* \(SQLSTATE 42703\)/,
  )
  await expect(run('row.sql')).rejects.toThrow(/row.sql, line 1, statement 1: .*"account_email_key" .*23505/)
  await expect(run('late.sql')).rejects.toThrow(/late.sql, a deferred constraint at its end: .*23503/)
  await expect(run('control.sql')).rejects.toThrow(/control.sql, line 1, statement 1: .*2D000/)
  expect({ rows: await readContent(target.client), sequences: await readSequences(target.client) }).toEqual(
    before,
  )

  // Rows that stay because the source does not have them are rows that SQL may write to.
  await target.client.query(`INSERT INTO public.quiet VALUES (77, 'staging')`)
  const withOwn = await readContent(target.client)
  const deletes = { others: 'keep' as const, tables: [] }
  for (const file of ['kept.sql', 'kept.sql'])
    await runSync(pair, { profile: { strategy: 'merge', deletes, ...filesOf(files, [file]) } })
  for (const _ of [1, 2]) await runRollback(pair)
  expect(await readContent(target.client)).toEqual(withOwn)

  await run('whole.sql')
  const { rows } = await target.client.query(
    'SELECT (SELECT count(*)::int FROM public.note) AS notes, count(own)::int AS own FROM public.quiet',
  )
  expect(rows).toEqual([{ notes: 0, own: 20 }])
  await expect(runRollback(pair)).rejects.toThrow(
    /cannot be rolled back: its SQL of `after` has written to public.note, whose previous rows/,
  )
  // The next run works, with a column that only the target has.
  await runSync(pair)
})

test('SQL after a load is part of it: a failure empties the tables again, and so does a rollback', async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  const { target } = pair
  const empty = await readContent(target.client)
  const files = { 'good.sql': AFTER['sql/1-rows.sql'], 'bad.sql': 'DELETE FROM account' }
  const failing = filesOf(files, ['good.sql', 'bad.sql'])
  await expect(runSync(pair, { profile: { strategy: 'load', ...failing } })).rejects.toMatchObject({
    message: expect.stringMatching(/bad.sql, line 1/),
    hint: 'The tables are emptied again. Correct the file, and run again.',
  })
  expect(await readContent(target.client)).toEqual(empty)

  // Sessions that have a table of the run locked when it fails: readers stop nothing, and what writers stop is said.
  const held = filesOf({ 'held.sql': 'SELECT pg_advisory_xact_lock(7); SELECT 1 / 0' }, ['held.sql'])
  const other = await connect(target.url)
  const failBeside = async (sql: string) => {
    const timeouts = { connectMs: 10_000, lockMs: 200, silenceMs: 300_000 }
    const warnings: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'warning') warnings.push(event.message)
    }
    await target.client.query('SELECT pg_advisory_lock(7)')
    const ended = runSync(pair as DatabasePair, {
      profile: { strategy: 'load', timeouts, ...held },
      onEvent,
    }).then(
      () => 'succeeded',
      ({ hint }: FailedError) => hint,
    )
    await expect.poll(async () => (await other.query(WAITING)).rows[0].n).toBe(1)
    await other.query(sql)
    await target.client.query('SELECT pg_advisory_unlock(7)')
    const hint = await ended
    await other.query('COMMIT')
    return { hint, warnings }
  }
  expect(await failBeside('BEGIN; SELECT FROM account')).toEqual({
    hint: 'The tables are emptied again. Correct the file, and run again.',
    warnings: [],
  })
  expect(await readContent(target.client)).toEqual(empty)
  expect(await failBeside(`BEGIN; LOCK TABLE account IN ROW EXCLUSIVE MODE`)).toEqual({
    hint: 'The tables hold the rows that were loaded: the next run empties them. Correct the file, and run again.',
    warnings: [expect.stringMatching(/emptying them failed: .*lock/)],
  })
  const insert = `INSERT INTO public.account (email) VALUES ('new') RETURNING id`
  expect((await other.query(`BEGIN; ${insert}; ROLLBACK`)) as unknown).toMatchObject([
    {},
    { rows: [{ id: 41 }] },
    {},
  ])
  expect(await failBeside(`INSERT INTO account VALUES (100, 'other')`)).toEqual({
    hint: expect.stringMatching(
      /^The tables are emptied again, except .* have written to since: check public\.account\. Correct/,
    ),
    warnings: [expect.stringMatching(/public\.account: keeps rows that run \d+ has loaded/)],
  })
  expect((await other.query(insert)).rows).toEqual([{ id: 101 }])
  await other.query('DELETE FROM public.account; ALTER SEQUENCE public.account_id_seq RESTART')
  await other.end()
  expect(await readContent(target.client)).toEqual(empty)

  const profile = filesOf(files, ['good.sql'])
  await runSync(pair, { profile: { strategy: 'load', ...profile } })
  const { rows } = await target.client.query(
    `SELECT count(*)::int AS n, max(id) AS last, (SELECT n FROM public.plans WHERE plan = 'paid') AS paid FROM public.account`,
  )
  expect(rows).toEqual([{ n: 40, last: 41, paid: 3 }])
  const { tables } = await runPlan(pair, { profile })
  expect(tables.find(({ table }) => table.name === 'account')?.read).toMatchObject({ kind: 'full' })
  expect(tables.find(({ table }) => table.name === 'quiet')?.read).toMatchObject({ kind: 'incremental' })
  await runRollback(pair)
  expect(await readContent(target.client)).toEqual(empty)
})

const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync' AND wait_event = 'advisory'`

test('migrations that staging is ahead by run in the new database of a swap, each in a transaction of its own', async () => {
  const swap = await createSwapPair('a plain owner', {
    sourceSql: SCHEMA + ROWS,
    targetSql: SCHEMA + OLD_ROWS,
  })
  pair = swap
  const migrations = {
    'migrations/001.sql': 'CREATE TABLE tag (id serial PRIMARY KEY, account int REFERENCES account);',
    'migrations/002.sql':
      "ALTER TABLE account ADD COLUMN tier text NOT NULL DEFAULT 'new'; UPDATE account SET tier = plan;",
    'migrations/010.sql': 'INSERT INTO tag (account) SELECT id FROM account; SELECT count(*) FROM tag;',
    'fail/1.sql': 'ALTER TABLE account RENAME COLUMN plan TO level;',
    'fail/2.sql': 'SELECT 1 / 0;',
  }
  const old = await swap.ask('SELECT * FROM public.account')
  const base = { to: swap.to, strategy: 'swap' as const }
  const failing = filesOf(migrations, ['fail/*.sql'])
  await expect(runSync(swap, { profile: { ...base, ...failing } })).rejects.toThrow(
    /fail\/2.sql, line 1.*22012/,
  )
  expect(await swap.ask('SELECT * FROM public.account')).toEqual(old)
  expect(await swap.beside()).toEqual([])

  const profile = { ...base, ...filesOf(migrations, ['migrations/*.sql']) }
  expect((await runSync(swap, { profile })).warnings).toEqual([])
  const check = `SELECT count(*)::int AS n, count(*) FILTER (WHERE tier = plan)::int AS tiers, (SELECT count(*)::int FROM public.tag) AS tags FROM public.account`
  expect(await swap.ask(check)).toEqual([{ n: 40, tiers: 40, tags: 40 }])

  // What the migrations have added stays, and is nobody's writing.
  await untilSettled(swap.source.client)
  await swap.source.client.query(`UPDATE public.account SET email = 'changed@example.org' WHERE id = 7`)
  const merge = { ...base, strategy: 'merge' as const, after: undefined }
  const { tables } = await runPlan(swap, { profile: merge })
  expect(tables.map(({ table, read }) => [table.name, read.kind])).toEqual(
    expect.arrayContaining([
      ['account', 'full'],
      ['quiet', 'incremental'],
      ['invoice', 'incremental'],
    ]),
  )
  const infos: string[] = []
  const next = await runSync(swap, {
    profile: merge,
    onEvent: (event) => void (event.type === 'info' && infos.push(event.message)),
  })
  expect(infos).toEqual([])
  expect(next.tables.find(({ table }) => table.name === 'account')).toMatchObject({
    updated: 1,
    unchanged: 39,
  })
  expect(await swap.ask(check)).toEqual([{ n: 40, tiers: 40, tags: 40 }])
  // The same migrations cannot run twice in one database, which takes back the run; in a new one, they can.
  await expect(runSync(swap, { profile: { ...merge, after: profile.after } })).rejects.toThrow(
    /001.sql, line 1.*42P07/,
  )
  await runSync(swap, { profile })
  expect(await swap.ask(check)).toEqual([{ n: 40, tiers: 40, tags: 40 }])
}, 120_000)

test('the command line shows SQL files, leaves them out, and takes them for imports', async () => {
  const schema = 'CREATE TABLE thing (id int PRIMARY KEY, note text);'
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO thing VALUES (1, 'one')`,
    targetSql: schema,
  })
  const { source, target } = pair
  const yaml = `
databases: { live: { url: "${source.url}" }, copy: { url: "${target.url}" } }
profiles: { nightly: { from: live, to: copy, after: 'sql/*.sql', strategy: merge } }`
  const add = "INSERT INTO thing VALUES (2, 'of after') ON CONFLICT DO NOTHING"
  filesOf({ 'sql/add.sql': add }, [])
  const files = { 'mbsync.yaml': yaml.replace('sql/*.sql', join(folder, 'sql/*.sql')) }
  const run = (...args: string[]) => runHere(args, { files })
  const rows = async () =>
    (await target.client.query('SELECT count(*)::int AS n FROM public.thing')).rows[0].n
  const checked = await run('check')
  expect(checked.stdout).toMatch(/SQL files that run after the rows: .*add\.sql/)
  expect((await run('sync', '--dry-run')).stdout).toMatch(/add\.sql: 1 statement/)
  expect((await run('sync', '--no-after')).exitCode).toBe(0)
  expect(await rows()).toBe(1)
  expect((await run('sync')).exitCode).toBe(0)
  expect(await rows()).toBe(2)
  const { exitCode, stdout } = await run('verify')
  expect([exitCode, stdout]).toEqual([
    5,
    expect.stringMatching(/public\.thing: SQL of `after` changed it in run 2/),
  ])
  const dump = join(folder, 'dump')
  expect((await run('export', '--from', 'live', '--output', dump)).exitCode).toBe(0)
  const imported = await run('import', dump, '--to', 'copy', '--after', join(folder, 'sql/add.sql'))
  expect([imported.exitCode, imported.stderr]).toEqual([0, expect.any(String)])
  expect(await rows()).toBe(2)
  expect((await run('import', dump, '--to', 'copy', '--after', join(folder, 'none.sql'))).exitCode).toBe(3)
})

test('what SQL writes to a table of other runs is found by these, and none of them is undone over it', async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  const { target } = pair
  const all = { profile: { strategy: 'merge' as const } }
  const files = filesOf({ 'x.sql': "UPDATE public.account SET plan = 'x' WHERE id <= 3" }, ['x.sql'])
  const some = { tables: ['public.quiet'], profile: { ...all.profile, ...files } }
  const changed = async () =>
    (await target.client.query("SELECT count(*)::int AS n FROM public.account WHERE plan = 'x'")).rows[0].n
  await runSync(pair, all)
  await runSync(pair, some)
  expect(await changed()).toBe(3)
  await runSync(pair, all)
  expect(await changed()).toBe(0)
  await runSync(pair, some)
  await runRollback(pair, some)
  await expect(runRollback(pair, all)).rejects.toThrow(/public\.account/)
  expect(await changed()).toBe(3)
})

test('SQL does not run under a search path that could mean other tables by a name', async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  const { target } = pair
  const stranger = await createRole(inject('targetUrl'))
  await target.client.query(
    `CREATE SCHEMA tenant; GRANT CREATE ON SCHEMA tenant TO ${stranger}; ALTER DATABASE ${target.name} SET search_path = tenant, public`,
  )
  const files = filesOf({ 'x.sql': 'DELETE FROM quiet' }, ['x.sql'])
  const run = runSync(pair, { profile: { strategy: 'merge', ...files } })
  await expect(run).rejects.toThrow(/without schema "tenant"/)
  expect((await target.client.query('SELECT FROM public.quiet')).rowCount).toBe(0)
  await target.client.query(`DROP OWNED BY ${stranger}; DROP ROLE ${stranger}`)
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, inject, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { planImport } from '../../src/jobs/import.ts'
import { retrySwap } from '../../src/jobs/retry-swap.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { asSuperuser, connect, createRole } from '../support/databases.ts'
import { runExport, WATCH } from '../support/run-dump.ts'
import { executeElsewhere } from '../support/run-program.ts'
import { patternOf, profileOf, runPlan, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'

let pair: SwapPair
const folder = mkdtempSync(join(tmpdir(), 'mbsync-losses-'))
afterEach(() => pair?.drop())
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const named = (name: string) => ({ schema: 'public', name })
const SWAP = { keep: 1, locale: 'source', switchMs: 1500 } as const

test('what only staging has of tables that both have is not lost in silence: columns with values and policies refuse a swap, the rest is named', async () => {
  const tables =
    'CREATE TABLE mails (id int PRIMARY KEY, addr text); CREATE TABLE other (id int PRIMARY KEY, v %);'
  pair = await createSwapPair('a plain owner', {
    sourceSql: `${tables.replace('%', 'text')} CREATE INDEX by_id ON mails (id, addr); INSERT INTO mails VALUES (1, 'a'), (2, 'b'); INSERT INTO other VALUES (1, 'v');
      CREATE TABLE quick (id int PRIMARY KEY); COMMENT ON TABLE quick IS 'of the source'; CREATE POLICY own ON quick USING (id > 2)`,
    targetSql: `${tables.replace('%', 'int')}
      CREATE TYPE half AS (a int, b int); ALTER TABLE other ADD COLUMN half half; INSERT INTO other VALUES (7, 7, ROW(1, NULL));
      ALTER TABLE mails ADD COLUMN note text, ADD COLUMN is_on boolean NOT NULL DEFAULT false, ADD COLUMN price numeric(8, 2) DEFAULT 0,
        ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED, ADD CONSTRAINT short CHECK (length(addr) < 100), ALTER addr SET DEFAULT 'a@b';
      INSERT INTO mails VALUES (1, 'a', 'precious', false, 0.00), (3, 'c', NULL, false, 0);
      CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER mute BEFORE INSERT ON other EXECUTE FUNCTION nothing();
      CREATE INDEX own ON mails (addr); CREATE INDEX by_another_name ON mails (id, addr);
      ALTER TABLE mails ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON mails USING (addr <> 'c');
      ALTER TABLE other REPLICA IDENTITY FULL; COMMENT ON TABLE other IS 'own'; COMMENT ON COLUMN other.v IS 'own'; COMMENT ON COLUMN other.half IS 'own';
      CREATE UNLOGGED TABLE quick (id int PRIMARY KEY); COMMENT ON TABLE quick IS 'own'; CREATE POLICY own ON quick USING (id > 1)`,
  })
  const { to, target } = pair
  const [reader, stranger] = [await createRole(inject('targetUrl')), await createRole(inject('targetUrl'))]
  await asSuperuser(target.url, (admin) =>
    admin.query(`GRANT SELECT (id, note), UPDATE (addr) ON mails TO ${reader}; ALTER ROLE ${stranger} IN DATABASE ${target.name} SET work_mem = '5MB';
      ALTER DATABASE ${target.name} SET track_functions = 'all'; SET temp_tablespaces = ''; SELECT set_config('local_preload_libraries', '', false);
      ALTER DATABASE ${target.name} SET local_preload_libraries FROM CURRENT; ALTER DATABASE ${target.name} SET geqo = off`),
  )
  const profile = { to, strategy: 'swap' as const, swap: SWAP, drift: 'skip' as const }
  const found = async (changes: Partial<Profile> = {}, severity = 'error') =>
    (await runPlan(pair, { profile: { ...profile, ...changes } })).findings
      .filter((finding) => finding.severity === severity)
      .map(({ code, message }) => `${code}: ${message}`)
  const LOST_COLUMN =
    'swap: column "note" has values in the target and is not in the source: they would only be in the previous database'
  const LOST_POLICY =
    'row-security: row-level security of the target is not in the source, and the new database would lack it: POLICY mine ON public.mails, ROW SECURITY public.mails'
  const LOST_HALF = LOST_COLUMN.replace('note', 'half')
  expect((await found()).sort()).toEqual([LOST_POLICY, LOST_HALF, LOST_COLUMN])
  expect(await found({}, 'note')).toContain(
    'row-security: row-level security of the target becomes that of the source, which defines it otherwise: POLICY own ON public.quick',
  )
  await expect(runSync(pair, { profile })).rejects.toThrow(/Validation found 3 problems/)
  // The columns of a dump are known before anything is built, too.
  const dump = join(folder, 'dump')
  await runExport(pair, dump)
  const planned = await planImport(
    profileOf(pair, profile),
    { dump, tables: [], allowBlocking: false },
    WATCH,
  )
  const ofDump = planned.findings.filter(({ severity }) => severity === 'error')
  expect(ofDump.map(({ code, message }) => `${code}: ${message}`).sort()).toEqual([
    LOST_POLICY,
    LOST_HALF,
    LOST_COLUMN,
  ])
  await pair.ask('UPDATE other SET half = NULL')
  expect(await pair.beside()).toEqual([])

  const auto = {
    strategy: 'auto' as const,
    drift: 'refuse' as const,
    swap: { ...SWAP, auto: 'allow' as const },
  }
  expect(await found(auto, 'note')).toContainEqual(
    expect.stringMatching(
      /^swap: the run is no swap, although the schemas differ, .*: public.mails: .*, and for 1 other reason$/,
    ),
  )

  // What SQL of `after` brings back is not lost, if it is as much as there was.
  writeFileSync(join(folder, 'empty.sql'), 'ALTER TABLE mails ADD COLUMN note text')
  writeFileSync(
    join(folder, 'full.sql'),
    `ALTER TABLE mails ADD COLUMN note text; UPDATE mails SET note = 'n'; CREATE INDEX own ON mails (addr)`,
  )
  const accepted = { ...profile, accept: ['row-security' as const] }
  const withFile = (file: string) => ({ ...accepted, after: { folder, patterns: [file] } })
  expect(await found(withFile('empty.sql'))).toEqual([])
  await expect(runSync(pair, { profile: withFile('empty.sql') })).rejects.toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({
        message: expect.stringMatching(/^column "note" has 1 values in the target and 0 in/),
      }),
    ]),
  })
  expect(await pair.beside()).toEqual([])

  const { notes, skipped } = await runSync(pair, { profile: withFile('full.sql') })
  expect(skipped).toEqual([])
  expect(await pair.ask('SELECT v FROM other')).toEqual([{ v: 'v' }])
  const lines = notes.map(({ subject, message }) => `${subject}: ${message}`)
  const lost = (what: string) =>
    `the new database lacks objects of this table that the source does not have: ${what}`
  expect(lines).toEqual(
    expect.arrayContaining([
      `public.mails: ${lost('3 columns, 1 default, 1 constraint: COLUMN "is_on", COLUMN "price", COLUMN "twice", DEFAULT public.mails.addr, CONSTRAINT short ON public.mails')}`,
      `public.other: ${lost('1 column, 1 trigger, 1 setting, 2 comments: COLUMN "half", TRIGGER mute ON public.other, REPLICA IDENTITY FULL, COMMENT ON TABLE public.other, COMMENT ON COLUMN public.other.v')}`,
      `public.quick: ${lost('1 setting: UNLOGGED')}`,

      'TABLE public.mails: has privileges on columns that the source does not have, which are not given in the new database: note',
      expect.stringMatching(
        `^staging: setting "work_mem" of role "${stranger}" of the target cannot be given`,
      ),
      expect.stringMatching(/^staging: setting "track_functions" of the target cannot be given/),
    ]),
  )
  expect(lines.filter((line) => /^staging: setting/.test(line))).toHaveLength(2)
  expect(
    await pair.ask(
      `SELECT has_column_privilege('${reader}', 'mails', 'id', 'SELECT') AS id, has_column_privilege('${reader}', 'mails', 'addr', 'UPDATE') AS addr,
         (SELECT setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE d.datname = current_database() AND setrole = 0) AS settings`,
    ),
  ).toEqual([{ id: true, addr: true, settings: ['local_preload_libraries=', 'geqo=off'] }])
  await asSuperuser(target.url, (admin) => admin.query(`DROP OWNED BY ${reader}, ${stranger}`))
}, 120_000)

const TABLES = `CREATE TABLE key (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, env text, v text %);
  CREATE TABLE orders (id int PRIMARY KEY, key int REFERENCES key ON DELETE CASCADE); CREATE TABLE audit (id int);`
const KEYS = `SELECT k::text AS k FROM key k ORDER BY id`
const ROWS = 'INSERT INTO key OVERRIDING SYSTEM VALUE VALUES'

test('what users do while the new database is built or waits counts: rows that stay, their twins in the source, settings, and whatever would be lost', async () => {
  pair = await createSwapPair('a plain owner', {
    sourceSql: `${TABLES.replace('%', `, born text DEFAULT 'here'`)} CREATE MATERIALIZED VIEW own AS SELECT count(*)::int AS n, min(v) AS v FROM key WHERE env = 'staging';
      ${ROWS} (1, 101, 'live', 'a', 'x'), (2, 102, 'live', 'b', 'x'), (3, 103, 'live', 'c', 'x'); INSERT INTO orders SELECT i, i FROM generate_series(1, 3) i`,
    targetSql: `${TABLES.replace('%', '')} ${ROWS} (1, 7, 'staging', 'mine'), (2, 8, 'live', 'b'), (9, 9, 'staging', 'own')`,
  })
  const { to, target } = pair
  const role = new URL(to.url).username
  const [reader, owner] = [await createRole(inject('targetUrl')), await createRole(inject('targetUrl'))]
  const profile = {
    to,
    strategy: 'swap' as const,
    swap: SWAP,
    exclude: [patternOf('public.audit')],
    keep: [{ table: named('key'), rows: `env = 'staging'` }],
    timeouts: { connectMs: 10_000, lockMs: 300, silenceMs: 300_000 },
  }
  const keys = async () => (await pair.ask<{ k: string }>(KEYS)).map(({ k }) => k)
  // A session of the same role that does not commit is ended by the switch, which it is not left to.
  const writer = await connect(to.url)
  writer.on('error', () => undefined)
  await writer.query(`BEGIN; ${ROWS} (30, 30, 'staging', 'open')`)
  const edits = `UPDATE key SET env = 'other' WHERE id = 1; UPDATE key SET env = 'staging', v = 'now mine' WHERE id = 2; DELETE FROM key WHERE id = 9;
    ${ROWS} (10, 10, 'staging', 'z'); ALTER DATABASE ${target.name} SET work_mem = '77MB'; ALTER DATABASE ${target.name} CONNECTION LIMIT 50;
    COMMENT ON DATABASE ${target.name} IS 'later'; GRANT CREATE ON DATABASE ${target.name} TO ${reader}; ALTER DATABASE ${target.name} RESET geqo;
    GRANT ${owner} TO ${role}; ALTER DATABASE ${target.name} OWNER TO ${owner}; GRANT TEMPORARY ON DATABASE ${target.name} TO ${role}`
  await asSuperuser(target.url, (admin) => admin.query(`ALTER DATABASE ${target.name} SET geqo = off`))
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch') executeElsewhere(target.url, edits)
  }
  const first = await runSync(pair, { profile, onEvent })
  expect(first.warnings).toEqual([])
  await expect(writer.query('COMMIT')).rejects.toThrow()
  // As a run from scratch would have it.
  expect(await keys()).toEqual([
    '(1,101,live,a,x)',
    '(2,8,staging,"now mine",here)',
    '(3,103,live,c,x)',
    '(10,10,staging,z,here)',
  ])
  expect(
    await pair.ask('SELECT count(*)::int AS orders, (SELECT n || v FROM own) AS own FROM orders'),
  ).toEqual([{ orders: 3, own: '2now mine' }])
  expect(
    await pair.ask(`SELECT datconnlimit AS "limit", shobj_description(d.oid, 'pg_database') AS comment, has_database_privilege('${reader}', d.oid, 'CREATE') AS creates,
      pg_get_userbyid(datdba)::text AS owner, (SELECT string_agg(a.privilege_type, ',') FROM aclexplode(datacl) a WHERE a.grantee = '${role}'::regrole) AS granted,
      (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings FROM pg_database d WHERE datname = current_database()`),
  ).toEqual([
    { limit: 50, comment: 'later', creates: true, owner, granted: 'TEMPORARY', settings: ['work_mem=77MB'] },
  ])

  // Without the lock, what a session of a superuser commits late would be lost: the target stays.
  const stranger = await connect(target.url)
  await stranger.query(`BEGIN; ${ROWS} (20, 20, 'staging', 'late')`)
  await expect(runSync(pair, { profile })).rejects.toMatchObject({
    message: expect.stringMatching(/sessions that write .* did not end in time, of "/),
    hint: expect.stringMatching(/--retry/),
  })
  await stranger.query('COMMIT; INSERT INTO audit VALUES (1); SELECT lo_create(7)')
  await stranger.end()
  const retry = (changes: Partial<Profile> = {}) =>
    retrySwap(profileOf(pair, { ...profile, ...changes }), {
      signal: new AbortController().signal,
      report: () => undefined,
    })
  await expect(retry({ where: [{ table: named('orders'), condition: 'id < 3' }] })).rejects.toThrow(
    'The profile has changed since run 2 built the database',
  )
  await expect(retry()).rejects.toThrow(
    /changed while .*large objects.*public.audit: has rows in the target/s,
  )
  await pair.ask('DELETE FROM audit')
  await pair.ask('SELECT lo_unlink(7)')
  expect(await retry({ accept: ['swap'] })).toMatchObject({ runId: 2, warnings: [] })
  expect((await keys()).slice(-1)).toEqual(['(20,20,staging,late,here)'])

  // A row that is no longer kept would take one with it that is.
  await pair.ask('INSERT INTO orders VALUES (51, 10)')
  const both = { ...profile, keep: [...profile.keep, { table: named('orders'), rows: 'id > 50' }] }
  const onSwitch = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch')
      executeElsewhere(target.url, `UPDATE key SET env = 'other' WHERE id = 10`)
  }
  const third = await runSync(pair, { profile: both, onEvent: onSwitch })
  expect(third.warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /only in the previous database: the action of a foreign key would change rows that stay/,
    ),
  ])
  expect(await pair.ask('SELECT env FROM key JOIN orders o ON o.key = key.id WHERE o.id = 51')).toEqual([
    { env: 'staging' },
  ])
  await asSuperuser(target.url, (admin) =>
    admin.query(`DROP OWNED BY ${reader}; ALTER ROLE ${role} RESET ALL`),
  )
}, 120_000)

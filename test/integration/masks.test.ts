import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exportDump } from '../../src/jobs/export.ts'
import { importDump, planImport } from '../../src/jobs/import.ts'
import { verify } from '../../src/jobs/verify.ts'
import { keyedHashSql } from '../../src/transfer/masks/hash-sql.ts'
import { permuteInteger } from '../../src/transfer/masks/permute-integer.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { MASK_KEY, maskedBy } from '../support/masks.ts'
import { recordTraffic } from '../support/recording-proxy.ts'
import { runExport } from '../support/run-dump.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const WATCH = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes' as const,
}

const SCHEMA = `
CREATE TYPE level AS ENUM ('gold', 'silver');
CREATE TABLE "User" (
  id int PRIMARY KEY, uid uuid NOT NULL UNIQUE, code varchar(20) NOT NULL UNIQUE, number bigint UNIQUE, email text NOT NULL UNIQUE,
  name text, first varchar(12), last text, firm text, street text, city text, phone text, ip inet, host inet UNIQUE, ip_text text, url text,
  iban text, card char(19), born date, seen timestamptz, joined date, salary numeric(8,2), points int, note text, doc jsonb, raw json,
  photo bytea, level level, fixed text, gone text, staff boolean NOT NULL DEFAULT false, title text,
  lower_title text GENERATED ALWAYS AS (lower(title)) STORED, at timestamptz);
CREATE TABLE login (id int PRIMARY KEY, user_code varchar(20) REFERENCES "User" (code), user_number bigint REFERENCES "User" (number), user_uid uuid NOT NULL REFERENCES "User" (uid));`

const ROWS = `
INSERT INTO "User" (id, uid, code, number, email, name, first, last, firm, street, city, phone, ip, host, ip_text, url, iban, card, born, seen, joined, salary, points, note, doc, raw, photo, level, fixed, gone, staff, title)
SELECT i, ('aaaaaaaa-bbbb-4ccc-8ddd-' || lpad(i::text, 12, '0'))::uuid, 'rawcode' || i, 7777000000 + i, 'rawmail' || i || '@raw.example',
  'Rawname Number' || i, 'Rawfirst' || i, 'Rawlast' || i, 'Rawfirm ' || i, 'Rawstreet ' || i, 'Rawcity' || i, '+49 170 888' || i, ('203.0.113.' || i % 250)::inet, inet '198.51.100.0' + i, '203.0.113.' || i % 250,
  'https://raw.example/' || i, 'DE8937040044053201300' || i, '41111111111' || lpad(i::text, 5, '0'), date '1971-03-05' + i, timestamptz '2021-03-04 05:06:07Z' + i * interval '1 hour', date '2019-09-19' + i,
  54321.99, 1000 + i, 'Rawnote: Ünïcode ' || i || ' çà.', jsonb_build_object('a', 'rawjson' || i, 'b', jsonb_build_object('c"', jsonb_build_array('rawdeep:' || i, i))),
  ('{"k" : "rawtext' || i || '"}')::json, convert_to('rawphoto' || i, 'UTF8'), 'gold', 'rawfixed' || i, 'rawgone' || i, i % 10 = 0, 'Rawtitle ' || i
FROM generate_series(1, 300) i;
INSERT INTO login SELECT i, 'rawcode' || i, 7777000000 + i, ('aaaaaaaa-bbbb-4ccc-8ddd-' || lpad(i::text, 12, '0'))::uuid FROM generate_series(1, 300) i;`

const MASKS = {
  'public."User"': {
    uid: 'hash',
    code: 'hash',
    number: 'hash',
    email: 'email',
    name: { mask: 'name', locale: 'de' },
    first: 'first-name',
    last: { mask: 'last-name', locale: 'es' },
    firm: 'company',
    street: { mask: 'street', locale: 'fr' },
    city: 'city',
    phone: 'phone',
    ip: 'ip',
    host: 'hash',
    ip_text: 'ip',
    url: 'url',
    iban: 'iban',
    card: 'card',
    born: 'date-shift',
    seen: { mask: 'date-shift', days: 5, by: 'email' },
    joined: { mask: 'date-truncate', unit: 'year' },
    salary: 'noise',
    points: { mask: 'noise', percent: 50 },
    note: 'text',
    doc: 'redact-json',
    raw: { mask: 'redact-json', value: '***' },
    photo: 'file',
    level: { mask: 'constant', value: 'silver' },
    fixed: { mask: 'constant', value: 'x' },
    gone: null,
    title: { sql: "left(title, 1) || repeat('*', length(title) - 1)", where: 'NOT staff' },
  },
}
/** Values that only the source has, whatever the row. */
const RAW_OF_EACH = (i: number) => [
  `rawcode${i}`,
  `${7777000000 + i}`,
  `rawmail${i}@`,
  `Number${i}`,
  `Rawfirst${i}`,
  `Rawlast${i}`,
  `Rawfirm ${i}`,
  `Rawstreet ${i}`,
  `Rawcity${i}`,
  `170 888${i}`,
  `203.0.113.`,
  `198.51.100.`,
  `raw.example`,
  `DE8937040044053201300${i}`,
  `41111111111`,
  `54321.99`,
  `Ünïcode`,
  `rawjson${i}`,
  `rawdeep:${i}`,
  `rawtext${i}`,
  `rawphoto${i}`,
  `rawfixed${i}`,
  `rawgone${i}`,
  `aaaaaaaa-bbbb-4ccc`,
]

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
})
afterAll(() => pair?.drop())

const PROFILE = maskedBy(MASKS)
const RAW = [...new Set([1, 2, 5, 8, 9, 77, 150, 289, 300].flatMap(RAW_OF_EACH))]

async function one(sql: string): Promise<Record<string, unknown>> {
  const { rows } = await pair.target.client.query(sql)
  return rows[0]
}

test('a masked run brings masked values, and no raw one crosses the connection', async () => {
  await untilSettled(pair.source.client)
  const recording = await recordTraffic(pair.source.url)
  const through = { ...pair, source: { ...pair.source, url: recording.url } }
  const { findings } = await runPlan(through, { profile: PROFILE })
  expect(linesOf(findings.filter(({ code }) => code === 'mask'))).toEqual([
    'note public.login: is masked only through foreign keys in "user_code", "user_number", "user_uid"',
    '  Name these columns in `mask`, too, so that they stay masked without the key: "user_code": hash, "user_number": hash, "user_uid": hash.',
  ])
  await runSync(through, { profile: PROFILE })
  expect(recording.bytes).toBeGreaterThan(10_000)
  expect(recording.found(RAW)).toEqual([])
  expect(recording.found([MASK_KEY])).toEqual([])
  // What is not masked has passed.
  expect(recording.found(['staff'])).toEqual(['staff'])
  const row = await one(`SELECT * FROM "User" WHERE id = 7`)
  expect(row).toMatchObject({
    email: expect.stringMatching(/^user-[0-9a-f]{16}@example\.test$/),
    uid: expect.stringMatching(/^[0-9a-f-]{14}8/),
    code: expect.stringMatching(/^[0-9a-f]{20}$/),
    phone: expect.stringMatching(/^\+1555\d{7}$/),
    ip: expect.stringMatching(/^10\./),
    host: expect.stringMatching(/^fd[0-9a-f]{2}:/),
    ip_text: expect.stringMatching(/^10\./),
    iban: expect.stringMatching(/^ZZ00\d{18}$/),
    card: expect.stringMatching(/^0000\d{12}/),
    level: 'silver',
    fixed: 'x',
    gone: null,
    title: 'R*********',
    lower_title: 'r*********',
    doc: { a: 'redacted', b: { 'c"': ['redacted', 7] } },
    raw: { k: '***' },
    note: expect.stringMatching(/^[A-Z][a-z]{6}: [a-z]{7} \d [a-z]{2}\.$/),
  })
  expect((row.photo as Buffer).toString()).toBe('masked')
  expect(row.name).not.toContain('Raw')
  const counts =
    await one(`SELECT count(DISTINCT uid)::int AS uids, count(DISTINCT number)::int AS numbers, count(DISTINCT host)::int AS hosts, count(DISTINCT born - date '1971-03-05' - id)::int AS shifts,
    min(born - date '1971-03-05' - id) >= -30 AND max(born - date '1971-03-05' - id) <= 30 AND bool_and(born <> date '1971-03-05' + id) AS moved,
    bool_and(joined = date_trunc('year', joined)) AS truncated, bool_and(abs(salary - 54321.99) <= 5433) AND count(DISTINCT salary) > 200 AS noisy,
    count(*) FILTER (WHERE title LIKE 'Rawtitle%')::int AS kept, bool_and(number > 2147483647) AS wide FROM "User"`)
  expect(counts).toMatchObject({
    uids: 300,
    numbers: 300,
    hosts: 300,
    moved: true,
    truncated: true,
    noisy: true,
    kept: 30,
    wide: true,
  })
  expect(Number(counts.shifts)).toBeGreaterThan(30)
  const joins = await one(
    `SELECT count(*)::int AS n FROM login l JOIN "User" u ON u.code = l.user_code AND u.number = l.user_number AND u.uid = l.user_uid`,
  )
  expect(joins.n).toBe(300)
})

test('incremental runs bring exactly what a full one would, and verify compares with masked values', async () => {
  await pair.source.client.query(`UPDATE "User" SET email = 'rawmail-new@raw.example', note = NULL WHERE id = 5;
    DELETE FROM login WHERE id > 280; DELETE FROM "User" WHERE id > 290; UPDATE "User" SET staff = true WHERE id = 8;
    INSERT INTO "User" (id, uid, code, number, email) VALUES (1001, gen_random_uuid(), 'rawcode-late', -5, 'rawmail-late@raw.example')`)
  await untilSettled(pair.source.client)
  const recording = await recordTraffic(pair.source.url)
  const through = { ...pair, source: { ...pair.source, url: recording.url } }
  const plan = await runPlan(through, { profile: PROFILE })
  expect(plan.tables.map(({ read }) => read.kind)).toEqual(['incremental', 'incremental'])
  const { tables } = await runSync(through, { profile: PROFILE })
  expect(
    Object.fromEntries(
      tables.map(({ table, inserted, updated, deleted }) => [table.name, [inserted, updated, deleted]]),
    ),
  ).toEqual({ User: [1, 2, 10], login: [0, 0, 20] })
  const options = { tables: [], samplePercent: 100, limit: 5 }
  const compared = await verify(profileOf(through, PROFILE), options, WATCH)
  expect(compared.tables.map(({ status }) => status)).toEqual(['equal', 'equal'])
  await pair.target.client.query(`UPDATE "User" SET city = 'elsewhere' WHERE id = 9`)
  const differing = await verify(profileOf(through, PROFILE), options, WATCH)
  expect(differing.tables.map(({ changed }) => changed)).toEqual([1, 0])
  expect(recording.found([...RAW, 'rawmail-new', 'rawcode-late'])).toEqual([])
  await runSync(pair, { profile: PROFILE })
})

test('another mask or another key reads the table in full, and a rollback takes it back', async () => {
  await runSync(pair, { profile: PROFILE })
  const reasonOf = async (profile: ReturnType<typeof maskedBy>) => {
    const { tables } = await runPlan(pair, { profile })
    return Object.fromEntries(
      tables.map(({ table, read }) => [table.name, read.kind === 'full' ? read.reason : read.kind]),
    )
  }
  const changed = 'its masks or MBSYNC_MASK_KEY changed'
  expect(await reasonOf(PROFILE)).toEqual({ User: 'incremental', login: 'incremental' })
  expect(await reasonOf(maskedBy(MASKS, 'another key that is long enough'))).toEqual({
    User: changed,
    login: changed,
  })
  const other = maskedBy({
    'public."User"': { ...MASKS['public."User"'], city: { mask: 'city', locale: 'fr' } },
  })
  expect(await reasonOf(other)).toEqual({ User: changed, login: 'incremental' })
  const before = await one(`SELECT string_agg(city, ',' ORDER BY id) AS cities FROM "User"`)
  await runSync(pair, { profile: other })
  expect(await one(`SELECT string_agg(city, ',' ORDER BY id) AS cities FROM "User"`)).not.toEqual(before)
  await runRollback(pair, { profile: other })
  expect(await one(`SELECT string_agg(city, ',' ORDER BY id) AS cities FROM "User"`)).toEqual(before)
})

test('a dump by a profile holds masked values alone, and only such a one is imported with its masks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-masks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const recording = await recordTraffic(pair.source.url)
  const through = { ...pair, source: { ...pair.source, url: recording.url } }
  // Beside the masked one, an export of the same profile would be refused.
  const [masked, raw] = [join(folder, 'masked'), join(folder, 'apart', 'raw')]
  mkdirSync(join(folder, 'apart'))
  const options = {
    isSingleFile: false,
    compression: { method: 'gzip', level: 1 } as const,
    tables: [],
    excluded: [],
  }
  await exportDump(profileOf(through, PROFILE), { ...options, output: masked }, WATCH)
  expect(recording.found(RAW)).toEqual([])
  const files = readdirSync(join(masked, 'data')).map((name) =>
    gunzipSync(readFileSync(join(masked, 'data', name))),
  )
  const text = Buffer.concat(files).toString()
  expect(RAW.filter((value) => text.includes(value))).toEqual([])
  expect(text).toContain('@example.test')
  await runExport(pair, raw)
  const rules = profileOf(pair, PROFILE)
  const wanted = { tables: [], allowBlocking: false }
  const { findings } = await planImport(rules, { ...wanted, dump: raw }, WATCH)
  expect(linesOf(findings.filter(({ code }) => code === 'mask'))).toEqual([
    expect.stringContaining(
      'error public."User": has masks in the profile, and the dump was written without them: "uid", "code"',
    ),
    '  Export again with the profile. To import the raw values anyway, import without the profile: --to <database>.',
    'error public.login: was masked in the last run and is not masked now: "user_code", "user_number", "user_uid"',
    expect.stringContaining('accept it with a reason'),
  ])
  const { tables } = await importDump(rules, { ...wanted, dump: masked }, WATCH)
  expect(tables.every(({ inserted, updated, deleted }) => inserted + updated + deleted === 0)).toBe(true)
  const after = await runSync(pair, { profile: PROFILE })
  expect(after.warnings).toEqual([])
  const others = async (profile: ReturnType<typeof maskedBy>) => {
    const { findings } = await planImport(profileOf(pair, profile), { ...wanted, dump: masked }, WATCH)
    return linesOf(findings.filter(({ code }) => code === 'mask')).filter((line) => !line.startsWith('  '))
  }
  expect(await others(PROFILE)).toEqual([])
  expect(
    await others(maskedBy({ 'public."User"': { ...MASKS['public."User"'], city: 'street', fixed: 'hash' } })),
  ).toEqual([
    'note public."User": is masked in another way in the dump, or by another key, than by the profile: "city", "fixed"',
  ])
  expect(await others({ ...maskedBy(MASKS, 'another key that is long enough'), privacy: 'strict' })).toEqual([
    expect.stringMatching(/^error public\."User": is masked in another way in the dump, .*: "uid", "code",/),
  ])
  const where = [{ table: { schema: 'public', name: 'User' }, condition: "email LIKE '%@raw.example'" }]
  const narrowed = { ...rules, where }
  const { findings: ofCondition } = await planImport(narrowed, { ...wanted, dump: masked }, WATCH)
  expect(linesOf(ofCondition.filter(({ code }) => code === 'mask'))).toEqual([
    `error public."User": has masked columns in the dump, and another 'where' condition than the dump was written with`,
    '  The condition would see masked values. Export again with the condition, or remove it.',
  ])
})

test('a column that was masked is not brought raw because a key, a partition, a rule or a name has changed', async () => {
  const sourceSql = `CREATE TABLE users (ref text PRIMARY KEY, n int); CREATE TABLE logins (id int PRIMARY KEY, ref text CONSTRAINT tie REFERENCES users (ref));
    CREATE TABLE visits (id int PRIMARY KEY, ref text CONSTRAINT tie2 REFERENCES users (ref));
    CREATE TABLE ev (id int, email text) PARTITION BY RANGE (id); CREATE TABLE ev_old (email text, id int);
    ALTER TABLE ev ATTACH PARTITION ev_old FOR VALUES FROM (0) TO (10); CREATE TABLE ev_new PARTITION OF ev DEFAULT;
    CREATE TABLE plain (id int PRIMARY KEY, a text);`
  const own = await createDatabasePair({
    sourceSql: `${sourceSql}
      INSERT INTO users SELECT 'raw' || i, i FROM generate_series(1, 10) i; INSERT INTO logins SELECT n, ref FROM users; INSERT INTO visits SELECT n, ref FROM users;
      INSERT INTO ev SELECT i, 'raw' || i FROM generate_series(1, 20) i; INSERT INTO plain SELECT n, ref FROM users;`,
    targetSql: sourceSql,
  })
  onTestFinished(() => own.drop())
  const masks = {
    'public.users': { ref: 'hash' },
    'public.ev': { email: 'email' },
    'public.plain': { a: 'text' },
  }
  await runSync(own, { profile: maskedBy(masks) })
  for (const { client } of [own.source, own.target])
    await client.query(`ALTER TABLE logins DROP CONSTRAINT tie; ALTER TABLE ev DETACH PARTITION ev_old;
      ALTER TABLE visits DROP CONSTRAINT tie2; ALTER TABLE visits RENAME ref TO "user"`)
  const after = { 'public.users': { ref: 'hash' }, 'public.ev': { email: 'email' } }
  const refusedBy = async (profile: ReturnType<typeof maskedBy>, more: object = {}) => {
    const { findings } = await runPlan(own, { profile: { ...profile, ...more } })
    return linesOf(findings.filter(({ code, severity }) => code === 'mask' && severity === 'error')).filter(
      (line) => !line.startsWith('  '),
    )
  }
  const found = [
    'error public.ev_old: was masked in an earlier run, under another name or in another table, and is not masked now: "email"',
    'error public.logins: was masked in the last run and is not masked now: "ref"',
    'error public.plain: was masked in the last run and is not masked now: "a"',
    'error public.visits: was masked in an earlier run, under another name or in another table, and is not masked now: "user"',
  ]
  expect(await refusedBy(maskedBy(after))).toEqual(found)
  expect((await refusedBy(maskedBy(after), { strategy: 'swap' })).sort()).toEqual(found)
  expect(await refusedBy(maskedBy({}), { name: 'one-off', mask: undefined })).toEqual([])
  await expect(runSync(own, { profile: maskedBy(after) })).rejects.toThrow('Validation found 4 problems')
  const why = { accept: 'made up' }
  const accepted = maskedBy({
    ...after,
    'public.ev_old': { email: why },
    'public.logins': { ref: 'hash' },
    'public.plain': { a: why },
    'public.visits': { user: why },
  })
  expect(await refusedBy(accepted)).toEqual([])
})

test('what was brought under weaker masks is found: undo sets, which are removed on request, and rows that are kept', async () => {
  const own = await createDatabasePair({
    sourceSql: `CREATE TABLE users (id int PRIMARY KEY, email text, is_staff boolean); INSERT INTO users SELECT i, 'raw' || i, i < 6 FROM generate_series(1, 20) i`,
    targetSql: 'CREATE TABLE users (id int PRIMARY KEY, email text, is_staff boolean)',
  })
  onTestFinished(() => own.drop())
  const run = async (email: unknown, more: object = {}) => {
    const profile = {
      ...maskedBy({ 'public.users': { email } }),
      deletes: { others: 'keep' as const, tables: [] },
    }
    return (await runSync(own, { profile, ...more })).warnings.map(({ message }) => message)
  }
  const weak = { mask: 'email', where: 'NOT is_staff' }
  expect(await run(weak)).toEqual([])
  expect(await run(weak)).toEqual([])
  await own.source.client.query('DELETE FROM users WHERE id = 1')
  const kept = [
    'public.users keeps up to 1 row as a run has brought them before the masks, or before these changed',
  ]
  expect(await run('email')).toEqual([
    ...kept,
    'Values from before the masks are kept in 1 undo set of the target, and in dumps that were written of it',
  ])
  expect(await run('email', { purge: { takesUnknown: false } })).toEqual([])
  expect(await run('email')).toEqual([])
  const { rows } = await own.target.client.query(
    `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'mbsync_undo'::regnamespace AND relkind = 'r'`,
  )
  expect(rows).toEqual([{ n: 0 }])
})

test('masks of dates and numbers take the ends of their types', async () => {
  const sql = `CREATE TABLE ends (id int PRIMARY KEY, day date, month date, at timestamp, zoned timestamptz, r real, f float8)`
  const own = await createDatabasePair({
    sourceSql: `${sql}; INSERT INTO ends VALUES
      (1, '5874897-12-31', '5874897-12-31', '294276-12-31 23:59', '294276-12-30 23:59Z', 3.4028235e38, 1.7976931348623157e308),
      (2, '4713-11-24 BC', '4713-11-24 BC', '4713-11-24 BC', '4713-11-25 BC', -3.4028235e38, -1.7976931348623157e308),
      (3, 'infinity', '-infinity', 'infinity', '-infinity', 'infinity', 'NaN')`,
    targetSql: sql,
  })
  onTestFinished(() => own.drop())
  const shift = { mask: 'date-shift', days: 3650 }
  const noise = { mask: 'noise', percent: 100 }
  const masks = { day: shift, month: 'date-truncate', at: shift, zoned: shift, r: noise, f: noise }
  const { tables } = await runSync(own, { profile: maskedBy({ 'public.ends': masks }) })
  expect(tables.map(({ inserted }) => inserted)).toEqual([3])
  const { rows } = await own.target.client.query(
    `SELECT day = 'infinity' AND month = '-infinity' AND at = 'infinity' AND zoned = '-infinity' AS same FROM ends WHERE id = 3`,
  )
  expect(rows).toEqual([{ same: true }])
})

test('what a mask could break is refused, with the reason', async () => {
  const refusing = await createDatabasePair({
    sourceSql: `CREATE DOMAIN plate AS text CHECK (VALUE ~ '^[A-Z]'); CREATE DOMAIN own_plate AS plate; CREATE EXTENSION citext;
      CREATE FUNCTION public.peek(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE TABLE other (id int PRIMARY KEY);
      CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE, short varchar(8) UNIQUE, tiny varchar(10), must text NOT NULL, checked text CHECK (checked LIKE '%@%'),
        sized text CHECK (char_length(sized) <= 80), car plate, own_car own_plate, state text, n int REFERENCES other, tag text[], lo oid, born date, ci citext, a text, b text, c text, d text, e text, f text, g text);
      CREATE UNIQUE INDEX one_active ON t (n) WHERE state = 'active';
      CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at); CREATE TABLE parted_1 PARTITION OF parted DEFAULT;`,
  })
  const profile = maskedBy(
    {
      'public.t': {
        name: 'name',
        short: 'hash',
        tiny: 'email',
        must: null,
        checked: 'email',
        sized: 'email',
        car: 'hash',
        own_car: 'hash',
        state: { mask: 'constant', value: 'active' },
        n: { sql: 'n + 1' },
        tag: 'text',
        lo: { mask: 'constant', value: 7 },
        born: { mask: 'constant', value: 'never' },
        ci: 'hash',
        a: 'lower(a) || now()',
        b: '(SELECT max(id)::text FROM public.other)',
        c: "pg_read_file('/etc/passwd')",
        d: 'public.peek(d)',
        e: 'e) || (e',
        f: 'nosuch',
        g: 'emial',
        missing: 'hash',
      },
      'public.parted': { at: 'date-shift' },
      'public.nothing': { a: 'hash' },
    },
    '',
  )
  const { findings } = await runPlan(refusing, { profile })
  const lines = linesOf(findings.filter(({ code }) => code === 'mask')).filter(
    (line) => !line.startsWith('  '),
  )
  expect(lines).toMatchInlineSnapshot(`
    [
      "error production: MBSYNC_MASK_KEY has fewer than 16 characters, and masks of the profile depend on it",
      "error public.nothing: has masks in the profile but is not among the tables of the run",
      "error public.parted: column "at" cannot be masked: its table has no key, which decides by how much the value of a row changes; name a column with \`by\`",
      "error public.t: column "n" cannot be masked: it is tied by a foreign key to "id" of public.other, and this mask would not give both the same value",
      "error public.t: column "name" cannot be masked: it is in the unique index "t_name_key", and the masked values of two rows could be equal",
      "error public.t: column "short" cannot be masked: it is in the unique index "t_short_key", and the masked values of two rows could be equal",
      "error public.t: column "tiny" cannot be masked: the masked values take 24 characters, and it has room for 10",
      "error public.t: column "must" cannot be masked: it is NOT NULL, and \`null\` would break that",
      "error public.t: column "checked" cannot be masked: it has the check constraint "t_checked_check", which the masked values might not meet",
      "error public.t: column "car" cannot be masked: it has the check constraint "plate_check", which the masked values might not meet",
      "error public.t: column "own_car" cannot be masked: it has the check constraint "plate_check", which the masked values might not meet",
      "error public.t: column "state" cannot be masked: it decides which rows are in the unique index "one_active", and masked rows with equal values could be in it",
      "error public.t: column "tag" cannot be masked: \`text\` is for columns of type text, varchar, char or citext, and it is text[]",
      "error public.t: column "lo" cannot be masked: it may refer to large objects",
      "error public.t: column "missing", which has a mask, is not in the source",
      "error public.t: the constant of column "born" is no value of type date",
      "error public.t: the mask of column "a" cannot be used: it calls now(), which is STABLE: it could return another value although the row has not changed",
      "error public.t: the mask of column "b" cannot be used: it reads other: a change there does not show in the row",
      "error public.t: the mask of column "c" cannot be used: it calls pg_read_file(), which is VOLATILE: it could write, or return another value in each run",
      "error public.t: the mask of column "d" cannot be used: it calls public.peek(), which is VOLATILE: it could write, or return another value in each run",
      "error public.t: the mask of column "e" cannot be used: it is not valid: production: syntax error at or near ")"",
      "error public.t: the mask of column "f" cannot be used: it is not valid: production: column "nosuch" does not exist",
      "error public.t: the mask of column "g" cannot be used: it is not valid: production: column "emial" does not exist",
    ]
  `)
  await refusing.drop()
})

test('what would leave values raw is refused: a column as it is, a wrong table, an heir without the mask', async () => {
  const refusing = await createDatabasePair({
    sourceSql: `CREATE TABLE t (id int PRIMARY KEY, first_name text, iban text, "Mail" text, fine text);
      CREATE TABLE heir (extra text) INHERITS (t); CREATE TABLE second () INHERITS (heir);`,
  })
  onTestFinished(() => refusing.drop())
  const profile = maskedBy({
    'public.t': {
      first_name: 'first_name',
      iban: 'IBAN',
      Mail: { sql: '((t."Mail")) -- as it is' },
      fine: 'left(fine, 1)',
    },
    'public.heir': { first_name: 'first-name', iban: 'iban', Mail: { accept: 'no people' } },
    'public.nothing': { a: 'hash' },
    'public.second': { first_name: 'first-name', iban: 'iban', Mail: 'email', fine: 'text' },
  })
  const linesFor = async (options: object) => {
    const { findings } = await runPlan(refusing, { profile, ...options })
    return linesOf(findings.filter(({ code }) => code === 'mask')).filter((line) => !line.startsWith('  '))
  }
  const missing = 'error public.nothing: has masks in the profile but is not among the tables of the run'
  const ofTable = [
    'error public.t: the mask of column "first_name" is column "first_name" unchanged',
    'error public.t: the mask of column "iban" is column "iban" unchanged',
    'error public.t: the mask of column "Mail" is column "Mail" unchanged',
  ]
  expect((await linesFor({})).sort()).toEqual([
    'error public.heir: column "fine" is not masked: the table inherits from public.t, whose column "fine" is',
    missing,
    ...ofTable.sort(),
  ])
  // A table that is left out by --table is skipped, one that does not exist is not.
  expect((await linesFor({ tables: ['public.t'] })).sort()).toEqual([missing, ...ofTable])
})

test('an expression that lets values through is refused, by counts of a sample alone', async () => {
  const own = await createDatabasePair({
    sourceSql: `CREATE TABLE t (id int PRIMARY KEY, a text, b varchar(40), c char(30), d text, e text, f text, g text, h text, staff boolean);
      INSERT INTO t SELECT i, 'rawvalue' || i, 'rawvalue' || i, 'rawvalue' || i, 'rawvalue' || i, 'rawvalue' || i, repeat('y', i), 'rawvalue' || i, 'rawvalue' || i, i > 4 FROM generate_series(1, 20) i;
      CREATE TABLE late (id int PRIMARY KEY, n int); INSERT INTO late SELECT i, i FROM generate_series(1, 1200) i;
      ALTER TABLE late ADD phone2 text, ADD doc jsonb, ADD kids int, ADD size numeric; INSERT INTO late SELECT i, i, '+49 170 ' || i, '{"address": {"street": "rawvalue"}}', i % 4, i FROM generate_series(1201, 8200) i;
      CREATE TABLE parts (id int, at int, a text) PARTITION BY RANGE (at);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (2); CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (2) TO (3);
      INSERT INTO parts SELECT i, 1, NULL FROM generate_series(1, 5000) i; INSERT INTO parts SELECT i, 2, 'rawvalue' || i FROM generate_series(1, 50) i;
      CREATE TABLE empty (id int PRIMARY KEY, a text); INSERT INTO empty SELECT i, CASE WHEN i = 15000 THEN 'rawvalue' END FROM generate_series(1, 200000) i;
      CREATE TABLE few (id int PRIMARY KEY, a text); INSERT INTO few VALUES (1, 'rawvalue');`,
  })
  onTestFinished(() => own.drop())
  const recording = await recordTraffic(own.source.url)
  const through = { ...own, source: { ...own.source, url: recording.url } }
  const profile = maskedBy({
    'public.t': {
      // It comes first: the others are tried all the same.
      h: '(1 / (id - id))::text',
      a: 'a::varchar(100)',
      b: "coalesce(b, '')",
      c: "(c || '')::text",
      d: 'upper(trim(d))',
      e: "CASE WHEN staff THEN 'x' ELSE e END",
      f: 'left(f, 10)',
      g: { sql: 'g || repeat(g, 0)', where: 'staff' },
    },
    'public.few': { a: "coalesce(a, '')" },
    'public.late': {
      phone2: "coalesce(phone2, '')",
      doc: { mask: 'redact-json', paths: ['adress.street', 'address.street'] },
      kids: 'noise',
      size: { mask: 'noise', percent: 50 },
    },
    'public.parts': { a: "coalesce(a, '')" },
    'public.empty': { a: 'left(a, 1)' },
  })
  const { findings } = await runPlan(through, { profile })
  const lines = linesOf(findings.filter(({ code }) => code === 'mask'))
  expect(lines.filter((line) => !line.startsWith('  '))).toMatchInlineSnapshot(`
    [
      "error public.late: the mask of column "phone2" lets the raw value through: each of 950 sampled values stays as it is",
      "error public.parts: the mask of column "a" lets the raw value through: each of 50 sampled values stays as it is",
      "error public.t: the mask of column "h" fails for a row of a sample",
      "error public.t: the mask of column "a" lets the raw value through: each of 20 sampled values stays as it is",
      "error public.t: the mask of column "b" lets the raw value through: each of 20 sampled values stays as it is",
      "error public.t: the mask of column "c" lets the raw value through: each of 20 sampled values stays as it is",
      "error public.t: the mask of column "d" lets the raw value through: each of 20 sampled values stays as it is",
      "error public.t: the mask of column "g" lets the raw value through: each of 16 sampled values stays as it is",
      "note public.empty: the mask of column "a" is not checked: a sample of the table has 1 value in it",
      "note public.few: the mask of column "a" leaves 1 of 1 sampled values as they are",
      "note public.late: the mask of column "doc" has paths that match nothing in 950 sampled values: adress.street",
      "note public.late: the noise of column "kids" leaves 950 of 950 sampled numbers as they are",
      "note public.t: the mask of column "e" leaves 4 of 20 sampled values as they are",
      "note public.t: the mask of column "f" leaves 10 of 20 sampled values as they are",
    ]
  `)
  expect(recording.found(['rawvalue'])).toEqual([])
})

test('conditions that are NULL, lists on the way of a path, and tables outside the run leave nothing raw', async () => {
  const sourceSql = `CREATE TABLE t (id int PRIMARY KEY, note text, staff boolean, doc jsonb);
    CREATE TABLE person (id int PRIMARY KEY); CREATE TABLE employee (id int PRIMARY KEY REFERENCES person);
    CREATE TABLE manager (id int PRIMARY KEY REFERENCES employee);
    CREATE FUNCTION public.hide(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'one' $$;`
  const own = await createDatabasePair({
    sourceSql: `${sourceSql}
      INSERT INTO t VALUES (1, 'raw', true, '{"contacts": [{"email": "raw"}], "a": 1}'), (2, 'raw', false, '{"contacts": "raw"}'),
        (3, 'raw', NULL, '["raw"]'), (4, 'raw', true, '{"contacts": {"email": "raw", "kept": "x"}}'), (5, 'raw', true, '{"contacts": null, "list": ["x", "raw"]}');
      INSERT INTO person VALUES (1); INSERT INTO employee VALUES (1); INSERT INTO manager VALUES (1);`,
    targetSql: sourceSql.replaceAll(/ REFERENCES \w+/g, ''),
  })
  onTestFinished(() => own.drop())
  const profile = maskedBy({
    'public.t': {
      note: { sql: 'public.hide(note)', where: 'NOT staff' },
      doc: { mask: 'redact-json', paths: ['contacts.email', 'list.1'] },
    },
    'public.person': { id: 'hash' },
  })
  await runSync(own, { profile, tables: ['public.t', 'public.person', 'public.manager'] })
  const read = async (sql: string) => (await own.target.client.query(sql)).rows
  expect(await read('SELECT note, doc FROM t ORDER BY id')).toEqual([
    { note: 'raw', doc: { contacts: 'redacted', a: 1 } },
    { note: 'one', doc: { contacts: 'redacted' } },
    { note: 'one', doc: 'redacted' },
    { note: 'raw', doc: { contacts: { email: 'redacted', kept: 'x' } } },
    { note: 'raw', doc: { contacts: null, list: ['x', 'redacted'] } },
  ])
  expect(await read('SELECT m.id FROM manager m JOIN person p ON p.id = m.id AND p.id <> 1')).toHaveLength(1)
  await own.source.client.query(
    `CREATE OR REPLACE FUNCTION public.hide(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'two' $$`,
  )
  await untilSettled(own.source.client)
  await runSync(own, { profile, tables: ['public.t'] })
  expect(await read('SELECT DISTINCT note FROM t ORDER BY note')).toEqual([{ note: 'raw' }, { note: 'two' }])
})

test('hash permutes all numbers of a smallint, an integer gives the same as a bigint, and no number is too large', async () => {
  const { client } = pair.source
  await client.query("SELECT set_config('mbsync.mask_integer', repeat('5a', 64), false)")
  const { rows } = await client.query(
    `SELECT count(DISTINCT m)::int AS distinct, bool_and((m < 0) = (n < 0)) AS signed, count(*) FILTER (WHERE m = n)::int < 20 AS hidden
     FROM (SELECT t.n, ${permuteInteger('t.n', 'smallint')} AS m FROM (SELECT i::int2 AS n FROM generate_series(-32768, 32767) i OFFSET 0) t) s`,
  )
  expect(rows).toEqual([{ distinct: 65_536, signed: true, hidden: true }])
  const ends = await client.query(
    `SELECT count(DISTINCT big)::int AS distinct, bool_and((big < 0) = (n < 0)) AS signed, bool_and((n BETWEEN -2147483648 AND 2147483647) = (big BETWEEN -2147483648 AND 2147483647)) AS kept
     FROM (SELECT t.n, ${permuteInteger('t.n', 'bigint')} AS big FROM unnest('{-9223372036854775808, 9223372036854775807, -2147483649, -2147483648, -1, 0, 1, 2147483647, 2147483648}'::int8[]) t (n)) s`,
  )
  expect(ends.rows).toEqual([{ distinct: 9, signed: true, kept: true }])
  const alike = await client.query(
    `SELECT bool_and(${permuteInteger('t.n', 'integer')} = ${permuteInteger('t.b', 'bigint')}) AS alike
     FROM (SELECT n, n::int8 AS b FROM unnest('{-2147483648, -70000, 0, 5, 2147483647}'::int4[]) n) t`,
  )
  expect(alike.rows).toEqual([{ alike: true }])
})

test('a hash without its key fails', async () => {
  await pair.source.client.query("SELECT set_config('mbsync.mask_text', '', false)")
  const hash = `SELECT ${keyedHashSql('text', "'x'::bytea")}`
  await expect(pair.source.client.query(hash)).rejects.toThrow('invalid hexadecimal digit')
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { maskSchema } from '../../src/config/schema/mask-schema.ts'
import { exportDump } from '../../src/jobs/export.ts'
import { maskedJson } from '../../src/transfer/masks/masked-texts.ts'
import { createDatabasePair } from '../support/databases.ts'
import { maskedBy } from '../support/masks.ts'
import { WATCH } from '../support/run-dump.ts'
import { profileOf, runPlan } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

test('a mask without effect is noted, and refused by a strict profile', async () => {
  const own = await createDatabasePair({
    sourceSql: `CREATE TABLE t (id int PRIMARY KEY, doc jsonb, numbers jsonb, kids int, joined date, code text, note text, few text, kind text, half date);
      INSERT INTO t SELECT i, '{"a": "x"}', '{"a": 1}', i % 4, date '2000-01-01' + i * interval '1 year', 'c' || i, 'n' || i, CASE WHEN i = 1 THEN 'f' END, 'person',
        CASE WHEN i < 9 THEN date '2000-01-01' ELSE date '2000-02-02' END FROM generate_series(1, 20) i;
      CREATE TABLE big (id int PRIMARY KEY, code text, kind text); INSERT INTO big SELECT i, repeat('c', 500), CASE WHEN i = 9000 THEN 'company' ELSE 'person' END FROM generate_series(1, 20000) i`,
  })
  onTestFinished(() => own.drop())
  const year = { mask: 'date-truncate', unit: 'year' }
  const profile = maskedBy({
    'public.t': {
      doc: { mask: 'redact-json', paths: ['A', 'b.c'] },
      numbers: 'redact-json',
      kids: 'noise',
      joined: year,
      code: { mask: 'hash', where: "kind = 'customer'" },
      note: { mask: 'text', where: "kind = 'person'" },
      few: "coalesce(few, '')",
      half: year,
    },
    'public.big': { code: { mask: 'hash', where: "kind = 'company'" } },
  })
  const found = async (more: object) => {
    const { findings } = await runPlan(own, { profile: { ...profile, ...more } })
    return linesOf(findings.filter(({ code }) => code === 'mask')).filter((line) => !line.startsWith('  '))
  }
  const lines = [
    'public.t: the mask of column "doc" has paths that match nothing in 20 sampled values: A, b.c',
    'public.t: the mask of column "numbers" leaves 20 of 20 sampled values as they are',
    'public.t: the noise of column "kids" leaves 20 of 20 sampled numbers as they are',
    'public.t: the mask of column "joined" leaves 20 of 20 sampled values as they are',
    'public.t: the condition of the mask of column "code" hides none of 20 sampled values',
    'public.t: the mask of column "few" leaves 1 of 1 sampled values as they are',
  ]
  const noted = await found({})
  expect(noted.filter((line) => line.includes('public.t:')).sort()).toEqual(
    lines.map((line) => `note ${line}`).sort(),
  )
  const strict = await found({ privacy: 'strict' })
  expect(strict.filter((line) => line.includes('public.t:')).sort()).toEqual(
    lines.map((line) => `error ${line}`).sort(),
  )
  // The rows that meet it may be those that the sample lacks.
  const rare =
    /^note public\.big: the condition of the mask of column "code" hides none of [\d,]+ sampled values$/
  expect([noted, strict].map((all) => all.filter((line) => line.includes('big')))).toEqual([
    [expect.stringMatching(rare)],
    [expect.stringMatching(rare)],
  ])
})

test('a run without the table that decides a mask says which one to include', async () => {
  const own = await createDatabasePair({
    sourceSql:
      'CREATE TABLE users (code text PRIMARY KEY); CREATE TABLE logins (id int PRIMARY KEY, code text REFERENCES users)',
  })
  onTestFinished(() => own.drop())
  const profile = maskedBy({ 'public.users': { code: 'hash' } })
  const { findings } = await runPlan(own, { profile, tables: ['public.logins'] })
  expect(linesOf(findings.filter(({ code }) => code === 'mask'))).toEqual([
    'error public.users: column "code" cannot be masked: it is not among the columns of the run, and a foreign key ties "code" of public.logins to it',
    '  Include public.users, so that both ends are masked alike, or leave the other tables out.',
  ])
})

test('redact-json replaces every string that is a value, and nothing else', async () => {
  const own = await createDatabasePair({})
  onTestFinished(() => own.drop())
  const texts = [
    '"alone"',
    '7',
    'null',
    '[]',
    '{"a":"x","b":[1,"y",{"c" : "z\\"q\\\\"}],"d:":true,"e\\"":"\\\\"}',
    '[ "x" , "a: \\"b\\": c", "" , ":" ]',
    '{"k": 1, "l": {"m": {}}, "n": [2, 3]}',
    '{"a": "\\u0022: ", "\\\\": "u", "": "ä €"}',
  ]
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return 'r$&\\1"'
    if (Array.isArray(value)) return value.map(redact)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redact(each)]))
  }
  const [rule] = maskSchema.parse({ 'public.t': { v: { mask: 'redact-json', value: 'r$&\\1"' } } })
  const mask = rule?.columns[0]?.mask
  if (mask === undefined) throw new Error('no mask')
  for (const type of ['json', 'jsonb']) {
    const made = maskedJson('t.v', type, mask)
    if (!('sql' in made)) throw new Error(made.problem)
    const { rows } = await own.source.client.query(
      `SELECT t.v::text AS raw, (${made.sql})::${type}::text AS masked, left((${made.sql})::text, 9) AS start FROM unnest($1::${type}[]) AS t (v)`,
      [texts],
    )
    for (const { raw, masked } of rows) expect(JSON.parse(masked)).toEqual(redact(JSON.parse(raw)))
  }
})

test('an export refuses a column that the newest dump of its profile beside it has masked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-masks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const own = await createDatabasePair({
    sourceSql: `CREATE TABLE a (id int PRIMARY KEY, ref int UNIQUE); CREATE TABLE b (id int PRIMARY KEY, ref int CONSTRAINT tie REFERENCES a (ref));
      INSERT INTO a VALUES (1, 7); INSERT INTO b VALUES (1, 7)`,
  })
  onTestFinished(() => own.drop())
  const masks = maskedBy({ 'public.a': { ref: 'hash' } })
  const write = (name: string, profile: object, more: object = {}) =>
    exportDump(
      { ...profileOf(own), ...profile },
      {
        output: join(folder, name),
        isSingleFile: name.endsWith('.gz'),
        compression: { method: 'gzip', level: 1 },
        tables: [],
        ...more,
      },
      WATCH,
    )
  await write('1', masks)
  await write('2.sql.gz', masks, { tables: ['public.a'] })
  await write('other', { name: 'another' })
  const asked = { ...profileOf(own) }
  await write('without', { ...asked, name: undefined })
  await own.source.client.query('ALTER TABLE b DROP CONSTRAINT tie')
  const refused = async (profile: object) => {
    const error = await write('3', profile).catch((thrown: unknown) => thrown)
    return linesOf((error as { findings?: never[] }).findings ?? []).filter((line) =>
      line.startsWith('error'),
    )
  }
  expect(await refused(masks)).toEqual([
    'error public.b: was masked in the dump 1 and is not masked now: "ref"',
  ])
  expect(await refused({})).toEqual([
    'error public.a: was masked in the dump 2.sql.gz and is not masked now: "ref"',
    'error public.b: was masked in the dump 1 and is not masked now: "ref"',
  ])
  const why = { ref: { accept: 'made up' } }
  await write('4', maskedBy({ 'public.a': why, 'public.b': why }))
  await write('5', {})
})

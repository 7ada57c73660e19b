import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { openDump } from '../../src/dump/open-dump.ts'
import { exportDump } from '../../src/jobs/export.ts'
import { importDump } from '../../src/jobs/import.ts'
import { verify } from '../../src/jobs/verify.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runExport } from '../support/run-dump.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const WATCH = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes' as const,
}
const PART = { schema: 'public', name: 'Part' }

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `CREATE TABLE owner (id int PRIMARY KEY); INSERT INTO owner SELECT generate_series(1, 9);
      CREATE TABLE "Part" (legacy text, id int PRIMARY KEY, "Note" text NOT NULL, owner int REFERENCES owner, name char(9), CONSTRAINT differs CHECK ("Note" <> name));
      INSERT INTO "Part" SELECT 'l', i, 'source', 1, 'p' || i FROM generate_series(1, 20) i`,
    targetSql: `CREATE TABLE owner (id int PRIMARY KEY); INSERT INTO owner VALUES (1), (77);
      CREATE TABLE "Part" (id int PRIMARY KEY, name text, owner int REFERENCES owner, "Note" text NOT NULL DEFAULT 'new', CONSTRAINT differs CHECK ("Note" <> name));
      INSERT INTO "Part" SELECT i, 'old', 1, 'kept' FROM generate_series(1, 10) i`,
  })
})
afterAll(() => pair?.drop())

const leaving = (...exclude: string[]): Pick<Profile, 'columns'> => ({ columns: [{ table: PART, exclude }] })
const LEFT_OUT = leaving('legacy', 'Note')

async function partsOfTarget(): Promise<Record<string, number>> {
  const { rows } = await pair.target.client.query(
    `SELECT format('%s %s %s', "Note", owner, left(name, 1)) AS part, count(*)::int FROM "Part" GROUP BY 1 ORDER BY 1`,
  )
  return Object.fromEntries(rows.map(({ part, count }) => [part, count]))
}

test('columns that are left out keep what the target has in them, and new rows get its default', async () => {
  await untilSettled(pair.source.client)
  const { findings } = await runPlan(pair, { profile: LEFT_OUT })
  expect(linesOf(findings.filter(({ subject }) => subject === 'public."Part"'))).toEqual([
    'note public."Part": column "name" is character(9) in the source and text in the target, which takes every value after a cast',
    'note public."Part": column "legacy" is left out, and missing in the target',
    'note public."Part": column "Note" is left out and keeps its values in the target',
    `note public."Part": "differs" CHECK (("Note" <> name)) also involves column "Note", which the run leaves out: rows of the source that violate it with the target's values fail the run`,
    '  Copy column "Note", too, or drop the constraint in the target.',
  ])
  await runSync(pair, { profile: LEFT_OUT })
  expect(await partsOfTarget()).toEqual({ 'kept 1 p': 10, 'new 1 p': 10 })
  const { tables } = await verify(
    profileOf(pair, LEFT_OUT),
    { tables: [], samplePercent: 100, limit: 5 },
    WATCH,
  )
  expect(tables.map(({ status }) => status)).toEqual(['equal', 'equal'])
})

test('a run with the same list is incremental, and one with another list reads the table in full', async () => {
  const readOf = async (profile: Pick<Profile, 'columns'>) => {
    const { tables } = await runPlan(pair, { profile })
    const read = tables.find(({ table }) => table.name === 'Part')?.read
    return read?.kind === 'full' ? read.reason : read?.kind
  }
  expect(await readOf(LEFT_OUT)).toBe('incremental')
  expect(await readOf(leaving('legacy'))).toBe(
    'its columns, types, storage or condition changed in the source',
  )
  await pair.source.client.query(
    `UPDATE "Part" SET "Note" = 'again' WHERE id = 3; DELETE FROM "Part" WHERE id = 4`,
  )
  await runSync(pair, { profile: LEFT_OUT })
  expect(await partsOfTarget()).toEqual({ 'kept 1 p': 9, 'new 1 p': 10 })
  await runRollback(pair)
  expect(await partsOfTarget()).toEqual({ 'kept 1 p': 10, 'new 1 p': 10 })
})

test('a dump does not hold them, and an import leaves out those that one holds', async () => {
  const [all, some] = ['all', 'some'].map((name) => join(tmpdir(), `${pair.source.name}-${name}`)) as [
    string,
    string,
  ]
  const options = {
    isSingleFile: false,
    compression: { method: 'gzip', level: 1 } as const,
    tables: [],
    excluded: [],
  }
  await exportDump(profileOf(pair, LEFT_OUT), { ...options, output: some }, WATCH)
  const { manifest } = await openDump(some)
  expect(manifest.tables.find(({ name }) => name === 'Part')?.columns.map(({ name }) => name)).toEqual([
    'id',
    'owner',
    'name',
  ])
  await runExport(pair, all)
  for (const [dump, profile] of [
    [some, {}],
    [all, LEFT_OUT],
  ] as const) {
    await pair.target.client.query('DELETE FROM "Part" WHERE id > 10')
    const rules = { ...profileOf(pair, profile), name: 'import' }
    await importDump(rules, { dump, tables: [], allowBlocking: false }, WATCH)
    expect(await partsOfTarget()).toEqual({ 'kept 1 p': 9, 'new 1 p': 10 })
    rmSync(dump, { recursive: true })
  }
})

test('a foreign key over a column that is left out is checked in the target', async () => {
  await pair.target.client.query('INSERT INTO owner VALUES (77); UPDATE "Part" SET owner = 77 WHERE id = 5')
  await expect(runSync(pair, { profile: leaving('legacy', 'owner') })).rejects.toThrow(/"Part_owner_fkey"/)
})

test('a list that cannot be followed is refused, with what is wrong', async () => {
  await pair.target.client.query('ALTER TABLE "Part" ALTER "Note" DROP DEFAULT')
  const { findings } = await runPlan(pair, {
    profile: leaving('legacy', 'Note', 'id', 'naem', 'dropped_long_ago'),
  })
  expect(linesOf(findings.filter(({ subject }) => subject === 'public."Part"'))).toEqual([
    'error public."Part": column "id" cannot be left out: it is part of the key that rows are matched by',
    '  Remove it from `columns` in the profile.',
    'error public."Part": column "naem", which `columns` leaves out, is not in the source',
    '  Write it as PostgreSQL spells it; case counts. Did you mean name?',
    'error public."Part": column "Note" is left out, but NOT NULL and without default in the target',
    '  Give it a default: ALTER TABLE "public"."Part" ALTER COLUMN "Note" SET DEFAULT …; or allow NULL: ALTER COLUMN "Note" DROP NOT NULL. Both lose nothing. Or copy it: remove it from `columns` in the profile.',
    'note public."Part": column "dropped_long_ago", which `columns` leaves out, is not in the source',
    'note public."Part": column "name" is character(9) in the source and text in the target, which takes every value after a cast',
    'note public."Part": column "legacy" is left out, and missing in the target',
    `note public."Part": "differs" CHECK (("Note" <> name)) also involves column "Note", which the run leaves out: rows of the source that violate it with the target's values fail the run`,
    '  Copy column "Note", too, or drop the constraint in the target.',
  ])
  const other = { columns: [{ table: { schema: 'public', name: 'part' }, exclude: ['legacy'] }] }
  await expect(runSync(pair, { profile: other })).rejects.toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({
        message: 'has `columns` in the profile but is not among the tables of the run',
      }),
    ]),
  })
})

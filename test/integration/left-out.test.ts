import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { verify } from '../../src/jobs/verify.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { patternOf, profileOf, runPlan, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const CONFIG = (table: string, condition: string) =>
  `ALTER EXTENSION plpgsql ADD TABLE ${table};
   UPDATE pg_extension SET extconfig = extconfig || '${table}'::regclass::oid, extcondition = extcondition || $$${condition}$$::text WHERE extname = 'plpgsql'`

/** TimescaleDB by hand: its chunks inherit from a table that takes no row itself. */
const BOTH = `
CREATE SCHEMA _timescaledb_internal; CREATE SCHEMA old; CREATE DOMAIN lo AS oid;
CREATE TABLE metrics (time timestamptz PRIMARY KEY, v float8);
CREATE TABLE people (id int PRIMARY KEY); CREATE TABLE customers (vip bool, PRIMARY KEY (id)) INHERITS (people); CREATE TABLE old.people () INHERITS (people);
CREATE TABLE staff (id int PRIMARY KEY);
CREATE TABLE doc (id int PRIMARY KEY, body oid, body2 lo, note text);
CREATE TABLE held (id int); CREATE TABLE stock (id int); CREATE TABLE unread (id int);
UPDATE pg_extension SET extconfig = '{}', extcondition = '{}' WHERE extname = 'plpgsql';
${CONFIG('held', 'WHERE id > 5')}; ${CONFIG('stock', 'WHERE id > 5')}; ${CONFIG('unread', 'WHERE no_such_column')};
INSERT INTO held VALUES (1); INSERT INTO stock VALUES (1)`
const SOURCE = `${BOTH};
CREATE TABLE _timescaledb_internal._hyper_1_2_chunk () INHERITS (metrics); CREATE TABLE _timescaledb_internal._hyper_1_1_chunk () INHERITS (metrics);
INSERT INTO doc SELECT g, lo_from_bytea(0, 'hello'), NULL, 'x' FROM generate_series(1, 3) AS g; INSERT INTO held VALUES (6)`
const TARGET = `${BOTH};
CREATE TABLE _timescaledb_internal._hyper_1_7_chunk () INHERITS (metrics); CREATE TABLE _timescaledb_internal.staff_1 () INHERITS (staff)`

const REMARKS = (isDone: string) => [
  `note public.doc: the source has 3 large objects, to which columns "body", "body2" may refer: what is in them ${isDone}`,
  ...(isDone === 'is not copied'
    ? [
        '  Their numbers are copied without them. `largeObjects: copy` in the profile copies those that the rows refer to.',
      ]
    : []),
  `note public.held: belongs to extension plpgsql and holds rows that users have added: the table ${isDone}`,
  "  If the target needs these rows, insert them there. To leave them out without this note: exclude: ['public.held'].",
  `note public.metrics: shows rows of 2 child tables outside the run, such as _timescaledb_internal._hyper_1_1_chunk: these rows are not copied`,
  "  It is a hypertable of TimescaleDB, whose chunks differ from database to database. Leave it out (exclude: ['public.metrics']), and copy its rows through it: psql -c 'COPY (SELECT * FROM …) TO STDOUT' into psql -c 'COPY … FROM STDIN'.",
  `note public.people: shows rows of 1 child table outside the run, such as old.people: these rows are not copied`,
  "  Include the child tables, which the target must have, too; or leave the table out: exclude: ['public.people'].",
  `note public.unread: belongs to extension plpgsql and may hold rows that users have added: the table ${isDone}`,
  "  If the target needs these rows, insert them there. To leave them out without this note: exclude: ['public.unread'].",
]
const OF_TARGET =
  'note public.staff: has 1 child table outside the run in the target, such as _timescaledb_internal.staff_1: a query of the table still shows these rows'

describe('what applications see with the tables of a run, and is not among their rows', () => {
  let pair: DatabasePair
  let folder: string
  const profile = { include: [patternOf('public.*')] }

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
    folder = mkdtempSync(join(tmpdir(), 'mbsync-left-out-'))
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await pair.drop()
  })

  test('is in the plan and in the result of a run', async () => {
    const expected = [...REMARKS('is not copied'), OF_TARGET]
    expect(sorted((await runPlan(pair, { profile })).findings)).toEqual(sortedLines(expected))
    expect(sorted((await runSync(pair, { profile })).notes)).toEqual(sortedLines(expected))
  })

  test('is named by a verification as not compared', async () => {
    const context = {
      signal: new AbortController().signal,
      report: () => undefined,
      confirm: async () => 'yes' as const,
    }
    const result = await verify(
      profileOf(pair, profile),
      { tables: [], samplePercent: 100, limit: 10 },
      context,
    )
    expect(
      result.tables.flatMap(({ table, reason }) => (reason === undefined ? [] : [`${table.name} ${reason}`])),
    ).toEqual([
      'metrics shows rows of 2 child tables outside the run, such as _timescaledb_internal._hyper_1_1_chunk; its own rows are equal',
      'people shows rows of 1 child table outside the run, such as old.people; its own rows are equal',
      'staff in the target shows rows of 1 child table outside the run, such as _timescaledb_internal.staff_1; its own rows are equal',
    ])
    expect(result.tables.filter(({ status }) => status !== 'equal')).toHaveLength(3)
    const beside = REMARKS('is not compared').filter((line) => !/metrics|people|child tables/.test(line))
    expect(sorted(result.notes)).toEqual(sortedLines(beside))
  })

  test('is named by an export, and by an import of its dump for the tables that are meant', async () => {
    const dump = join(folder, 'dump')
    const { notes } = await runExport(pair, dump, { tables: ['public.*'] })
    expect(sorted(notes)).toEqual(sortedLines(REMARKS('is not copied')))
    const imported = await runImport(pair, dump, { tables: ['public.people', 'public.customers'] })
    expect(linesOf(imported.notes).filter((line) => !line.startsWith(' '))).toEqual([
      'note public.people: shows rows of 1 child table outside the run, such as old.people: these rows are not copied',
    ])
  })

  test('is named for a child that the profile itself leaves out', async () => {
    const { findings } = await runPlan(pair, {
      profile: { ...profile, exclude: [patternOf('public.customers')] },
    })
    expect(linesOf(findings).filter((line) => line.startsWith('note public.people'))).toEqual([
      'note public.people: shows rows of 2 child tables outside the run, such as old.people: these rows are not copied',
    ])
  })

  test('is named for numbers of large objects within composite types, also where those in columns are copied', async () => {
    const { client } = pair.source
    const sql = `CREATE DOMAIN old.number AS lo; CREATE TYPE old.file AS ("a name" text, body old.number); CREATE TYPE old.files AS (one int, many old.file[]);
      CREATE TABLE old.letter (id int PRIMARY KEY, files old.files)`
    await client.query(sql)
    await pair.target.client.query(sql)
    const letter = { include: [patternOf('old.letter')] }
    const said = async (largeObjects: 'leave' | 'copy') =>
      linesOf((await runPlan(pair, { profile: { ...letter, largeObjects } })).findings).filter((line) =>
        line.includes('old.letter'),
      )
    const expected = [
      'note old.letter: the source has 3 large objects, to which column "files" may refer: what is in them is not copied',
    ]
    expect(await said('leave')).toEqual(expected)
    expect(await said('copy')).toEqual(expected)
  })

  test('is not named where tables are left out by name', async () => {
    const exclude = ['doc', 'held', 'metrics', 'people', 'staff', 'unread'].map((name) =>
      patternOf(`public.${name}`),
    )
    expect((await runPlan(pair, { profile: { ...profile, exclude } })).findings).toEqual([])
  })
})

function sorted(findings: readonly Finding[]): string[] {
  return sortedLines(linesOf(findings.filter(({ subject }) => subject.startsWith('public.'))))
}

function sortedLines(lines: readonly string[]): string[] {
  return [...lines].sort()
}

test('large objects to which no column of their types refers are noted, too', async () => {
  const schema = 'CREATE TABLE mail (id int PRIMARY KEY, body text)'
  const pair = await createDatabasePair({
    sourceSql: `${schema}; INSERT INTO mail SELECT g, lo_from_bytea(0, 'hello')::text FROM generate_series(1, 2) AS g`,
    targetSql: schema,
  })
  const { notes } = await runSync(pair)
  expect(linesOf(notes)).toContain(
    'note production: the source has 2 large objects, to which no column of type oid or lo refers: what is in them is not copied',
  )
  await pair.drop()
})

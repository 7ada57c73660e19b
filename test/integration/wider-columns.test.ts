import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

/** A table by its columns: their types in the source and in the target. */
type WideTable = Readonly<Record<string, readonly [source: string, target: string]>>

/** The first column is filled with numbers. */
const TABLES: Readonly<Record<string, { readonly columns: WideTable; readonly key: string }>> = {
  kinds: {
    key: 'id',
    columns: {
      id: ['int', 'bigint'],
      short: ['varchar(10)', 'varchar(20)'],
      long: ['varchar(10)', 'text'],
      code: ['char(5)', 'text'],
      padded: ['char(5)', 'char(8)'],
      codes: ['char(5)[]', 'varchar(9)[]'],
      price: ['numeric(8,2)', 'numeric(12,4)'],
      amount: ['numeric(8,2)', 'numeric'],
      count: ['smallint', 'numeric(9,3)'],
      ratio: ['real', 'double precision'],
      ratios: ['real[]', 'double precision[]'],
      made: ['timestamp(2)', 'timestamp'],
      bits: ['bit(3)', 'bit varying(9)'],
      mood: ['s.mood', 'text'],
      moods: ['s.mood[]', 'text[]'],
      age: ['s.age', 'int'],
      score: ['int', 's.score'],
    },
  },
  by_char: { key: 'id', columns: { id: ['char(8)', 'text'], body: ['int', 'bigint'] } },
  by_scale: { key: 'id', columns: { id: ['numeric(8,1)', 'numeric(12,3)'], body: ['int', 'bigint'] } },
  by_numeric: { key: 'id', columns: { id: ['int', 'numeric'], body: ['int', 'bigint'] } },
  by_two: {
    key: 'id, part',
    columns: { id: ['smallint', 'bigint'], part: ['char(3)', 'varchar(3)'], body: ['real', 'float8'] },
  },
  keyless: { key: '', columns: { id: ['int', 'bigint'], code: ['char(5)', 'text'], r: ['real', 'float8'] } },
}

const TYPES = `CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('sad', 'so "so"', 'glad'); CREATE DOMAIN s.age AS int CHECK (VALUE > 0);
  CREATE DOMAIN s.score AS int CHECK (VALUE < 1000000)`

function tableSql(schema: string, side: 0 | 1): string {
  return Object.entries(TABLES)
    .map(([name, { columns, key }]) => {
      const list = Object.entries(columns).map(([column, types]) => `${column} ${types[side]}`)
      const constraint = key === '' ? '' : `, PRIMARY KEY (${key})`
      return `CREATE TABLE ${schema}.${name} (${list.join(', ')}${constraint})`
    })
    .join('; ')
}

function rowsSql(schema: string, rows: string): string {
  return `
    INSERT INTO ${schema}.kinds SELECT i, 'a' || i, repeat(' ', i % 4), 'x' || repeat(' ', i % 3) || i % 2, 'p', ARRAY['a', ' b', NULL],
      i + 0.5, i + 0.10, i % 100, i / 10.0, ARRAY['NaN'::real, 0.1, '-0', 1e30], '2024-01-01'::timestamp + i * '0.01 s'::interval, '101',
      'so "so"', ARRAY['so "so"', 'sad']::s.mood[], i, i FROM ${rows} i;
    INSERT INTO ${schema}.by_char SELECT 'k' || i, i FROM ${rows} i;
    INSERT INTO ${schema}.by_scale SELECT i + 0.5, i FROM ${rows} i;
    INSERT INTO ${schema}.by_numeric SELECT i, i FROM ${rows} i;
    INSERT INTO ${schema}.by_two SELECT i, 'p', 0.1 FROM ${rows} i;
    INSERT INTO ${schema}.keyless SELECT i % 7, 'q', 0.1 FROM ${rows} i;`
}

/** What a night changes: a row in a thousand, in each way. */
function changesSql(schema: string): string {
  return `
    UPDATE ${schema}.kinds SET code = 'y', price = 9.9, ratio = 0.3 WHERE id = 7; DELETE FROM ${schema}.kinds WHERE id IN (8, 900);
    UPDATE ${schema}.by_char SET body = -1 WHERE id = 'k7'; DELETE FROM ${schema}.by_char WHERE id IN ('k8', 'k900');
    UPDATE ${schema}.by_scale SET body = -1 WHERE id = 7.5; DELETE FROM ${schema}.by_scale WHERE id IN (8.5, 900.5);
    UPDATE ${schema}.by_numeric SET body = -1 WHERE id = 7; DELETE FROM ${schema}.by_numeric WHERE id IN (8, 900);
    UPDATE ${schema}.by_two SET body = 0.2 WHERE id = 7; DELETE FROM ${schema}.by_two WHERE id IN (8, 900);
    DELETE FROM ${schema}.keyless WHERE id = 3;
    ${rowsSql(schema, 'generate_series(3001, 3003)')}`
}

/** What `ALTER TABLE … TYPE` makes of the rows of the source, on the target's server. */
async function makeAltered(client: pg.Client, changes = ''): Promise<void> {
  const alters = Object.entries(TABLES).map(([name, { columns }]) => {
    const actions = Object.entries(columns).map(([column, [, type]]) => `ALTER ${column} TYPE ${type}`)
    return `ALTER TABLE altered.${name} ${actions.join(', ')}`
  })
  await client.query(
    `DROP SCHEMA IF EXISTS altered CASCADE; CREATE SCHEMA altered; ${tableSql('altered', 0)};
     ${rowsSql('altered', 'generate_series(1, 3000)')} ${changes} ${alters.join('; ')}`,
  )
}

async function expectAsAltered(client: pg.Client): Promise<void> {
  for (const name of Object.keys(TABLES)) {
    const rowsOf = (schema: string) => `SELECT t::text AS row FROM ${schema}.${name} t`
    const { rows } = await client.query(
      `(${rowsOf('app')} EXCEPT ALL ${rowsOf('altered')}) UNION ALL (${rowsOf('altered')} EXCEPT ALL ${rowsOf('app')}) LIMIT 3`,
    )
    expect(rows, name).toEqual([])
  }
}

const ONLY_APP = { tables: ['app.*'] }

describe.each(['a superuser', 'a plain owner'] as const)(
  'wider columns of the target, written by %s',
  (mode) => {
    let pair: DatabasePair
    let profile: Pick<Profile, 'to'>
    const sync = () => runSync(pair, { ...ONLY_APP, profile })
    const writtenBy = ({ tables }: RunResult) =>
      tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)

    beforeAll(async () => {
      const tables = (side: 0 | 1) => `${TYPES}; CREATE SCHEMA app; ${tableSql('app', side)};`
      pair = await createDatabasePair({
        sourceSql: `${tables(0)} ${rowsSql('app', 'generate_series(1, 3000)')}`,
        targetSql: tables(1),
      })
      profile = { to: await targetFor(pair, mode) }
    })
    afterAll(() => pair?.drop())

    test('take every value as ALTER TABLE … TYPE would, which a full read and verify find equal', async () => {
      await untilSettled(pair.source.client)
      await sync()
      await makeAltered(pair.target.client)
      await expectAsAltered(pair.target.client)
      expect(writtenBy(await runSync(pair, { ...ONLY_APP, profile, isFull: true }))).toEqual([])
      expect(await differing(pair)).toEqual([])
    })

    test('take what changes incrementally, and give it back', async () => {
      await pair.source.client.query(changesSql('app'))
      const { tables } = await runPlan(pair, { ...ONLY_APP, profile })
      expect(tables.filter(({ read }) => read.kind === 'full').map(({ table }) => table.name)).toEqual([
        'keyless',
      ])
      expect(writtenBy(await sync())).toHaveLength(Object.keys(TABLES).length)
      await makeAltered(pair.target.client, changesSql('altered'))
      await expectAsAltered(pair.target.client)
      expect(await differing(pair)).toEqual([])

      await runRollback(pair, { profile })
      await makeAltered(pair.target.client)
      await expectAsAltered(pair.target.client)
    })

    if (mode === 'a plain owner') return

    test('take a dump', async () => {
      const dump = join(tmpdir(), `wider-${pair.source.name}`)
      await runExport(pair, dump)
      await runImport(pair, dump, profile)
      rmSync(dump, { recursive: true })
      await makeAltered(pair.target.client, changesSql('altered'))
      await expectAsAltered(pair.target.client)
    })

    test('show a row that differs, and nothing else', async () => {
      await pair.target.client.query(`UPDATE app.kinds SET price = price + 0.0001 WHERE id = 9`)
      expect(await differing(pair)).toEqual(['kinds changed (9)'])
    })
  },
)

async function differing(pair: DatabasePair): Promise<string[]> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  const { tables } = await verify(profileOf(pair), { ...ONLY_APP, samplePercent: 100, limit: 10 }, context)
  return tables.flatMap(({ table, status, reason, differences }) =>
    status === 'not compared'
      ? [`${table.name} ${reason}`]
      : differences.map(({ kind, key }) => `${table.name} ${kind} ${key}`),
  )
}

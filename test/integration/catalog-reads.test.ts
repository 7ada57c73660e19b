import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readColumns } from '../../src/postgres/catalog/read-columns.ts'
import { readRoughSizes } from '../../src/postgres/catalog/read-rough-sizes.ts'
import { readTypes } from '../../src/postgres/catalog/read-types.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import type { Session } from '../../src/postgres/session.ts'
import { withSnapshot } from '../../src/postgres/snapshot.ts'
import { selectionOf } from '../../src/run/selection-of.ts'
import { readSchemaNow } from '../../src/schema/read-schema.ts'
import { withLiveSource } from '../../src/transfer/source/live-source.ts'
import { expectSameContent } from '../support/database-content.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { profileOf, runSync } from '../support/run-sync.ts'

const TABLES = 40
const SCHEMA = `
  DO $$ BEGIN
    FOR i IN 1..${TABLES} LOOP EXECUTE format('CREATE TYPE mood%s AS ENUM (''good'', ''bad'')', i); END LOOP;
    FOR i IN 1..${TABLES} LOOP EXECUTE format('CREATE TYPE pair%s AS (first mood%s, second mood%s[])', i, i, 1 + i % 7); END LOOP;
    FOR i IN 1..${TABLES} LOOP
      EXECUTE format('CREATE TABLE "Item%s" (id int PRIMARY KEY, a mood%s, b pair%s[], body text)', i, 1 + i % 5, 1 + i % 5);
    END LOOP;
  END $$;
  CREATE DOMAIN amount AS numeric(12,4) CHECK (VALUE > 0);
  CREATE DOMAIN price AS amount NOT NULL;
  CREATE DOMAIN codes AS varchar(7)[];
  CREATE TYPE span AS RANGE (subtype = price);
  CREATE TABLE nested (id int PRIMARY KEY, row "Item1", p price, c codes, s span, m int4multirange);`.replaceAll(
  '%%',
  '%',
)

let pair: DatabasePair

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO "Item3" VALUES (1, 'good', ARRAY[ROW('bad', '{good}')::pair4], 'x')`,
    targetSql: SCHEMA,
  })
})
afterAll(() => pair.drop())

test('a run reads the definitions of each side once', async () => {
  const read: string[] = []
  await runSync(pair, {
    onEvent: (event) => {
      if (event.type === 'statement' && /^WITH RECURSIVE (chain|used)/.test(event.purpose))
        read.push(event.database)
    },
  })
  await expectSameContent(pair.source.client, pair.target.client)
  expect(read.sort()).toEqual(['production', 'production', 'staging', 'staging'])
})

test('types are followed through arrays, composites, row types, domains and ranges; columns to their base types', async () => {
  await withDatabase(databaseOptions(pair.source.url, 'source'), async (database) => {
    const session = await database.session()
    const { oid } = await session.queryOne<{ oid: number }>(`SELECT 'public.nested'::regclass::oid AS oid`)
    const { byName, namesOf } = await readTypes(session, [oid])
    expect(namesOf.get(oid)).toEqual([
      'public."Item1"',
      'public.amount',
      'public.codes',
      'public.mood2',
      'public.mood3',
      'public.pair2',
      'public.price',
      'public.span',
    ])
    expect(byName.get('public.pair2')?.parts).toEqual(['first public.mood2', 'second public.mood3[]'])
    const columns = (await readColumns(session, [oid])).get(oid) ?? []
    expect(columns.map(({ name, baseType, isNotNull }) => [name, baseType, isNotNull])).toEqual([
      ['id', 'integer', true],
      ['row', 'public."Item1"', false],
      ['p', 'numeric(12,4)', true],
      ['c', 'character varying(7)[]', false],
      ['s', 'public.span', false],
      ['m', 'int4multirange', false],
    ])
  })
})

test('what is read of many tables has one shape for each kind, instead of a hidden class for each object', async () => {
  const { client } = pair.source
  const schema = 'many'
  await client.query(`CREATE SCHEMA ${schema}`)
  for (let number = 0; number < TABLES; number += 1)
    await client.query(`CREATE TABLE ${schema}.parent${number} (id serial PRIMARY KEY, name text UNIQUE);
      CREATE TABLE ${schema}.child${number} (id int PRIMARY KEY, parent int REFERENCES ${schema}.parent${number})`)
  const read = await withDatabase(databaseOptions(pair.source.url, 'source'), async (database) => {
    const { catalog } = await withLiveSource(
      database,
      selectionOf(profileOf(pair), { tables: [`${schema}.*`] }),
      1,
      async (source) => source,
    )
    return { ...catalog, schema: await readSchemaNow(await database.session()) }
  })
  await client.query(`DROP SCHEMA ${schema} CASCADE`)
  const { tables, foreignKeys, sequences, restrictions } = read
  const kinds = {
    tables,
    columns: tables.flatMap(({ columns }) => columns),
    partitions: tables.flatMap(({ partitions }) => partitions ?? []),
    foreignKeys,
    comparisons: foreignKeys.flatMap(({ comparisons }) => comparisons ?? []),
    sequences,
    sequenceColumns: sequences.flatMap(({ columns }) => columns),
    restrictions: restrictions?.ofTables ?? [],
    schemaColumns: read.schema.objects.flatMap(({ table }) =>
      table?.name.schema === schema ? table.columns : [],
    ),
  }
  for (const [kind, objects] of Object.entries(kinds)) {
    expect(objects.length, kind).toBeGreaterThanOrEqual(TABLES)
    expect(countShapes(objects), kind).toBeLessThan(TABLES / 4)
  }
})

test('no reader is waited for that a failure has kept', async () => {
  const reading = withDatabase(databaseOptions(pair.source.url, 'source'), (database) =>
    withLiveSource(database, selectionOf(profileOf(pair), { tables: [] }), 1, async (source) => {
      const failing = source.withSession(() => Promise.reject(new Error('unreadable')))
      await failing.catch(() => undefined)
      await source.openReader()
    }),
  )
  await expect(reading).rejects.toThrow('unreadable')
})

test('a source that fails lets go of its snapshot: another attempt takes as many sessions', async () => {
  await withDatabase(databaseOptions(pair.source.url, 'source'), async (database) => {
    const reading = withLiveSource(database, selectionOf(profileOf(pair), { tables: [] }), 1, () =>
      Promise.reject(new Error('no room')),
    )
    await expect(reading).rejects.toThrow('no room')
    expect(database.openPids()).toEqual([])
  })
})

test('if the session that holds the snapshot is lost, the run says so', async () => {
  const { client } = pair.source
  await withDatabase(databaseOptions(pair.source.url, 'source'), async (database) => {
    const list = async (session: Session) => {
      // What is asked at once with this is answered then.
      for (let asked = 0; asked < 3; asked += 1) await session.execute('SELECT')
      await client.query('SELECT pg_terminate_backend($1, 5000)', [session.pid])
      return { relations: [], readers: 1 }
    }
    const lost = withSnapshot(database, { list, read: async () => undefined }, async () => undefined)
    await expect(lost).rejects.toThrow(/connection/)
    await expect(lost).rejects.not.toThrow(/share/)
  })
})

test('a table that is small but for its long values is no small one', async () => {
  const other = await createDatabasePair({
    sourceSql: `CREATE TABLE t (body text STORAGE EXTERNAL); INSERT INTO t SELECT repeat('x', 100000) FROM generate_series(1, 20)`,
  })
  await other.source.client.query('VACUUM')
  const sizes = await withDatabase(databaseOptions(other.source.url, 'source'), async (database) =>
    readRoughSizes(await database.session()),
  )
  expect(sizes).toEqual([expect.closeTo(2_100_000, -6)])
  await other.drop()
})

/** V8 makes a hidden class of a few hundred bytes for each object that begins with a spread and goes on with other properties. */
function countShapes(objects: readonly object[]): number {
  setFlagsFromString('--allow-natives-syntax')
  const haveSame: (a: object, b: object) => boolean = runInThisContext('(a, b) => %HaveSameMap(a, b)')
  const shapes: object[] = []
  for (const object of objects) if (!shapes.some((other) => haveSame(object, other))) shapes.push(object)
  setFlagsFromString('--no-allow-natives-syntax')
  return shapes.length
}

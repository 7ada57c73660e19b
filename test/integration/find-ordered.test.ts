import { afterAll, beforeAll, expect, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { inspectTarget } from '../../src/transfer/inspect/inspect-target.ts'
import { pairCatalogs } from '../../src/transfer/inspect/pair-catalogs.ts'
import { findOrdered } from '../../src/transfer/land/differing/find-ordered.ts'
import { withLiveSource } from '../../src/transfer/source/live-source.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { patternOf } from '../support/run-sync.ts'

/** Tables of a few pages. */
interface OrderCase {
  readonly what: string
  readonly key?: string
  /** SQL of the key, of a number. */
  readonly id?: string
  /** What the target's rows are in the order of. */
  readonly order?: string
  /** What is done to the table in the target. */
  readonly changes?: readonly string[]
  readonly isOrdered: boolean
}

const SHUFFLED = 'hashint4(i)'
const ODD_TEXT = `chr(9 + i % 5) || '"\\{},' || i || CASE WHEN i % 2 = 0 THEN '''' ELSE ' ü' END`
const CASES: readonly OrderCase[] = [
  { what: 'the same order', isOrdered: true },
  { what: 'another order', order: SHUFFLED, isOrdered: false },
  { what: 'the opposite order', order: '-i', isOrdered: false },
  { what: 'its second half first', order: '(i + 1000) % 2000', isOrdered: false },
  { what: 'another order within each tenth', order: `i / 200, ${SHUFFLED}`, isOrdered: false },
  {
    what: 'a fiftieth elsewhere',
    order: `CASE WHEN i % 50 = 0 THEN ${SHUFFLED} % 2000 ELSE i END`,
    isOrdered: true,
  },
  {
    what: 'a fifth elsewhere',
    order: `CASE WHEN i % 5 = 0 THEN ${SHUFFLED} % 2000 ELSE i END`,
    isOrdered: false,
  },
  {
    what: 'a fiftieth written again',
    changes: ['VACUUM t', 'UPDATE t SET body = body WHERE i % 50 = 0', 'VACUUM t'],
    isOrdered: true,
  },
  {
    what: 'a fifth written again on its pages',
    changes: [
      'DELETE FROM t WHERE i % 2 = 0',
      'VACUUM t',
      'UPDATE t SET body = body WHERE i % 10 = 1',
      'VACUUM t',
    ],
    isOrdered: false,
  },
  { what: 'rows without a partner', changes: ['UPDATE t SET i = -i WHERE i % 2 = 0'], isOrdered: false },
  { what: 'half of the rows', changes: ['DELETE FROM t WHERE i % 2 = 0'], isOrdered: true },
  { what: 'no rows left', changes: ['DELETE FROM t'], isOrdered: false },
  { what: 'texts as keys', key: 'text', id: ODD_TEXT, isOrdered: true },
  {
    what: 'texts as keys in another order',
    key: 'varchar(90)',
    id: ODD_TEXT,
    order: SHUFFLED,
    isOrdered: false,
  },
  { what: 'bytes as keys', key: 'bytea', id: 'sha256(int4send(i))', isOrdered: true },
  {
    what: 'times as keys',
    key: 'timestamptz(3)',
    id: `timestamptz '2026-01-01' + i * interval '1 hour'`,
    isOrdered: true,
  },
  {
    what: 'numbers as keys in another order',
    key: 'numeric(10,2)',
    id: 'i / 3.0',
    order: SHUFFLED,
    isOrdered: false,
  },
  { what: 'a domain as key', key: 'code', id: 'i::text', isOrdered: true },
  { what: 'a domain as key in another order', key: 'code', id: 'i::text', order: SHUFFLED, isOrdered: false },
  // No operator of a user is called, so these are not looked up.
  { what: 'arrays as keys', key: 'int[]', id: 'ARRAY[i]', order: SHUFFLED, isOrdered: true },
]
const nameOf = (index: number) => `t${index}`

let pair: DatabasePair
let ordered: ReadonlySet<string>
beforeAll(async () => {
  pair = await createDatabasePair()
  const { source, target } = pair
  for (const { client } of [source, target]) await client.query('CREATE DOMAIN code AS varchar(10)')
  for (const [index, { key = 'int', id = 'i', order = 'i', changes = [] }] of CASES.entries()) {
    const table = nameOf(index)
    for (const { client } of [source, target]) {
      const by = client === source.client ? 'i' : order
      await client.query(`
        CREATE TABLE ${table} (key ${key}, i int, body text, PRIMARY KEY (i, key)) WITH (autovacuum_enabled = false);
        INSERT INTO ${table} SELECT ${id}, i, repeat('x', 200) FROM (SELECT i FROM generate_series(0, 1999) i ORDER BY ${by}) AS ordered`)
    }
    for (const statement of changes) await target.client.query(statement.replaceAll(/\bt\b/g, table))
  }
  await source.client.query('ANALYZE')
  ordered = new Set(await findIn(pair))
})
afterAll(() => pair?.drop())

async function findIn({ source, target }: DatabasePair): Promise<string[]> {
  const selection = { include: [patternOf('*.*')], exclude: [], only: [], where: [], columns: [] }
  return withDatabase(databaseOptions(target.url), (to) =>
    withDatabase(databaseOptions(source.url, 'source'), (from) =>
      withLiveSource(from, selection, 2, async ({ catalog, changes }) => {
        if (changes === undefined) throw new Error('A live source knows its changes')
        const found = await inspectTarget(await to.session(), selection)
        const { pairs } = pairCatalogs(selection, catalog, found, 'staging')
        const tables = await findOrdered(to, changes, pairs, 2)
        return [...tables].map(({ name }) => name)
      }),
    ),
  )
}

test.each(CASES.map((each, index) => ({ ...each, name: nameOf(index) })))(
  '$what: $isOrdered',
  ({ name, isOrdered }) => {
    expect(ordered.has(name)).toBe(isOrdered)
  },
)

test('keys that the source cannot express, in its encoding, are those of rows that it lacks', async () => {
  const table = (key: string) =>
    `CREATE TABLE t (key text PRIMARY KEY, body text); INSERT INTO t SELECT ${key}, repeat('x', 200) FROM generate_series(1, 100) i`
  const other = await createDatabasePair({
    sourceSql: table('i::text'),
    targetSql: table(`'日本' || i`),
    encoding: { source: 'LATIN1', target: 'UTF8' },
  })
  expect(await findIn(other)).toEqual(['t'])
  await other.drop()
})

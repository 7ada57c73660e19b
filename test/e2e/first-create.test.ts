import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'

const SCHEMA = `
CREATE TABLE store (id int PRIMARY KEY, loc point, lat float8, lng float8, num numeric);
CREATE TABLE tag (id int PRIMARY KEY, store_id int, label text);`
const ROWS = `
INSERT INTO store SELECT g, point(48.5, 2.3), 48.5, 2.3, g FROM generate_series(1, 20) g;
INSERT INTO store (id) VALUES (50); UPDATE store SET num = 'NaN' WHERE id = 2; UPDATE store SET lat = NULL WHERE id = 5;
INSERT INTO tag VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL)`
const NULLS = `SELECT s.id, array_agg(t.label) AS labels FROM public.store s LEFT JOIN public.tag t ON t.store_id = s.id GROUP BY s.id`
const CONFIG = `
profiles:
  p: { from: production, to: staging, search: [points, coordinates, labels, numbers, none] }
search:
  points: { type: typesense, query: "\${POINTS}", schema: { fields: [{ name: loc, type: geopoint, optional: true }] } }
  coordinates: { type: typesense, query: 'SELECT id, ARRAY[lat, lng] AS loc FROM public.store', schema: { fields: [{ name: loc, type: geopoint, optional: true }] } }
  labels: { type: typesense, query: '${NULLS}', schema: { fields: [{ name: labels, type: 'string[]', optional: true }] } }
  numbers: { type: typesense, query: 'SELECT id, num FROM public.store', schema: { fields: [{ name: num, type: float, optional: true }] } }
  none: { type: typesense, query: "SELECT id, ARRAY[NULL, 'x'] AS labels FROM public.store", schema: { fields: [{ name: labels, type: 'string[]' }] } }
`

let pair: DatabasePair
let server: Typesense
beforeAll(async () => {
  server = await startTypesense({ apiKey: 'key' })
  pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA + ROWS })
})
afterAll(async () => {
  await server?.close()
  await pair?.drop()
})

const run = async (args: readonly string[], points = 'SELECT id, loc FROM public.store') => {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], {
    env: {
      PRODUCTION_DATABASE_URL: pair.source.url,
      STAGING_DATABASE_URL: pair.target.url,
      TYPESENSE_URL: server.url,
      TYPESENSE_API_KEY: 'key',
      POINTS: points,
    },
    files: { 'mbsync.yaml': CONFIG },
  })
  return { exitCode, stderr, result: JSON.parse(stdout) }
}
const indexesOf = (...names: string[]) => names.flatMap((name) => ['--index', name])
const rejected = async (name: string) => {
  const { result } = await run(['typesense', 'rejected', ...indexesOf(name)])
  return result.indexes[0].documents
}

test('the first collection has what the server takes; the rest is listed with its reason, and sent again', async () => {
  const made = await run(['typesense', '--create', ...indexesOf('coordinates', 'labels', 'numbers')])
  expect(made.exitCode, made.stderr).toBe(4)
  expect(
    made.result.search.map(({ searchIndex, status, indexed, rejected: no }: Record<string, unknown>) => {
      return [
        searchIndex,
        status,
        no,
        server.collections.get(server.aliases.get(String(searchIndex)) ?? '')?.documents.size ?? indexed,
      ]
    }),
  ).toEqual([
    ['coordinates', 'rejected', 2, 19],
    ['labels', 'rejected', 20, 1],
    ['numbers', 'rejected', 1, 20],
  ])
  expect((await rejected('coordinates')).map(({ id }: { id: string }) => id)).toEqual(['5', '50'])
  expect((await rejected('labels'))[0].error).toMatch(
    /must be an array of string\. Its array has a null in it: select array_remove\(labels, NULL\)/,
  )
  expect((await rejected('numbers'))[0].error).toMatch(/must be a float\. It is NaN or infinite/)
  await pair.target.client.query('UPDATE store SET num = 2 WHERE id = 2')
  expect((await run(['typesense', ...indexesOf('numbers')])).exitCode).toBe(0)
})

test('where the server takes none, no collection is made, and `rejected` says why until the next run', async () => {
  const { exitCode, result } = await run(['typesense', '--create', ...indexesOf('none')])
  expect(exitCode).toBe(4)
  expect(result.search[0].error).toBe('none: the server rejected all 21 documents of the new collection')
  expect(result.search[0].hint).toMatch(/^No collection was made\. `mbsync typesense rejected` lists/)
  expect([...server.collections.keys()].filter((name) => name.startsWith('none'))).toEqual([])
  expect(await rejected('none')).toHaveLength(20)
  await run(['typesense', '--create', ...indexesOf('none')])
  const { rows } = await pair.target.client.query(
    `SELECT FROM mbsync.search_collections WHERE search_index = 'none'`,
  )
  expect(rows).toHaveLength(1)
})

test('a column of type point is found beforehand, and the SQL that the hint gives is taken', async () => {
  const { exitCode, result } = await run(['typesense', '--create', ...indexesOf('points')])
  expect(exitCode).toBe(4)
  const [{ message, hint }] = result.search[0].findings
  expect(message).toMatch(/column loc is of the type point/)
  const [, select] = /select (CASE .*? AS "loc")/.exec(hint) ?? []
  const made = await run(
    ['typesense', '--create', ...indexesOf('points')],
    `SELECT id, ${select} FROM public.store`,
  )
  expect(made.exitCode, made.stderr).toBe(0)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'

const SCHEMA = `
CREATE TABLE store (id int PRIMARY KEY, loc point, lat float8, lng float8, num numeric);
CREATE TABLE tag (id int PRIMARY KEY, store_id int, label text);
CREATE TABLE trip (id int PRIMARY KEY, route point[], spot text);`
const ROWS = `
INSERT INTO store SELECT g, point(48.5, 2.3), 48.5, 2.3, g FROM generate_series(1, 20) g;
INSERT INTO store (id) VALUES (50); UPDATE store SET num = 'NaN' WHERE id = 2; UPDATE store SET lat = NULL WHERE id = 5;
INSERT INTO tag VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL);
INSERT INTO trip VALUES (1, ARRAY[point(2, 48), NULL, point(3, 49)], '48.5, -2.3'), (2, '{}', 'nowhere'), (3, NULL, NULL)`
const NULLS = `SELECT s.id, array_agg(t.label) AS labels FROM public.store s LEFT JOIN public.tag t ON t.store_id = s.id GROUP BY s.id`
/** Rows of a LEFT JOIN as objects, and a null within an object. */
const NESTED = `SELECT s.id, jsonb_agg(t) AS tags, jsonb_build_object('codes', ARRAY[s.id, CASE WHEN s.id < 20 THEN 1 END]) AS box FROM public.store s LEFT JOIN public.tag t ON t.store_id = s.id GROUP BY s.id`
const CONFIG = `
profiles:
  p: { from: production, to: staging, search: [points, coordinates, labels, numbers, none, strict, one, nested, places] }
search:
  points: { type: typesense, query: "\${POINTS}", schema: { fields: [{ name: loc, type: geopoint, optional: true }] } }
  coordinates: { type: typesense, query: 'SELECT id, ARRAY[lat, lng] AS loc FROM public.store', schema: { fields: [{ name: loc, type: geopoint, optional: true }] } }
  labels: { type: typesense, query: '${NULLS}', schema: { fields: [{ name: labels, type: 'string[]', optional: true }] } }
  numbers: { type: typesense, query: 'SELECT id, num FROM public.store', schema: { fields: [{ name: num, type: float, optional: true }] } }
  none: { type: typesense, query: "SELECT id, ARRAY[NULL, 'x'] AS labels FROM public.store", schema: { fields: [{ name: labels, type: 'string[]' }] } }
  strict: { type: typesense, query: 'SELECT id, num FROM public.store', maxRejectPercent: 0, schema: { fields: [{ name: num, type: float, optional: true }] } }
  one: { type: typesense, query: 'SELECT id, num FROM public.store', maxRejectPercent: 90, schema: { fields: [{ name: num, type: 'float', optional: true }] } }
  nested: { type: typesense, query: "${NESTED}", schema: { enable_nested_fields: true, fields: [{ name: tags, type: 'object[]', optional: true }, { name: box.codes, type: 'int64[]', optional: true }] } }
  places: { type: typesense, query: "\${PLACES}", schema: { fields: [{ name: route, type: 'geopoint[]', optional: true }, { name: spot, type: geopoint, optional: true }] } }
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

const run = async (
  args: readonly string[],
  points = 'SELECT id, loc FROM public.store',
  places = 'SELECT id, route, spot FROM public.trip',
) => {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], {
    env: {
      PRODUCTION_DATABASE_URL: pair.source.url,
      STAGING_DATABASE_URL: pair.target.url,
      TYPESENSE_URL: server.url,
      TYPESENSE_API_KEY: 'key',
      POINTS: points,
      PLACES: places,
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
    /must be an array of string\. Its array has a null in it: select array_remove\("labels", NULL\)/,
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

test('a share that is asked for publishes the first collection; where none may be rejected, there is none', async () => {
  await pair.target.client.query(`UPDATE store SET num = '-Infinity' WHERE id = 7`)
  const { exitCode, result } = await run(['typesense', '--create', ...indexesOf('strict', 'one')])
  expect(exitCode).toBe(4)
  const [strict, one] = result.search
  expect([strict.status, one.status, one.rejected]).toEqual(['stopped', 'rejected', 1])
  expect(strict.error).toMatch(/rejected 1 of 21 documents of the new collection/)
  const made = [...server.collections.keys()].filter((name) => /^(strict|one)/.test(name))
  expect(made.map((name) => server.collections.get(name)?.documents.size)).toEqual([20])
  for (const name of ['strict', 'one'])
    expect((await rejected(name)).map(({ id }: { id: string }) => id)).toEqual(['7'])
})

test('nulls in arrays of objects and within objects are named as the reason, with SQL for each', async () => {
  const { result } = await run(['typesense', '--create', ...indexesOf('nested')])
  expect(result.search).toMatchObject([{ status: 'rejected', rejected: 19 }])
  const reasons: string[] = (await rejected('nested')).map(({ error }: { error: string }) => error)
  expect(reasons.filter((error) => /Its array has a null in it/.test(error))).toHaveLength(reasons.length)
  expect(reasons.some((error) => /array_remove\("codes/.test(error))).toBe(false)
})

test('lists of points and places written as text are found beforehand, and the SQL of the hints is taken', async () => {
  const { result } = await run(['typesense', '--create', ...indexesOf('places')])
  const selects = result.search[0].findings.map(
    ({ hint }: { hint: string }) => /latitude first, select (.*? AS "\w+")[;.]/.exec(hint)?.[1],
  )
  expect(selects).toHaveLength(2)
  const query = `SELECT id, ${selects.join(', ')} FROM public.trip`
  const made = await run(['typesense', '--create', ...indexesOf('places')], undefined, query)
  expect(made.exitCode, made.stderr).toBe(0)
  expect(server.documentsOf('places').get('1')).toMatchObject({
    route: [
      [2, 48],
      [3, 49],
    ],
    spot: [48.5, -2.3],
  })
  expect(Object.keys(server.documentsOf('places').get('2') ?? {})).toEqual(['id'])
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'

const CONFIG = `# ours
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" } # live
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly:
    from: production
    to: staging
    jobs: 2 # no more
`

const BOOKS = `
CREATE TYPE state AS ENUM ('new', 'used');
CREATE DOMAIN email AS text;
CREATE TABLE author (id uuid PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE "Book" (isbn bigint PRIMARY KEY, author_id uuid REFERENCES author, "Title" text NOT NULL, kind varchar(20) NOT NULL, price numeric(10, 2),
  pages smallint NOT NULL, mail email, state state NOT NULL, tags text[], scores numeric[], meta jsonb, parts jsonb, mixed json, raw bytea,
  lat double precision, lng double precision, created_at timestamptz NOT NULL, day date, address inet, "order" int, big numeric(12, 0), at point, ok boolean NOT NULL);
INSERT INTO author VALUES ('00000000-0000-4000-8000-000000000001', 'Ada', '1815-12-10');
INSERT INTO "Book" SELECT i, '00000000-0000-4000-8000-000000000001', 'Title ' || i, 'kind ' || i % 5, i, i, 'x@y', 'new', '{a,NULL}', '{1.5,NULL}', '{"a": 1}', '[{"b": 2}]',
  CASE WHEN i % 2 = 0 THEN '1' ELSE '"x"' END::json, '\\x00', 1.5, 2.5, '2026-01-01Z', '2026-01-02', '1.2.3.4', 5, 12, '(1,2)', true FROM generate_series(1, 200) i;
INSERT INTO "Book" (isbn, "Title", kind, pages, state, created_at, day, ok) VALUES (9007199254740993, 'bare', 'kind 1', 1, 'used', 'infinity', '-infinity', false);
CREATE TABLE keyless (name text);
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN code AS varchar(8) CHECK (value ~ '^[A-Z]');
CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, kind mood NOT NULL, payload jsonb NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');
CREATE TABLE event_2026 PARTITION OF event DEFAULT;
INSERT INTO event (at, kind, payload) SELECT '2025-06-01Z'::timestamptz + i * interval '1 day', (ARRAY['glad', 'sad'])[i % 2 + 1]::mood, jsonb_build_object('n', i, 'by', jsonb_build_object('name', 'x'))
  FROM generate_series(1, 400) i;
CREATE TABLE line ("Order" int, part text, moods mood[] NOT NULL, codes code[], times timestamptz[], hosts inet[], amount numeric(6, 2) NOT NULL, PRIMARY KEY ("Order", part));
INSERT INTO line SELECT i / 3, 'part_' || i % 3, ARRAY['sad', NULL]::mood[], ARRAY['A' || i], ARRAY['2026-01-01Z', 'infinity', NULL]::timestamptz[], ARRAY['::1'::inet], i
  FROM generate_series(1, 60) i;
INSERT INTO line VALUES (99, 'bare', '{}', NULL, NULL, NULL, 0);
CREATE TABLE translation (tenant text, name text, text text, step_sequence_id int, PRIMARY KEY (tenant, name));
INSERT INTO translation VALUES ('a_b', 'c', 'one'), ('a', 'b_c', 'two'), ('a"b', 'c d', 'three');
CREATE VIEW shelf AS SELECT b.isbn AS id, b."Title" AS title, a.name AS author, b.created_at, count(*) OVER (PARTITION BY b.kind) AS same
  FROM "Book" AS b LEFT JOIN author AS a ON a.id = b.author_id;
ANALYZE;`

let pair: DatabasePair
let server: Typesense
let folder: string

beforeAll(async () => {
  server = await startTypesense()
  pair = await createDatabasePair({ sourceSql: BOOKS, targetSql: BOOKS })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-init-'))
})
afterAll(async () => {
  await server.close()
  await pair.drop()
  rmSync(folder, { recursive: true, force: true })
})

const path = () => join(folder, 'mbsync.yaml')
const run = async (...args: string[]) => {
  const env = {
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    TYPESENSE_URL: server.url,
    TYPESENSE_API_KEY: server.apiKey,
  }
  const { exitCode, stdout, stderr } = await runHere([...args, '--config', path(), '--json'], { env })
  return { exitCode, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) }
}

test('a table becomes a search index that the server takes whole', async () => {
  writeFileSync(path(), CONFIG)
  const { exitCode, stderr, result } = await run('typesense', 'init', 'public."Book"', '--nest', 'author_id')
  expect(exitCode, stderr).toBe(0)
  expect(result).toMatchObject({ searchIndex: 'book', leftOut: [{ column: 'raw' }], foreignKeys: [] })
  const written = readFileSync(path(), 'utf8')
  for (const comment of ['# ours', '# live', '# no more']) expect(written).toContain(comment)
  const { profiles, search } = parse(written)
  expect(profiles.nightly).toEqual({ from: 'production', to: 'staging', jobs: 2, search: ['book'] })
  expect(search.book).toMatchObject({
    id: 'isbn',
    schema: { enable_nested_fields: true, default_sorting_field: 'created_at' },
  })
  expect(
    Object.fromEntries(
      search.book.schema.fields.map(({ name, ...field }: { name: string }) => [name, field]),
    ),
  ).toEqual({
    author_id: { type: 'string', optional: true },
    Title: { type: 'string' },
    kind: { type: 'string', facet: true },
    price: { type: 'float', optional: true },
    pages: { type: 'int32' },
    mail: { type: 'string', facet: true, optional: true },
    state: { type: 'string', facet: true },
    tags: { type: 'string[]', facet: true, optional: true },
    scores: { type: 'float[]', optional: true },
    meta: { type: 'object', optional: true },
    parts: { type: 'object[]', optional: true },
    mixed: { type: 'string', optional: true },
    created_at: { type: 'int64' },
    day: { type: 'int64', optional: true },
    address: { type: 'string', facet: true, optional: true },
    order: { type: 'int32', optional: true },
    big: { type: 'int64', optional: true },
    at: { type: 'geopoint', optional: true },
    ok: { type: 'bool', facet: true },
    location: { type: 'geopoint', optional: true },
    author: { type: 'object', optional: true },
  })
  expect(
    (await run('check')).result.findings?.filter(
      ({ severity }: { severity: string }) => severity === 'error',
    ) ?? [],
  ).toEqual([])
  const filled = await run('typesense', '--create')
  expect(filled.exitCode, filled.stderr).toBe(0)
  expect(filled.result.search).toMatchObject([{ status: 'done', documents: 201, rejected: 0 }])
  expect(server.documentsOf('book').get('7')).toMatchObject({
    tags: ['a'],
    scores: [1.5],
    location: [1.5, 2.5],
    at: [2, 1],
    created_at: 1_767_225_600,
    author: { name: 'Ada', born: -4_861_728_000 },
  })
})

test('one document is printed as it would be sent, on request', async () => {
  const { result } = await run('typesense', 'sample')
  const [{ searchIndex, document }] = result.indexes
  expect(searchIndex).toBe('book')
  expect(server.documentsOf('book').get(JSON.parse(document).id)).toEqual(JSON.parse(document))
  const { result: checked } = await run('check', '--sample')
  expect(checked.checks).toContainEqual({ status: 'ok', subject: 'book', message: `A document: ${document}` })
})

test('a query becomes one, too; what cannot become one is refused, and nothing is written', async () => {
  const before = readFileSync(path(), 'utf8')
  const printed = await run(
    'typesense',
    'init',
    'SELECT id, name FROM public.author;',
    '--name',
    'authors',
    '--print',
  )
  expect(parse(printed.result.yaml).search.authors).toMatchObject({
    type: 'typesense',
    schema: { fields: [{ name: 'name', type: 'string', optional: true }] },
  })
  const refusals: (readonly [string, string[]])[] = [
    ['no such table', ['public.nothing']],
    ['no column for the ids', ['public.keyless']],
    ['does not run', ['SELECT nothing']],
    ['already', ['public."Book"']],
    ['no foreign key', ['public."Book"', '--name', 'other', '--nest', 'kind']],
  ]
  for (const [message, args] of refusals) {
    const { exitCode, stderr } = await run('typesense', 'init', ...args)
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
  }
  expect(readFileSync(path(), 'utf8')).toBe(before)
})

const KINDS: readonly (readonly [table: string, id: string, fields: object])[] = [
  [
    'event',
    '1',
    {
      at: { type: 'int64' },
      kind: { type: 'string', facet: true },
      payload: { type: 'object' },
    },
  ],
  [
    'line',
    '1_part_2',
    {
      Order: { type: 'int32' },
      part: { type: 'string', facet: true },
      moods: { type: 'string[]', facet: true },
      codes: { type: 'string[]', facet: true, optional: true },
      times: { type: 'int64[]', optional: true },
      hosts: { type: 'string[]', facet: true, optional: true },
      amount: { type: 'float' },
    },
  ],
  [
    'translation',
    '(a_b,c)',
    {
      tenant: { type: 'string', facet: true },
      name: { type: 'string', facet: true },
      text: { type: 'string', facet: true, optional: true },
    },
  ],
  [
    'shelf',
    '7',
    {
      title: { type: 'string', optional: true },
      author: { type: 'string', optional: true },
      created_at: { type: 'int64', optional: true },
      same: { type: 'int64', optional: true },
    },
  ],
]
test.each(KINDS)('so does %s, with ids like %s', async (table, id, fields) => {
  writeFileSync(path(), CONFIG)
  const { exitCode, stderr } = await run('typesense', 'init', `public.${table}`)
  expect(exitCode, stderr).toBe(0)
  const { search } = parse(readFileSync(path(), 'utf8'))
  const written = search[table].schema.fields.map(({ name, ...field }: { name: string }) => [name, field])
  expect(Object.fromEntries(written)).toEqual(fields)
  const { result } = await run('check')
  const ofTable = ({ severity, subject }: { severity: string; subject: string }) =>
    severity === 'error' || subject === table
  expect((result.findings ?? []).filter(ofTable)).toEqual([])
  const filled = await run('typesense', '--create')
  expect(filled.exitCode, filled.stderr).toBe(0)
  const { rows } = await pair.target.client.query(`SELECT count(*)::int AS n FROM public.${table}`)
  expect(filled.result.search).toMatchObject([{ status: 'done', documents: rows[0].n, rejected: 0 }])
  expect(server.documentsOf(table).has(id)).toBe(true)
})

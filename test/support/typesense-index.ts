import { expect } from 'vitest'
import type { SearchIndexConfig, TypesenseHome } from '../../src/config/config.ts'
import type { DatabasePair } from './databases.ts'
import { searchIndexOf } from './run-search.ts'
import type { Typesense } from './typesense/start-typesense.ts'

/** The products of a shop, with their offers nested. */
export const SHOP_SCHEMA = `
  CREATE TABLE "Product" (id int PRIMARY KEY, "Title" text, price numeric, tags text[], created timestamptz DEFAULT '2026-01-01');
  CREATE TABLE "Offer" (id int PRIMARY KEY, product int, shop text);`

/** So many products, some of them with offers. */
export function shopRows(count: number): string {
  return `INSERT INTO "Product" SELECT i, 'title ' || i, i * 1.5, ARRAY['a', 'b' || i % 7] FROM generate_series(1, ${count}) i;
    INSERT INTO "Offer" SELECT i, i / 2, 'shop ' || i FROM generate_series(1, ${count}) i;`
}

/** One document a product. */
export const SHOP_QUERY = `
  SELECT p.id, p."Title" AS title, p.price::float8 AS price, p.tags, extract(epoch FROM p.created)::bigint AS created,
    (SELECT jsonb_agg(jsonb_build_object('shop', o.shop) ORDER BY o.id) FROM public."Offer" o WHERE o.product = p.id) AS offers
  FROM public."Product" p`

/** The schema that the documents fit. */
export const SHOP_FIELDS = [
  { name: 'title', type: 'string' },
  { name: 'price', type: 'float', optional: true },
  { name: 'tags', type: 'string[]', facet: true },
  { name: 'created', type: 'int64' },
  { name: 'offers', type: 'object[]', optional: true },
]

const QUICK = {
  retry: { attempts: 5, firstWaitMs: 2, longestWaitMs: 30 },
  lagWaitMs: 5,
  settleMs: 5,
  settleReads: 50,
}

/** A search index of the shop on a server. */
export function shopIndex(
  server: Pick<Typesense, 'port' | 'apiKey'>,
  overrides: Partial<SearchIndexConfig> = {},
  home: Partial<TypesenseHome> = {},
): SearchIndexConfig {
  return searchIndexOf(
    {
      type: 'typesense',
      collection: 'products',
      schema: { fields: SHOP_FIELDS, default_sorting_field: 'created', enable_nested_fields: true },
      batch: { documents: 10, bytes: 1_000_000 },
      parallel: 3,
      server: {
        nodes: [{ protocol: 'http', host: '127.0.0.1', port: server.port, path: '' }],
        apiKey: server.apiKey,
        connectMs: 2000,
        requestMs: 5000,
        readyMs: 60_000,
        pacing: QUICK,
      },
      ...home,
    },
    SHOP_QUERY,
    overrides,
  )
}

/** What the query gives, by id. */
export async function wantedDocuments(
  { target }: DatabasePair,
  query = SHOP_QUERY,
): Promise<Map<string, unknown>> {
  const { rows } = await target.client.query(
    `SELECT q.id::text AS id, jsonb_strip_nulls(to_jsonb(q) || jsonb_build_object('id', q.id::text)) AS document FROM (${query}) AS q`,
  )
  return new Map(rows.map(({ id, document }) => [id, document]))
}

/** Expects the collection that searches reach to be what the query gives, id for id and field for field. */
export async function expectSameDocuments(pair: DatabasePair, server: Typesense): Promise<void> {
  const wanted = await wantedDocuments(pair)
  const found = server.documentsOf('products')
  expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()))
}

/** The ids that were sent since the log of requests was emptied, with repetitions. */
export function sentIds({ requests }: Typesense): string[] {
  return requests.filter(({ operation }) => operation === 'import').flatMap(({ documentIds }) => documentIds)
}

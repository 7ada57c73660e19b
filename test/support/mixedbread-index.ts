import { expect } from 'vitest'
import type { EntityType, MixedbreadAccount, SearchIndexConfig } from '../../src/config/config.ts'
import type { DatabasePair } from './databases.ts'
import type { Mixedbread } from './mixedbread/start-mixedbread.ts'
import { searchIndexOf } from './run-search.ts'

/** Materials and works of two tenants, some of them for everybody. */
export const LIBRARY_SCHEMA = `
  CREATE TABLE "Material" (id uuid PRIMARY KEY, title text, body text, year int, is_global boolean, tenant_id uuid);
  CREATE TABLE works (id uuid PRIMARY KEY, name text, "isGlobal" boolean NOT NULL DEFAULT false, "tenantId" uuid);`

/** The uuid of a tenant or a row. */
export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export const TENANTS = { first: uuidOf(1_000_001), second: uuidOf(1_000_002) }

/** So many materials and half as many works: each third is for everybody, the rest belongs to the tenants by turns. */
export function libraryRows(count: number): string {
  const tenant = `CASE WHEN i % 2 = 0 THEN '${TENANTS.first}' ELSE '${TENANTS.second}' END::uuid`
  const id = (first: number) => `('00000000-0000-4000-8000-' || lpad((${first} + i)::text, 12, '0'))::uuid`
  return `INSERT INTO "Material" SELECT ${id(0)}, 'title ' || i, 'the text of ' || i, 1900 + i % 100, i % 3 = 0, ${tenant} FROM generate_series(1, ${count}) i;
    INSERT INTO works SELECT ${id(500_000)}, 'work ' || i, i % 3 = 0, ${tenant} FROM generate_series(1, ${count / 2}) i;`
}

const MATERIAL: EntityType = {
  name: 'material',
  rows: { schema: 'public', name: 'Material' },
  id: 'id',
  global: 'is_global = true',
  tenant: 'tenant_id',
  text: `concat_ws(E'\\n\\n', title, body)`,
  metadata: { title: 'title', year: 'year' },
}

const WORK: EntityType = {
  name: 'work',
  rows: 'SELECT * FROM public.works',
  id: 'id',
  global: '"isGlobal"',
  tenant: '"tenantId"',
  text: 'name',
  metadata: {},
}

/** A search index of the library in a store. */
export function libraryIndex(
  { url, apiKey, storeName }: Pick<Mixedbread, 'url' | 'apiKey' | 'storeName'>,
  overrides: Partial<SearchIndexConfig> = {},
  account: Partial<MixedbreadAccount> = {},
): SearchIndexConfig {
  return searchIndexOf(
    {
      type: 'mixedbread',
      parallel: 8,
      account: { apiKey, baseUrl: url, store: storeName, requestMs: 5000, ratePercent: 100, ...account },
    },
    [MATERIAL, WORK],
    { name: 'semantic', ...overrides },
  )
}

/** A document of the library as the store should have it. */
interface WantedDocument {
  readonly content: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What the tables say should be in the store, by id, without any of mbsync's SQL. */
async function wantedLibrary({ target }: DatabasePair): Promise<Map<string, WantedDocument>> {
  const { rows: materials } = await target.client.query(
    `SELECT 'material' AS type, id, concat_ws(E'\\n\\n', title, body) AS text, is_global, tenant_id,
       json_strip_nulls(json_build_object('title', title, 'year', year)) AS metadata FROM public."Material"`,
  )
  const { rows: works } = await target.client.query(
    `SELECT 'work' AS type, id, name AS text, "isGlobal" AS is_global, "tenantId" AS tenant_id, '{}'::json AS metadata FROM public.works`,
  )
  const wanted = new Map<string, WantedDocument>()
  for (const { type, id, text, is_global, tenant_id, metadata } of [...materials, ...works]) {
    if ((text ?? '').trim() === '' || (is_global !== true && tenant_id === null)) continue
    const scope = is_global === true ? 'global' : 'tenant'
    const own = { scope, entity_type: type, db_id: id, managed_by: 'mbsync' }
    const tenant = scope === 'tenant' ? { tenant_id } : {}
    wanted.set(`${scope}-${type}-${id}`, { content: text, metadata: { ...metadata, ...own, ...tenant } })
  }
  return wanted
}

/** Expects the store to have what the tables say, document for document, and nothing left behind: uploads of killed runs stay until a run reconciles. */
export async function expectSameLibrary(
  pair: DatabasePair,
  mixedbread: Mixedbread,
  leftBehind?: 'uploads may be left behind',
): Promise<void> {
  const wanted = await wantedLibrary(pair)
  const found = new Map(
    mixedbread.documents().map(({ externalId, content, metadata }) => {
      const { content_hash, ...rest } = metadata as Record<string, unknown>
      expect(content_hash).toMatch(/^[0-9a-f]{64}$/)
      return [externalId ?? '', { content, metadata: rest }]
    }),
  )
  expect(new Map([...found].sort())).toEqual(new Map([...wanted].sort()))
  if (leftBehind === undefined) expect(mixedbread.orphans()).toEqual([])
}

import { afterAll, beforeAll, expect, test } from 'vitest'
import { reconcileStoreDocuments } from '../../src/indexing/documents/store-documents.ts'
import { wantDocuments } from '../../src/indexing/documents/wanted-documents.ts'
import { readScopeShares, wantStoreDocuments } from '../../src/indexing/documents/wanted-store-documents.ts'
import { plainDocumentState } from '../../src/indexing/plain-document-state.ts'
import { entitiesOf, type SearchTask } from '../../src/indexing/search-task.ts'
import { withLinearPlans } from '../../src/indexing/with-linear-plans.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import type { Session } from '../../src/postgres/session.ts'
import { distrustDocuments, markAltered, reconcileDocuments } from '../../src/state/documents.ts'
import { migrate } from '../../src/state/migrate.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { LIBRARY_SCHEMA, libraryIndex, libraryRows } from '../support/mixedbread-index.ts'
import { SHOP_QUERY, SHOP_SCHEMA, shopIndex, shopRows } from '../support/typesense-index.ts'

const ROWS = 600
const FRESH = { schema: 'mbsync_landing', name: 'fresh' }
const OTHER = { schema: 'mbsync_landing', name: 'other' }

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    targetSql: SHOP_SCHEMA + shopRows(ROWS) + LIBRARY_SCHEMA + libraryRows(ROWS),
  })
})
afterAll(() => pair?.drop())

const OWN = /mbsync\.(documents|mixedbread_index_state)\b/

/** The session, whose statements over documents of the state are explained before they run. */
function explaining(session: Session, plans: string[]): Session {
  return new Proxy(session, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        const [sql, parameters] = args as [string, unknown[] | undefined]
        if (!OWN.test(String(sql)) || /^\s*ANALYZE/.test(sql)) return method.apply(target, args)
        const explained = target.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters ?? [])
        return explained.then((rows) => {
          plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
          return method.apply(target, args)
        })
      }
    },
  })
}

/** Makes the planner take tables for so much larger or smaller than they are. */
async function misestimate(tables: readonly string[], factor: number) {
  await pair.target.client.query(
    'UPDATE pg_class SET reltuples = $2 WHERE oid = ANY ($1::regclass[]::oid[])',
    [tables, ROWS * factor],
  )
}

test.each([1e-6, 1e6])(
  'no statement over the state compares each document with every other, with statistics wrong by %d',
  async (factor) => {
    const plans: string[] = []
    await withDatabase(databaseOptions(pair.target.url), async (target) => {
      const plain = await target.session()
      await migrate(plain)
      const { client } = pair.target
      await client.query(`TRUNCATE mbsync.search_collections, mbsync.search_marks, mbsync.documents, mbsync.mixedbread_index_state;
        INSERT INTO mbsync.search_collections (id, search_index, type, name, identity, fingerprint, status) OVERRIDING SYSTEM VALUE
          VALUES (1, 'products', 'typesense', 'n', 'i', '', 'live'), (2, 'library', 'mixedbread', 'n', 'i', '', 'live');
        INSERT INTO mbsync.documents (collection_id, id, hash, status, run_id)
          SELECT 1, i::text, sha256(i::text::bytea), 'indexed', 1 FROM generate_series(1, ${ROWS}) i;
        INSERT INTO mbsync.mixedbread_index_state (document_id, scope, entity_type, db_id, collection_id, status, run_id)
          SELECT 'global-work-' || gen_random_uuid(), 'global', 'work', gen_random_uuid(), 2, 'pending', 1 FROM generate_series(1, ${ROWS});
        CREATE SCHEMA IF NOT EXISTS mbsync_landing;
        DROP TABLE IF EXISTS mbsync_landing.fresh, mbsync_landing.other, mbsync_landing.run_1_documents_of_1, mbsync_landing.store;
        CREATE TABLE mbsync_landing.fresh (id text COLLATE "C", hash text, digest text, remote_id text, remote_status text, error text, metadata jsonb) WITH (autovacuum_enabled = false);
        CREATE TABLE mbsync_landing.other (LIKE mbsync_landing.fresh) WITH (autovacuum_enabled = false);
        INSERT INTO mbsync_landing.fresh (id, digest) SELECT i::text, 'a' FROM generate_series(2, ${ROWS}) i;
        INSERT INTO mbsync_landing.other (id, hash, digest) SELECT i::text, encode(sha256(i::text::bytea), 'hex'), 'b' FROM generate_series(2, ${ROWS}) i;
        ANALYZE`)
      const tables = [
        'mbsync.documents',
        'mbsync.mixedbread_index_state',
        'mbsync_landing.fresh',
        'mbsync_landing.other',
      ]
      await misestimate(tables, factor)
      const session = explaining(plain, plans)

      const config = shopIndex({ port: 0, apiKey: '' })
      const seen = { atMs: 0, sessions: [] }
      const state = plainDocumentState(
        { config, session, target, runId: 1, seen, harmless: target, recheck: 7 } as unknown as SearchTask,
        1,
      )
      expect(await state.want(false)).toMatchObject({ documents: ROWS, changed: ROWS })
      const wanted = { schema: 'mbsync_landing', name: 'run_1_documents_of_1' }
      await misestimate(['mbsync_landing.run_1_documents_of_1'], factor)
      await state.shares({ table: wanted, documents: 1, changed: 0, pages: 1 })
      expect(await state.readDeleted({ table: wanted, documents: 1, changed: 0, pages: 1 }, '', 10)).toEqual(
        [],
      )
      await withLinearPlans(session, async () => {
        expect(await reconcileDocuments(session, 1, 1, FRESH)).toEqual({ lost: 1, unknown: 0 })
        expect(await markAltered(session, 1, FRESH, OTHER)).toBe(ROWS - 1)
      })
      await distrustDocuments(session, 'n', ['1', '2'])

      const documents = { collectionId: 2, runId: 1, choice: { kind: 'all' } } as const
      const store = { schema: 'mbsync_landing', name: 'store' }
      const entities = entitiesOf(libraryIndex({ url: '', apiKey: '', storeName: '' }))
      await wantStoreDocuments(session, entities, documents, store)
      await withLinearPlans(session, async () => {
        await readScopeShares(session, documents, store)
        await reconcileStoreDocuments(session, documents, FRESH)
      })
    })
    expect(plans.length).toBeGreaterThanOrEqual(10)
    expect(plans.filter((plan) => plan.includes('Nested Loop'))).toEqual([])
  },
)

test('a query keeps its own plan, and what is known beside it is joined in one pass', async () => {
  const plans: string[] = []
  await withDatabase(databaseOptions(pair.target.url), async (target) => {
    const session = explaining(await target.session(), plans)
    const sql = `SELECT q.*, o.id AS offer FROM (${SHOP_QUERY}) q CROSS JOIN LATERAL (SELECT id FROM public."Offer" WHERE product = q.id LIMIT 1) o`
    await wantDocuments(session, { sql, idColumn: 'id' }, 1, { ...FRESH, name: 'lateral' })
  })
  expect(plans[0]).toMatch(/Full Join/)
  expect(plans[0]).toMatch(/Nested Loop/)
})

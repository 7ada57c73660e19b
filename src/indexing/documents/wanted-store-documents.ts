import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { withLinearPlans } from '../with-linear-plans.ts'
import { DOCUMENT_JSON_SQL, documentsSql, type EntityQuery, scopeSql } from './entities-sql.ts'
import type { PendingStoreDocument } from './pending-store-document.ts'
import type { StoreDocuments } from './store-documents.ts'
import { checkWanted, measureWanted, readWanted, type WantedDocuments } from './wanted-documents.ts'

/** Rows that are no documents, beside those that are. */
export interface WantedStoreDocuments {
  readonly wanted: WantedDocuments
  /** Rows without a text, or with neither everybody nor a tenant to be for. */
  readonly leftOut: number
}

/**
 * Writes down every document that the entity types give, with its hashes, and the text of those that the store does not have in this
 * form; and that they were seen.
 * @throws FailedError if an id is missing or comes twice
 */
export async function wantStoreDocuments(
  session: Session,
  entities: readonly EntityQuery[],
  { collectionId, choice }: StoreDocuments,
  table: TableName,
): Promise<WantedStoreDocuments> {
  const sql = `
CREATE UNLOGGED TABLE ${relation(table)} WITH (autovacuum_enabled = false) AS
SELECT id, scope, tenant_id, entity_type, db_id, content_hash, metadata_hash, is_document, remote_id, has_text, document
FROM (
SELECT made.id COLLATE "C" AS id, made.scope, made.tenant_id, made.entity_type, made.db_id, made.content_hash, made.metadata_hash,
  made.is_document, CASE WHEN known.status <> 'pending' THEN known.remote_id END AS remote_id, coalesce(known.status = 'indexed' AND known.content_hash = made.content_hash, false) AS has_text,
  CASE WHEN known.status = 'indexed' AND known.content_hash = made.content_hash AND known.metadata_hash = made.metadata_hash
    THEN NULL ELSE made.document END AS document
FROM (
  SELECT documents.*, sha256(convert_to(metadata::text, 'UTF8')) AS metadata_hash, ${DOCUMENT_JSON_SQL} AS document
  FROM (${documentsSql(entities, choice)}
  ) AS documents
  OFFSET 0
) AS made
-- Never a nested loop, whatever the statistics say; OFFSET keeps it from being made a LEFT JOIN.
FULL JOIN (SELECT * FROM mbsync.mixedbread_index_state WHERE collection_id = ${collectionId}) AS known
  ON known.document_id = made.id COLLATE "C"
OFFSET 0
) AS compared
WHERE metadata_hash IS NOT NULL`
  await withUserPath(session, 'reading', () => session.defineFrom(sql))
  const leftOut = await session.execute(`DELETE FROM ${relation(table)} WHERE NOT is_document`)
  const wanted = await checkWanted(session, table, '`id` of the entity type')
  await withLinearPlans(session, () =>
    session.query(
      `UPDATE mbsync.mixedbread_index_state AS d SET last_seen_at = clock_timestamp()
       FROM ${relation(table)} AS w WHERE d.collection_id = $1 AND d.document_id = w.id`,
      [collectionId],
    ),
  )
  return { wanted, leftOut }
}

/** The documents to send, in portions. */
export async function* readPendingStoreDocuments(
  session: Session,
  wanted: WantedDocuments,
): AsyncGenerator<PendingStoreDocument[]> {
  const columns = `id, document, encode(content_hash, 'hex'), encode(metadata_hash, 'hex'), has_text, remote_id`
  for await (const rows of readWanted(session, wanted, columns)) {
    yield rows.map(([id, json, contentHash, metadataHash, hasText, remoteId]) => ({
      id: id ?? '',
      json: json ?? '',
      contentHash: contentHash ?? '',
      metadataHash: metadataHash ?? '',
      hasText: hasText === 't',
      previousRemoteId: remoteId ?? undefined,
    }))
  }
}

/** A scope, or a tenant of it, of which documents would be deleted. */
export interface ScopeShare {
  readonly scope: 'global' | 'tenant'
  readonly tenantId: string | null
  readonly documents: number
  readonly deletions: number
  readonly of: number
}

/** What would be deleted, by scope and tenant. */
export async function readScopeShares(
  session: Session,
  { collectionId, choice }: StoreDocuments,
  wanted: TableName,
): Promise<ScopeShare[]> {
  return session.query<ScopeShare & Record<string, unknown>>(
    `SELECT scope, tenant_id AS "tenantId", sum(documents)::float8 AS documents, sum(deletions)::float8 AS deletions, sum(known)::float8 AS of
     FROM (
       SELECT scope, tenant_id, 1 AS documents, 0 AS deletions, 0 AS known FROM ${relation(wanted)}
       UNION ALL
       SELECT d.scope, d.tenant_id, 0, (w.id IS NULL)::int, 1
       FROM mbsync.mixedbread_index_state AS d LEFT JOIN ${relation(wanted)} AS w ON w.id = d.document_id
       WHERE d.collection_id = $1 AND (d.content_hash IS NOT NULL OR d.status = 'pending') AND ${scopeSql(choice, 'd.')}
     ) AS either
     GROUP BY scope, tenant_id HAVING sum(deletions) > 0 ORDER BY scope, tenant_id`,
    [collectionId],
  )
}

/**
 * Takes scopes out of what is wanted: their documents stay as the state knows them, so nothing of them is sent or deleted. What comes to
 * them from another scope is sent all the same: the guard of that one has not counted it as deleted.
 */
export async function withholdScopes(
  session: Session,
  { collectionId }: StoreDocuments,
  { table }: WantedDocuments,
  shares: readonly Pick<ScopeShare, 'scope' | 'tenantId'>[],
): Promise<WantedDocuments> {
  const parameters = [shares.map(({ scope }) => scope), shares.map(({ tenantId }) => tenantId)]
  await session.query(
    `DELETE FROM ${relation(table)} AS w USING unnest($1::text[], $2::uuid[]) AS held (scope, tenant_id)
     WHERE w.scope = held.scope AND w.tenant_id IS NOT DISTINCT FROM held.tenant_id AND NOT EXISTS (
       SELECT FROM mbsync.mixedbread_index_state AS d
       WHERE d.collection_id = ${collectionId} AND d.document_id = w.id AND d.tenant_id IS DISTINCT FROM w.tenant_id)`,
    parameters,
  )
  await session.query(
    `INSERT INTO ${relation(table)} (id, scope, tenant_id, is_document)
     SELECT d.document_id, d.scope, d.tenant_id, true
     FROM mbsync.mixedbread_index_state AS d JOIN unnest($1::text[], $2::uuid[]) AS held (scope, tenant_id)
       ON d.scope = held.scope AND d.tenant_id IS NOT DISTINCT FROM held.tenant_id
     WHERE d.collection_id = ${collectionId} ON CONFLICT (id) DO NOTHING`,
    parameters,
  )
  return measureWanted(session, table)
}

/** How many documents of the scopes are known that are no longer wanted. */
export async function countDeletedInScope(
  session: Session,
  documents: StoreDocuments,
  wanted: TableName,
): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n ${deletedSql(documents, wanted)}`,
    [documents.collectionId],
  )
  return n
}

/** The next of them, in the order of their ids. */
export async function readDeletedInScope(
  session: Session,
  documents: StoreDocuments,
  wanted: TableName,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `SELECT d.document_id AS id ${deletedSql(documents, wanted)} AND d.document_id > $2 ORDER BY d.document_id LIMIT $3`,
    [documents.collectionId, after, limit],
  )
  return rows.map(({ id }) => id)
}

function deletedSql({ choice }: StoreDocuments, wanted: TableName): string {
  return `FROM mbsync.mixedbread_index_state AS d
   WHERE d.collection_id = $1 AND ${scopeSql(choice, 'd.')}
     AND NOT EXISTS (SELECT FROM ${relation(wanted)} AS w WHERE w.id = d.document_id)`
}

import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { withLinearPlans } from '../with-linear-plans.ts'
import { DOCUMENT_JSON_SQL, documentsSql, type EntityQuery, scopeSql } from './entities-sql.ts'
import type { PendingStoreDocument, StoreDocuments } from './store-documents.ts'
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
  const columns = `id, document, encode(content_hash, 'hex'), encode(metadata_hash, 'hex'), has_text, remote_id, tenant_id`
  for await (const rows of readWanted(session, wanted, columns)) {
    yield rows.map(([id, json, contentHash, metadataHash, hasText, remoteId, tenantId]) => ({
      id: id ?? '',
      json: json ?? '',
      contentHash: contentHash ?? '',
      metadataHash: metadataHash ?? '',
      hasText: hasText === 't',
      previousRemoteId: remoteId ?? undefined,
      tenantId: tenantId ?? undefined,
    }))
  }
}

/** A scope, or a tenant of it, that documents would be gone from. */
export interface ScopeShare {
  readonly scope: 'global' | 'tenant'
  readonly tenantId: string | null
  readonly documents: number
  readonly deletions: number
  /** How many of the deletions are documents that another tenant gets. */
  readonly moved: number
  readonly of: number
}

/**
 * What would be gone, by scope and tenant. A document that another tenant gets is gone from the one before, as much as if it were deleted; also from one that the
 * run is not about.
 */
export async function readScopeShares(
  session: Session,
  { collectionId, choice }: StoreDocuments,
  wanted: TableName,
): Promise<ScopeShare[]> {
  return session.query<ScopeShare & Record<string, unknown>>(
    `SELECT scope, tenant_id AS "tenantId", sum(documents)::float8 AS documents, sum(deletions)::float8 AS deletions, sum(moved)::float8 AS moved,
       sum(known)::float8 AS of
     FROM (
       SELECT scope, tenant_id, 1 AS documents, 0 AS deletions, 0 AS moved, 0 AS known FROM ${relation(wanted)}
       UNION ALL
       SELECT scope, tenant_id, (NOT is_chosen AND NOT moves)::int, (moves OR is_chosen AND NOT is_wanted)::int, moves::int, 1
       FROM (
         SELECT d.scope, d.tenant_id, w.id IS NOT NULL AS is_wanted, w.id IS NOT NULL AND w.tenant_id IS DISTINCT FROM d.tenant_id AS moves,
           ${scopeSql(choice, 'd.')} AS is_chosen
         FROM mbsync.mixedbread_index_state AS d LEFT JOIN ${relation(wanted)} AS w ON w.id = d.document_id
         WHERE d.collection_id = $1 AND (d.content_hash IS NOT NULL OR d.status = 'pending')
       ) AS known
     ) AS either
     GROUP BY scope, tenant_id HAVING sum(deletions) > 0 ORDER BY scope, tenant_id`,
    [collectionId],
  )
}

/**
 * Takes scopes out of what is wanted: their documents stay as the state knows them, so nothing of them is sent or deleted, nor moved to another tenant. What comes to
 * them from a tenant that is not held is sent all the same: its guard has let it go.
 */
export async function withholdScopes(
  session: Session,
  { collectionId, choice }: StoreDocuments,
  { table }: WantedDocuments,
  shares: readonly Pick<ScopeShare, 'scope' | 'tenantId'>[],
): Promise<WantedDocuments> {
  const parameters = [shares.map(({ scope }) => scope), shares.map(({ tenantId }) => tenantId)]
  const isHeld = (row: string) =>
    `EXISTS (SELECT FROM unnest($1::text[], $2::uuid[]) AS held (scope, tenant_id)
       WHERE ${row}.scope = held.scope AND ${row}.tenant_id IS NOT DISTINCT FROM held.tenant_id)`
  await session.query(
    `DELETE FROM ${relation(table)} AS w USING ${relation(table)} AS same
       LEFT JOIN (SELECT * FROM mbsync.mixedbread_index_state WHERE collection_id = ${collectionId}) AS d ON d.document_id = same.id
     WHERE same.id = w.id AND CASE WHEN d.document_id IS NULL THEN ${isHeld('w')} ELSE ${isHeld('d')} END`,
    parameters,
  )
  await session.query(
    `INSERT INTO ${relation(table)} (id, scope, tenant_id, is_document)
     SELECT d.document_id, d.scope, d.tenant_id, true FROM mbsync.mixedbread_index_state AS d
     WHERE d.collection_id = ${collectionId} AND ${scopeSql(choice, 'd.')} AND ${isHeld('d')} ON CONFLICT (id) DO NOTHING`,
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

/** Also what the store still has for a tenant that the document is no longer for, as it has rejected the document as it is for another. */
function deletedSql({ choice }: StoreDocuments, wanted: TableName): string {
  return `FROM mbsync.mixedbread_index_state AS d LEFT JOIN ${relation(wanted)} AS w ON w.id = d.document_id
   WHERE d.collection_id = $1 AND CASE WHEN w.id IS NULL THEN ${scopeSql(choice, 'd.')}
     ELSE w.tenant_id IS DISTINCT FROM d.tenant_id AND d.status = 'rejected' AND d.content_hash IS NOT NULL END`
}

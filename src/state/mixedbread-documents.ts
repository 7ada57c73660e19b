import type { TableName } from '../core/table-name.ts'
import { copyRows } from '../postgres/copy-rows.ts'
import { literal, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { KnownDocuments, RejectedDocument } from './documents.ts'
import {
  DOCUMENT_JSON_SQL,
  documentsSql,
  type EntityQuery,
  type ScopeChoice,
  scopeSql,
} from './entities-sql.ts'
import { checkWanted, measureWanted, readWanted, type WantedDocuments } from './wanted-documents.ts'

/** The documents of a store that a run is about. */
export interface StoreDocuments {
  readonly collectionId: number
  readonly runId: number
  readonly choice: ScopeChoice
}

/** A document that is to be sent. */
export interface PendingStoreDocument {
  readonly id: string
  readonly json: string
  /** Hexadecimal. */
  readonly contentHash: string
  readonly metadataHash: string
  /** Whether the store has its text already. */
  readonly hasText: boolean
  /** Where the store has it; undefined if that is not known, as when a run died that may have replaced it. */
  readonly previousRemoteId: string | undefined
}

/** What a store answered to one document. */
export interface AnsweredStoreDocument
  extends Pick<PendingStoreDocument, 'id' | 'contentHash' | 'metadataHash'> {
  readonly remoteId: string | undefined
  readonly remoteStatus: string | undefined
  /** Why it was rejected; undefined if it was indexed. */
  readonly error: string | undefined
}

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
  await session.execute(`
CREATE UNLOGGED TABLE ${relation(table)} WITH (autovacuum_enabled = false) AS
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
LEFT JOIN mbsync.mixedbread_index_state AS known ON known.collection_id = ${collectionId} AND known.document_id = made.id COLLATE "C"`)
  const leftOut = await session.execute(`DELETE FROM ${relation(table)} WHERE NOT is_document`)
  const wanted = await checkWanted(session, table, '`id` of the entity type')
  await session.query(
    `UPDATE mbsync.mixedbread_index_state AS d SET last_seen_at = clock_timestamp()
     FROM ${relation(table)} AS w WHERE d.collection_id = $1 AND d.document_id = w.id`,
    [collectionId],
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

/** Counts what the state knows of a store, whatever the scope. */
export async function countStoreDocuments(session: Session, collectionId: number): Promise<KnownDocuments> {
  return session.queryOne<KnownDocuments & Record<string, unknown>>(
    `SELECT count(content_hash)::float8 AS acknowledged,
       (count(*) FILTER (WHERE content_hash IS NULL AND status = 'pending'))::float8 AS uncertain
     FROM mbsync.mixedbread_index_state WHERE collection_id = $1`,
    [collectionId],
  )
}

/** Collections other than this one of which the state holds documents. */
export async function readOtherStores(
  session: Session,
  collectionId: number,
): Promise<{ readonly id: number; readonly searchIndex: string; readonly store: string }[]> {
  return session.query<{ id: number; searchIndex: string; store: string }>(
    `SELECT c.id, c.search_index AS "searchIndex", c.name AS store FROM mbsync.search_collections AS c
     WHERE c.id <> $1 AND EXISTS (SELECT FROM mbsync.mixedbread_index_state AS d WHERE d.collection_id = c.id) ORDER BY c.id`,
    [collectionId],
  )
}

/** How many documents of the scopes are rejected, or failed their ingestion. */
export async function countRejectedInScope(
  session: Session,
  { collectionId, choice }: StoreDocuments,
): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM mbsync.mixedbread_index_state
     WHERE collection_id = $1 AND status = 'rejected' AND ${scopeSql(choice)}`,
    [collectionId],
  )
  return n
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

/** Marks every document that is about to be sent, before any is. */
export async function markStoreDocumentsPending(
  session: Session,
  { collectionId, runId }: StoreDocuments,
  wanted: TableName,
): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.mixedbread_index_state (document_id, scope, tenant_id, entity_type, db_id, collection_id, status, run_id)
     SELECT id, scope, tenant_id, entity_type, db_id, $1::int, 'pending', $2::bigint FROM ${relation(wanted)} WHERE document IS NOT NULL
     ON CONFLICT (document_id) DO UPDATE SET status = 'pending', scope = excluded.scope, tenant_id = excluded.tenant_id,
       entity_type = excluded.entity_type, db_id = excluded.db_id, collection_id = excluded.collection_id, run_id = excluded.run_id`,
    [collectionId, runId],
  )
}

/** Writes down what a store answered. */
export async function recordStoreAnswers(
  session: Session,
  { collectionId, runId }: StoreDocuments,
  answers: readonly AnsweredStoreDocument[],
): Promise<void> {
  await session.query(
    `UPDATE mbsync.mixedbread_index_state AS d
     SET status = CASE WHEN a.error IS NULL THEN 'indexed' ELSE 'rejected' END, last_error = a.error, run_id = $2,
       content_hash = CASE WHEN a.error IS NULL THEN decode(a.content_hash, 'hex') ELSE d.content_hash END,
       metadata_hash = CASE WHEN a.error IS NULL THEN decode(a.metadata_hash, 'hex') ELSE d.metadata_hash END,
       remote_id = coalesce(a.remote_id, d.remote_id), remote_status = coalesce(a.remote_status, d.remote_status),
       updated_at = CASE WHEN a.error IS NULL THEN clock_timestamp() ELSE d.updated_at END
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       AS a (id, content_hash, metadata_hash, remote_id, remote_status, error)
     WHERE d.collection_id = $1 AND d.document_id = a.id`,
    [
      collectionId,
      runId,
      answers.map(({ id }) => id),
      answers.map(({ contentHash }) => contentHash),
      answers.map(({ metadataHash }) => metadataHash),
      answers.map(({ remoteId }) => remoteId ?? null),
      answers.map(({ remoteStatus }) => remoteStatus ?? null),
      answers.map(({ error }) => error ?? null),
    ],
  )
}

/** Makes documents rejected whose ingestion has failed since they were acknowledged. */
export async function recordFailedIngestion(
  session: Session,
  { collectionId }: StoreDocuments,
  failed: readonly {
    readonly id: string
    readonly remoteId: string
    readonly status: string
    readonly error: string
  }[],
): Promise<void> {
  await session.query(
    `UPDATE mbsync.mixedbread_index_state AS d SET status = 'rejected', remote_status = f.status, last_error = f.error
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS f (id, remote_id, status, error)
     WHERE d.collection_id = $1 AND d.document_id = f.id AND d.remote_id = f.remote_id AND d.status = 'indexed'`,
    [
      collectionId,
      failed.map(({ id }) => id),
      failed.map(({ remoteId }) => remoteId),
      failed.map(({ status }) => status),
      failed.map(({ error }) => error),
    ],
  )
}

/** Writes down that nothing of the store is on its way any more. */
export async function recordAllIngested(session: Session, { collectionId }: StoreDocuments): Promise<void> {
  await session.query(
    `UPDATE mbsync.mixedbread_index_state SET remote_status = 'completed'
     WHERE collection_id = $1 AND status = 'indexed' AND remote_status IS DISTINCT FROM 'completed'`,
    [collectionId],
  )
}

/** What is wanted and what is known of a tenant. */
export interface TenantDocuments {
  readonly tenantId: string
  /** Documents that the tables give. */
  readonly documents: number
  readonly indexed: number
  readonly rejected: number
  /** Those that have never been acknowledged, or were being sent when a run ended. */
  readonly pending: number
}

/** The tenants that have rows, or documents in the store. */
export async function readTenants(
  session: Session,
  entities: readonly EntityQuery[],
  collectionId: number | undefined,
): Promise<TenantDocuments[]> {
  const known =
    collectionId === undefined
      ? ''
      : `UNION ALL
         SELECT tenant_id, 0, (status = 'indexed')::int, (status = 'rejected')::int, (status = 'pending')::int
         FROM mbsync.mixedbread_index_state WHERE collection_id = ${collectionId} AND scope = 'tenant' AND tenant_id IS NOT NULL`
  return session.query<TenantDocuments & Record<string, unknown>>(
    `SELECT tenant_id AS "tenantId", sum(documents)::float8 AS documents, sum(indexed)::float8 AS indexed,
       sum(rejected)::float8 AS rejected, sum(pending)::float8 AS pending
     FROM (
       SELECT tenant_id, 1 AS documents, 0 AS indexed, 0 AS rejected, 0 AS pending
       FROM (${documentsSql(entities, { kind: 'tenants' })}) AS documents WHERE is_document
       ${known}
     ) AS either GROUP BY tenant_id ORDER BY tenant_id`,
  )
}

/** Which documents are written to a file. */
export interface DocumentSelection {
  readonly choice: ScopeChoice
  /** Only those of this entity type. */
  readonly type: string | undefined
  readonly limit: number | undefined
}

/** The documents as they are sent, in the order of their ids. */
export async function* readStoreDocuments(
  session: Session,
  entities: readonly EntityQuery[],
  { choice, type, limit }: DocumentSelection,
): AsyncGenerator<string[]> {
  const ofType = type === undefined ? '' : `AND entity_type = ${literal(type)}`
  const stream = session.copyOut(
    `COPY (SELECT ${DOCUMENT_JSON_SQL} FROM (${documentsSql(entities, choice)}) AS documents
       WHERE is_document ${ofType} ORDER BY id COLLATE "C" ${limit === undefined ? '' : `LIMIT ${limit}`})
     TO STDOUT WITH (ENCODING 'UTF8')`,
  )
  try {
    for await (const rows of copyRows(stream)) yield rows.map(([json]) => json ?? '')
  } catch (error) {
    throw session.explain(error)
  }
}

/** The documents that the entity types give for some ids, as they are sent, by id. */
export async function readStoreDocumentTexts(
  session: Session,
  entities: readonly EntityQuery[],
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await session.query<{ id: string; document: string }>(
    `SELECT id, ${DOCUMENT_JSON_SQL} AS document FROM (${documentsSql(entities, { kind: 'all' })}) AS documents
     WHERE id = ANY ($1)`,
    [ids],
  )
  return new Map(rows.map(({ id, document }) => [id, document]))
}

/** The documents of a store that are rejected, or failed their ingestion, in the order of their ids. */
export async function readRejectedStoreDocuments(
  session: Session,
  collectionId: number,
  limit: number,
): Promise<RejectedDocument[]> {
  return session.query<RejectedDocument & Record<string, unknown>>(
    `SELECT document_id AS id, coalesce(last_error, '') AS error, run_id::float8 AS "runId" FROM mbsync.mixedbread_index_state
     WHERE collection_id = $1 AND status = 'rejected' ORDER BY document_id LIMIT $2`,
    [collectionId, limit],
  )
}

/** Forgets documents that the store has deleted. */
export async function forgetStoreDocuments(
  session: Session,
  { collectionId }: StoreDocuments,
  ids: readonly string[],
): Promise<void> {
  await session.query(
    'DELETE FROM mbsync.mixedbread_index_state WHERE collection_id = $1 AND document_id = ANY ($2)',
    [collectionId, ids],
  )
}

/** How many documents of the scopes are known that are no longer wanted. */
export async function countVanishedInScope(
  session: Session,
  documents: StoreDocuments,
  wanted: TableName,
): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n ${vanishedSql(documents, wanted)}`,
    [documents.collectionId],
  )
  return n
}

/** The next of them, in the order of their ids. */
export async function readVanishedInScope(
  session: Session,
  documents: StoreDocuments,
  wanted: TableName,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `SELECT d.document_id AS id ${vanishedSql(documents, wanted)} AND d.document_id > $2 ORDER BY d.document_id LIMIT $3`,
    [documents.collectionId, after, limit],
  )
  return rows.map(({ id }) => id)
}

function vanishedSql({ choice }: StoreDocuments, wanted: TableName): string {
  return `FROM mbsync.mixedbread_index_state AS d
   WHERE d.collection_id = $1 AND ${scopeSql(choice, 'd.')}
     AND NOT EXISTS (SELECT FROM ${relation(wanted)} AS w WHERE w.id = d.document_id)`
}

/** The columns of a table that holds what a store lists. */
export const LISTED_COLUMNS =
  'id text COLLATE "C", remote_id text, remote_status text, error text, metadata jsonb'

/**
 * Makes the state tell what the store lists: documents that it lost are pending again, those that the state did not know are in it, and
 * the text and metadata that the state tells are those that the store has.
 */
export async function reconcileStoreDocuments(
  session: Session,
  { collectionId, runId }: StoreDocuments,
  listed: TableName,
): Promise<{ readonly lost: number; readonly unknown: number }> {
  const lost = await session.execute(
    `UPDATE mbsync.mixedbread_index_state AS d
     SET content_hash = NULL, metadata_hash = NULL, remote_id = NULL, remote_status = NULL, status = 'pending'
     WHERE collection_id = ${collectionId} AND content_hash IS NOT NULL
       AND NOT EXISTS (SELECT FROM ${relation(listed)} AS s WHERE s.id = d.document_id)`,
  )
  const unknown = await session.execute(
    `INSERT INTO mbsync.mixedbread_index_state (document_id, scope, tenant_id, entity_type, db_id, collection_id, status, run_id)
     SELECT DISTINCT ON (id) id, CASE WHEN parts[1] = 'global' THEN 'global' ELSE 'tenant' END,
       CASE WHEN metadata ->> 'tenant_id' ~ '^${UUID}$' THEN (metadata ->> 'tenant_id')::uuid END,
       coalesce(left(parts[2], 20), ''), coalesce(parts[3], ${literal(NO_UUID)})::uuid, ${collectionId}, 'pending', ${runId}
     FROM (SELECT *, regexp_match(id, '^(global|tenant)-(.*)-(${UUID})$') AS parts FROM ${relation(listed)}) AS s
     ON CONFLICT (document_id) DO NOTHING`,
  )
  await session.execute(
    `UPDATE mbsync.mixedbread_index_state AS d
     SET remote_id = s.remote_id, remote_status = s.remote_status, last_error = s.error,
       status = CASE WHEN s.error IS NULL THEN 'indexed' ELSE 'rejected' END,
       metadata_hash = sha256(convert_to(s.metadata::text, 'UTF8')),
       content_hash = CASE WHEN s.metadata ->> 'content_hash' ~ '^[0-9a-f]{64}$' THEN decode(s.metadata ->> 'content_hash', 'hex')
         ELSE sha256('') END
     FROM ${relation(listed)} AS s WHERE d.collection_id = ${collectionId} AND d.document_id = s.id`,
  )
  return { lost, unknown }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const NO_UUID = '00000000-0000-0000-0000-000000000000'

import type { TableName } from '../../core/table-name.ts'
import { literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { FAILED_STATUSES } from '../../search/mixedbread/remote-file.ts'
import type { KnownDocuments } from '../../state/documents.ts'
import { type ScopeChoice, scopeSql } from './entities-sql.ts'

/** The documents of a store that a run is about. */
export interface StoreDocuments {
  readonly collectionId: number
  readonly runId: number
  readonly choice: ScopeChoice
}

/** What a store answered to one document. */
interface AnsweredStoreDocument
  extends Pick<PendingStoreDocument, 'id' | 'contentHash' | 'metadataHash' | 'tenantId'> {
  readonly remoteId: string | undefined
  readonly remoteStatus: string | undefined
  /** Why it was rejected; undefined if it was indexed. */
  readonly error: string | undefined
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

/** How many documents of a store are known, if it has acknowledged each of them as it was sent last. */
export async function countSettledInStore(
  session: Session,
  collectionId: number,
): Promise<number | undefined> {
  const { known, settled } = await session.queryOne<{ known: number; settled: number }>(
    `SELECT count(*)::float8 AS known, (count(*) FILTER (WHERE status = 'indexed'))::float8 AS settled
     FROM mbsync.mixedbread_index_state WHERE collection_id = $1`,
    [collectionId],
  )
  return known === settled ? known : undefined
}

/** Writes down that all documents of a store are still wanted. */
export async function seeStoreDocuments(session: Session, collectionId: number): Promise<void> {
  await session.query(
    'UPDATE mbsync.mixedbread_index_state SET last_seen_at = clock_timestamp() WHERE collection_id = $1',
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

/** How many of them the store still has in a form that it accepted before, which searches find unless its ingestion failed. */
export async function countOutdatedInScope(
  session: Session,
  { collectionId, choice }: StoreDocuments,
): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM mbsync.mixedbread_index_state
     WHERE collection_id = $1 AND status = 'rejected' AND content_hash IS NOT NULL AND remote_status <> ALL ($2) AND ${scopeSql(choice)}`,
    [collectionId, FAILED_STATUSES],
  )
  return n
}

/** Marks every document that is about to be sent, before any is. One that the store has stays with its tenant until the store has it for another. */
export async function markStoreDocumentsPending(
  session: Session,
  { collectionId, runId }: StoreDocuments,
  wanted: TableName,
): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.mixedbread_index_state (document_id, scope, tenant_id, entity_type, db_id, collection_id, status, run_id)
     SELECT id, scope, tenant_id, entity_type, db_id, $1::int, 'pending', $2::bigint FROM ${relation(wanted)} WHERE document IS NOT NULL
     ON CONFLICT (document_id) DO UPDATE SET status = 'pending', scope = excluded.scope,
       tenant_id = CASE WHEN mixedbread_index_state.content_hash IS NULL THEN excluded.tenant_id ELSE mixedbread_index_state.tenant_id END,
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
       tenant_id = CASE WHEN a.error IS NULL THEN a.tenant_id ELSE d.tenant_id END,
       remote_id = coalesce(a.remote_id, d.remote_id), remote_status = coalesce(a.remote_status, d.remote_status),
       updated_at = CASE WHEN a.error IS NULL THEN clock_timestamp() ELSE d.updated_at END
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[])
       AS a (id, content_hash, metadata_hash, remote_id, remote_status, error, tenant_id)
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
      answers.map(({ tenantId }) => tenantId ?? null),
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

/** Forgets documents that the store has deleted. Of those that are wanted, but rejected as they are wanted, the reason stays. */
export async function forgetStoreDocuments(
  session: Session,
  { collectionId }: StoreDocuments,
  ids: readonly string[],
  wanted: TableName,
): Promise<void> {
  const kept = await session.query<{ id: string }>(
    `UPDATE mbsync.mixedbread_index_state AS d
     SET content_hash = NULL, metadata_hash = NULL, remote_id = NULL, remote_status = NULL, tenant_id = w.tenant_id
     FROM ${relation(wanted)} AS w
     WHERE d.collection_id = $1 AND d.document_id = ANY ($2) AND w.id = d.document_id AND d.status = 'rejected' RETURNING d.document_id AS id`,
    [collectionId, ids],
  )
  const isKept = new Set(kept.map(({ id }) => id))
  await session.query(
    'DELETE FROM mbsync.mixedbread_index_state WHERE collection_id = $1 AND document_id = ANY ($2)',
    [collectionId, ids.filter((id) => !isKept.has(id))],
  )
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
       tenant_id = CASE WHEN d.scope = 'tenant' AND s.metadata ->> 'tenant_id' ~ '^${UUID}$' THEN (s.metadata ->> 'tenant_id')::uuid ELSE d.tenant_id END,
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
  /** The tenant that it is for now; undefined for everybody. */
  readonly tenantId: string | undefined
}

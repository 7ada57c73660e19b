import { copyRows } from '../../postgres/copy-rows.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { enterUserPath, leaveUserPath, withUserPath } from '../../postgres/user-path.ts'
import type { RejectedDocument } from '../../state/documents.ts'
import { DOCUMENT_JSON_SQL, documentsSql, type EntityQuery, type ScopeChoice } from './entities-sql.ts'

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
  const sql = `SELECT tenant_id AS "tenantId", sum(documents)::float8 AS documents, sum(indexed)::float8 AS indexed,
       sum(rejected)::float8 AS rejected, sum(pending)::float8 AS pending
     FROM (
       SELECT tenant_id, 1 AS documents, 0 AS indexed, 0 AS rejected, 0 AS pending
       FROM (${documentsSql(entities, { kind: 'tenants' })}) AS documents WHERE is_document
       ${known}
     ) AS either GROUP BY tenant_id ORDER BY tenant_id`
  return withUserPath(session, 'reading', () => session.query<TenantDocuments & Record<string, unknown>>(sql))
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
  await enterUserPath(session, 'reading')
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
  await leaveUserPath(session)
}

/** The documents that the entity types give for some ids, as they are sent, by id. */
export async function readStoreDocumentTexts(
  session: Session,
  entities: readonly EntityQuery[],
  ids: readonly string[],
): Promise<Map<string, string>> {
  const sql = `SELECT id, ${DOCUMENT_JSON_SQL} AS document FROM (${documentsSql(entities, { kind: 'all' })}) AS documents
     WHERE id = ANY ($1)`
  const rows = await withUserPath(session, 'reading', () =>
    session.query<{ id: string; document: string }>(sql, [ids]),
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

import type { TableName } from '../core/table-name.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'

/** How many documents of a collection the state knows. */
export interface KnownDocuments {
  /** Those that the server has acknowledged in some form. */
  readonly acknowledged: number
  /** Those that the server may or may not have. */
  readonly uncertain: number
}

/** With how many are known in all, if the server has acknowledged each of them as it was sent last. */
export interface CountedDocuments extends KnownDocuments {
  readonly settled: number | undefined
}

/** Counts what the state knows of a collection, in one pass. */
export async function countDocuments(session: Session, collectionId: number): Promise<CountedDocuments> {
  const { known, indexed, ...counts } = await session.queryOne<
    KnownDocuments & { known: number; indexed: number } & Record<string, unknown>
  >(
    `SELECT count(hash)::float8 AS acknowledged, (count(*) FILTER (WHERE hash IS NULL AND status = 'pending'))::float8 AS uncertain,
       count(*)::float8 AS known, (count(*) FILTER (WHERE status = 'indexed'))::float8 AS indexed
     FROM mbsync.documents WHERE collection_id = $1`,
    [collectionId],
  )
  return { ...counts, settled: known === indexed ? known : undefined }
}

/** How many documents the server has rejected as they are, and still has in a form that it accepted before. */
export async function countOutdated(session: Session, collectionId: number): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM mbsync.documents WHERE collection_id = $1 AND status = 'rejected' AND hash IS NOT NULL`,
    [collectionId],
  )
  return n
}

/** Some of the documents that the server has acknowledged, as if drawn by lot. */
export async function sampleAcknowledged(
  session: Session,
  collectionId: number,
  count: number,
): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `SELECT id FROM mbsync.documents WHERE collection_id = $1 AND hash IS NOT NULL ORDER BY hash LIMIT $2`,
    [collectionId, count],
  )
  return rows.map(({ id }) => id)
}

/**
 * Makes the state tell what the server has, given a table of its ids: documents that it lost are pending again, and those that the
 * state did not know are in it as pending, to be sent or deleted. Of one that was rejected, the server may have an earlier form, whose hash
 * is none that a document has.
 * @returns how many were lost, and how many unknown
 */
export async function reconcileDocuments(
  session: Session,
  collectionId: number,
  runId: number,
  serverIds: TableName,
): Promise<{ readonly lost: number; readonly unknown: number }> {
  return session.queryOne<{ lost: number; unknown: number }>(
    `WITH lost AS (
       UPDATE mbsync.documents AS d SET hash = NULL, status = 'pending'
       WHERE collection_id = $1 AND hash IS NOT NULL AND NOT EXISTS (SELECT FROM ${relation(serverIds)} AS s WHERE s.id = d.id)
       RETURNING 1
     ), unknown AS (
       INSERT INTO mbsync.documents AS d (collection_id, id, status, run_id)
       SELECT DISTINCT $1::int, s.id, 'pending', $2::bigint FROM ${relation(serverIds)} AS s
       ON CONFLICT (collection_id, id) DO UPDATE SET hash = sha256('') WHERE d.hash IS NULL AND d.status = 'rejected' RETURNING 1
     )
     SELECT (SELECT count(*) FROM lost)::float8 AS lost, (SELECT count(*) FROM unknown)::float8 AS unknown`,
    [collectionId, runId],
  )
}

/**
 * Makes the state tell which documents the server has with other contents than it has acknowledged: they are pending again.
 * @param serverTexts ids, with a digest of what the server has
 * @param wantedTexts ids, with the hash and the same digest of what is wanted
 * @returns how many they are
 */
export async function markAltered(
  session: Session,
  collectionId: number,
  serverTexts: TableName,
  wantedTexts: TableName,
): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `WITH altered AS (
       UPDATE mbsync.documents AS d SET status = 'pending' FROM ${relation(serverTexts)} AS s, ${relation(wantedTexts)} AS w
       WHERE d.collection_id = $1 AND d.status = 'indexed' AND s.id = d.id AND w.id = d.id
         AND encode(d.hash, 'hex') = w.hash AND s.digest <> w.digest
       RETURNING 1
     )
     SELECT count(*)::float8 AS n FROM altered`,
    [collectionId],
  )
  return n
}

/**
 * Marks every document that is about to be sent, before any is: whatever happens to the run, the state never takes a document for
 * unchanged, or for absent, of which the server may have another form.
 */
export async function markPending(
  session: Session,
  collectionId: number,
  runId: number,
  wanted: TableName,
): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.documents (collection_id, id, status, run_id)
     SELECT $1::int, id, 'pending', $2::bigint FROM ${relation(wanted)} WHERE document IS NOT NULL
     ON CONFLICT (collection_id, id) DO UPDATE SET status = 'pending', run_id = excluded.run_id`,
    [collectionId, runId],
  )
}

/** Makes documents uncertain that a server may be about to delete or change by itself, in whatever search index they are. */
export async function distrustDocuments(
  session: Session,
  collection: string,
  ids: readonly string[],
): Promise<void> {
  await session.query(
    `UPDATE mbsync.documents SET hash = NULL, status = 'pending'
     WHERE collection_id = ANY (ARRAY(SELECT c.id FROM mbsync.search_collections AS c WHERE c.name = $1)) AND id = ANY ($2)`,
    [collection, ids],
  )
}

/** What a server answered to one document. */
export interface AnsweredDocument {
  readonly id: string
  /** Hexadecimal. */
  readonly hash: string
  /** Why it was rejected; undefined if it was indexed. */
  readonly error: string | undefined
}

/** Writes down what a server answered. */
export async function recordAnswers(
  session: Session,
  collectionId: number,
  runId: number,
  answers: readonly AnsweredDocument[],
): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.documents AS d (collection_id, id, hash, status, error, run_id)
     SELECT $1::int, a.id, CASE WHEN a.error IS NULL THEN decode(a.hash, 'hex') END,
       CASE WHEN a.error IS NULL THEN 'indexed' ELSE 'rejected' END, a.error, $2::bigint
     FROM unnest($3::text[], $4::text[], $5::text[]) AS a (id, hash, error)
     ON CONFLICT (collection_id, id) DO UPDATE
     SET hash = coalesce(excluded.hash, d.hash), status = excluded.status, error = excluded.error, run_id = excluded.run_id`,
    [
      collectionId,
      runId,
      answers.map(({ id }) => id),
      answers.map(({ hash }) => hash),
      answers.map(({ error }) => error ?? null),
    ],
  )
}

/** Forgets documents that the server has deleted. */
export async function forgetDocuments(
  session: Session,
  collectionId: number,
  ids: readonly string[],
): Promise<void> {
  await session.query('DELETE FROM mbsync.documents WHERE collection_id = $1 AND id = ANY ($2)', [
    collectionId,
    ids,
  ])
}

/** Ids of documents in a table, each once. */
export interface ChosenIds {
  readonly table: TableName
  readonly count: number
}

/** SQL that is true for an id among these. Few are looked up in the index of the state, whatever statistics say; many are compared with all. */
export function isChosenSql(id: string, { table, count }: ChosenIds): string {
  const ids = `SELECT id FROM ${relation(table)}`
  return count <= FEW_IDS ? `${id} = ANY (ARRAY(${ids}))` : `${id} IN (${ids})`
}

/** From here on, a lookup of each takes as long as reading the state of a large collection once. */
const FEW_IDS = 50_000

/** How many documents that are no longer wanted the state knows, and how many of them the server may have. */
export async function countDeleted(
  session: Session,
  collectionId: number,
  wanted: TableName,
  among?: ChosenIds,
): Promise<{ readonly known: number; readonly onServer: number }> {
  return session.queryOne<{ known: number; onServer: number }>(
    `SELECT count(*)::float8 AS known,
       (count(*) FILTER (WHERE d.hash IS NOT NULL OR d.status = 'pending'))::float8 AS "onServer" ${deletedSql(wanted, among)}`,
    [collectionId],
  )
}

/** The next of those documents, in the order of their ids. */
export async function readDeleted(
  session: Session,
  collectionId: number,
  { table, among }: { readonly table: TableName; readonly among?: ChosenIds | undefined },
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `SELECT d.id ${deletedSql(table, among, 'w.id > $2')} AND d.id > $2 ORDER BY d.id LIMIT $3`,
    [collectionId, after, limit],
  )
  return rows.map(({ id }) => id)
}

/** What is known of both sides spares the other a part of its table. */
function deletedSql(wanted: TableName, among: ChosenIds | undefined, condition = 'true'): string {
  const isLookedAt = among === undefined ? 'true' : isChosenSql('d.id', among)
  return `FROM mbsync.documents AS d
   WHERE d.collection_id = $1 AND ${isLookedAt}
     AND NOT EXISTS (SELECT FROM ${relation(wanted)} AS w WHERE w.id = d.id AND ${condition})`
}

/** Forgets what is known of a collection but the documents that its server rejected. */
export async function forgetAccepted(session: Session, collectionId: number): Promise<void> {
  await session.query(`DELETE FROM mbsync.documents WHERE collection_id = $1 AND status <> 'rejected'`, [
    collectionId,
  ])
}

/** A document that a server rejected. */
export interface RejectedDocument {
  readonly id: string
  readonly error: string
  readonly runId: number
}

/** The documents of a collection that are rejected, in the order of their ids. */
export async function readRejected(
  session: Session,
  collectionId: number,
  limit: number,
): Promise<RejectedDocument[]> {
  return session.query<RejectedDocument & Record<string, unknown>>(
    `SELECT id, coalesce(error, '') AS error, run_id::float8 AS "runId" FROM mbsync.documents
     WHERE collection_id = $1 AND status = 'rejected' ORDER BY documents.id LIMIT $2`,
    [collectionId, limit],
  )
}

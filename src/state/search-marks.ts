import type { Session } from '../postgres/session.ts'
import { isWrittenBy, readTargetIdentity, readTargetNow, whyMarkVoid } from './target-mark.ts'

/** How the rows of a table stood, against the snapshot of the mark. */
export interface TableRows {
  readonly oid: number
  readonly rows: number
  readonly undated: number
  readonly fingerprint: string
}

/** What is known of the rows that the documents of a collection were made of. */
export interface SearchMark {
  /** Of all that decides about the documents beside rows. */
  readonly digest: string
  /** `txid_current_snapshot()` of the query. */
  readonly snapshot: string
  readonly tables: readonly TableRows[]
  /** What the statistics of the server said of all writes before the query; undefined where they are not kept. */
  readonly counters: string | undefined
  /** How many documents the query gave. */
  readonly documents: number
  /** How many runs in a row have not run the whole query. */
  readonly unlookedRuns: number
}

/** The mark of a collection; undefined if there is none, or if it is of another database, or of another time of this one. */
export async function readSearchMark(
  session: Session,
  collectionId: number,
): Promise<SearchMark | undefined> {
  const [found] = await session.query<{
    digest: string
    snapshot: string
    tables: TableRows[]
    counters: string | null
    documents: number
    unlookedRuns: number
    identity: string
    isOriginal: boolean
  }>(
    `SELECT digest, snapshot::text AS snapshot, tables, counters, documents::float8 AS documents, unlooked_runs AS "unlookedRuns",
       target_identity AS identity, ${isWrittenBy('m', 'written_xid')} AS "isOriginal"
     FROM mbsync.search_marks AS m WHERE collection_id = $1`,
    [collectionId],
  )
  if (found === undefined) return undefined
  const { identity, isOriginal, counters, ...mark } = found
  const reason = whyMarkVoid({ identity, isOriginal, snapshot: mark.snapshot }, await readTargetNow(session))
  return reason === undefined ? { ...mark, counters: counters ?? undefined } : undefined
}

/** Remembers that a collection has all documents that its query gave under the snapshot of the mark. */
export async function writeSearchMark(
  session: Session,
  collectionId: number,
  { digest, snapshot, tables, counters, documents, unlookedRuns }: SearchMark,
): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.search_marks
       (collection_id, digest, snapshot, tables, counters, documents, unlooked_runs, target_identity, written_xid)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, txid_current())
     ON CONFLICT (collection_id) DO UPDATE SET digest = excluded.digest, snapshot = excluded.snapshot, tables = excluded.tables,
       counters = excluded.counters, documents = excluded.documents, unlooked_runs = excluded.unlooked_runs,
       target_identity = excluded.target_identity, written_xid = excluded.written_xid`,
    [
      collectionId,
      digest,
      snapshot,
      JSON.stringify(tables),
      counters ?? null,
      documents,
      unlookedRuns,
      await readTargetIdentity(session),
    ],
  )
}

/** Forgets it, before anything is done that the collection may be another for. */
export async function forgetSearchMark(session: Session, collectionId: number): Promise<void> {
  await session.query('DELETE FROM mbsync.search_marks WHERE collection_id = $1', [collectionId])
}

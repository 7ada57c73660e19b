import type { Session } from '../postgres/session.ts'
import { isWrittenBy, readTargetIdentity } from './target-mark.ts'

/** What the state knows of a collection: `building` is not reached by searches yet, `old` no longer. */
export interface KnownCollection {
  readonly id: number
  readonly searchIndex: string
  /** Of the search index, as the configuration calls it. */
  readonly type: string
  readonly name: string
  readonly identity: string
  /** Of what it was created as. */
  readonly fingerprint: string
  readonly status: 'building' | 'live' | 'old'
}

/** The collections of a search index, or of all: those that were replaced last come first among those that were. */
export async function readCollections(session: Session, searchIndex?: string): Promise<KnownCollection[]> {
  return session.query<KnownCollection & Record<string, unknown>>(
    `SELECT id, search_index AS "searchIndex", type, name, identity, fingerprint, status FROM mbsync.search_collections
     WHERE $1::text IS NULL OR search_index = $1 ORDER BY replaced_at DESC NULLS FIRST, search_collections.id DESC`,
    [searchIndex ?? null],
  )
}

/** The ids of the collections that are known from another database, or from before this one was restored from a dump. */
export async function readForeignIds(session: Session, searchIndex: string): Promise<ReadonlySet<number>> {
  const identity = await readTargetIdentity(session)
  const rows = await session.query<{ id: number }>(
    `SELECT id FROM mbsync.search_collections c
     WHERE search_index = $1 AND (target_identity <> $2 OR NOT ${isWrittenBy('c', 'written_xid')})`,
    [searchIndex, identity],
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Forgets what is known of the documents of a search index if that was written in another database, or before this one was restored from a dump: the
 * server may have taken others since. Collections that searches do not reach are forgotten, too, as they may be of use to that database.
 * @param isReached whether searches reach a collection: if not, the one that they had reached is that of the other database
 * @returns whether anything was forgotten
 */
export async function forgetForeignCollections(
  session: Session,
  searchIndex: string,
  isReached: boolean,
): Promise<boolean> {
  const identity = await readTargetIdentity(session)
  const own = `UPDATE mbsync.search_collections SET target_identity = $2, written_xid = txid_current()`
  return session.transaction('BEGIN', async () => {
    const ids = [...(await readForeignIds(session, searchIndex))]
    // Those of earlier versions are taken for own ones: nothing tells.
    await session.query(`${own} WHERE search_index = $1 AND target_identity IS NULL`, [searchIndex, identity])
    if (ids.length === 0) return false
    for (const table of ['documents', 'mixedbread_index_state', 'search_marks'])
      await session.query(`DELETE FROM mbsync.${table} WHERE collection_id = ANY ($1)`, [ids])
    await session.query(
      `DELETE FROM mbsync.search_collections WHERE id = ANY ($1) AND NOT (status = 'live' AND $2)`,
      [ids, isReached],
    )
    await session.query(`${own} WHERE search_index = $1 AND id = ANY ($3)`, [searchIndex, identity, ids])
    return true
  })
}

/** Remembers a collection that is about to be filled. */
export async function addCollection(
  session: Session,
  { searchIndex, type, name, identity, fingerprint }: Omit<KnownCollection, 'id' | 'status'>,
): Promise<number> {
  const { id } = await session.queryOne<{ id: number }>(
    `INSERT INTO mbsync.search_collections (search_index, type, name, identity, fingerprint, status, target_identity, written_xid)
     VALUES ($1, $2, $3, $4, $5, 'building', $6, txid_current())
     ON CONFLICT (search_index, name, identity) DO UPDATE
     SET status = 'building', target_identity = excluded.target_identity, written_xid = excluded.written_xid RETURNING id`,
    [searchIndex, type, name, identity, fingerprint, await readTargetIdentity(session)],
  )
  return id
}

/** Writes down what tells a collection from others of its name, once there is one. */
export async function identifyCollection(session: Session, id: number, identity: string): Promise<void> {
  await session.query(
    'UPDATE mbsync.search_collections SET identity = $2, written_xid = txid_current() WHERE id = $1',
    [id, identity],
  )
}

/** Writes down that a collection has another name now. */
export async function renameCollection(session: Session, id: number, name: string): Promise<void> {
  await session.query(
    'UPDATE mbsync.search_collections SET name = $2, written_xid = txid_current() WHERE id = $1',
    [id, name],
  )
}

/** Writes down which collection searches reach now; the one that they reached before is old. */
export async function markLive(session: Session, searchIndex: string, id: number): Promise<void> {
  await session.transaction('BEGIN', async () => {
    await session.query(
      `UPDATE mbsync.search_collections SET status = 'old', replaced_at = clock_timestamp(), written_xid = txid_current()
       WHERE search_index = $1 AND status = 'live' AND id <> $2`,
      [searchIndex, id],
    )
    await session.query(
      `UPDATE mbsync.search_collections SET status = 'live', replaced_at = NULL, written_xid = txid_current() WHERE id = $1`,
      [id],
    )
  })
}

/** Forgets a collection and its documents. */
export async function forgetCollection(session: Session, id: number): Promise<void> {
  await session.query('DELETE FROM mbsync.search_collections WHERE id = $1', [id])
}

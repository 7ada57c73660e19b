import { batchesOf, tablesAtOnce } from '../postgres/in-batches.ts'
import type { Session } from '../postgres/session.ts'
import { isWrittenBy } from './target-mark.ts'

/** What became of the objects that a run had created which did not succeed. */
export interface DroppedObjects {
  /** How many were dropped, without what went with them. */
  readonly dropped: number
  /** Why the others were left, if any were. */
  readonly left: string | undefined
}

/**
 * Drops what runs have created that did not succeed, newest first: all of it, if it is still as they have made it. What another session has
 * changed, filled or built upon since is its own now: then it is left, and forgotten. Waits for a merge that may still commit, which
 * forgets it. Call it under the run lock only, when no landing table or undo table uses it any more.
 * @param childXids reads the ids of the exception blocks of the transaction under way that have written to the catalog: those of event triggers
 */
export async function dropCreatedObjects(
  session: Session,
  childXids: (session: Session) => Promise<readonly string[]>,
): Promise<DroppedObjects> {
  let dropped = 0
  for (;;) {
    const batch = await session.transaction('BEGIN', () => dropNewest(session, childXids))
    if (batch === undefined) return { dropped, left: undefined }
    if (batch.left !== undefined) return { dropped, left: batch.left }
    dropped += batch.dropped
  }
}

/** What one transaction has created goes in one transaction. */
async function dropNewest(
  session: Session,
  childXids: (session: Session) => Promise<readonly string[]>,
): Promise<DroppedObjects | undefined> {
  await session.execute('LOCK TABLE mbsync.created_objects IN SHARE ROW EXCLUSIVE MODE')
  const [newest] = await session.query<{ xid: string; isOriginal: boolean }>(
    `SELECT xid::text AS xid, bool_and(${isWrittenBy('o', 'xid')}) AS "isOriginal"
     FROM mbsync.created_objects o WHERE class_oid <> 0 GROUP BY xid ORDER BY o.xid DESC LIMIT 1`,
  )
  if (newest === undefined) {
    await session.execute('DELETE FROM mbsync.created_objects')
    return undefined
  }
  const { xid, isOriginal } = newest
  // In a database that was restored from a dump, the numbers are those of other objects.
  const left = isOriginal ? await whyLeft(session, xid) : 'the database was restored or copied since'
  if (left !== undefined) {
    await session.execute('DELETE FROM mbsync.created_objects')
    return { dropped: 0, left }
  }
  const drops = await listDrops(session, xid)
  for (const batch of batchesOf(drops, DROPS_AT_ONCE)) await session.define(batch.join(';\n'))
  // What older transactions have created was altered by this one, too: its ids stay known until they are gone.
  const altering = (await hasOlder(session, xid)) ? await childXids(session) : []
  await session.query(
    `WITH dropped AS (DELETE FROM mbsync.created_objects WHERE xid = $1 RETURNING run_id)
     INSERT INTO mbsync.created_objects (run_id, xid, class_oid, object_oid, is_root)
     SELECT DISTINCT run_id, x, 0::oid, (x & 4294967295)::oid, false FROM dropped, unnest($2::bigint[] || $1::bigint || txid_current()) AS x ON CONFLICT DO NOTHING`,
    [xid, altering],
  )
  return { dropped: drops.length, left: undefined }
}

async function hasOlder(session: Session, xid: string): Promise<boolean> {
  const { has } = await session.queryOne<{ has: boolean }>(
    'SELECT EXISTS (SELECT FROM mbsync.created_objects WHERE xid < $1 AND class_oid <> 0) AS has',
    [xid],
  )
  return has
}

const DROPS_AT_ONCE = 100

/** Locks the tables, so that what is found stays true until they are dropped. */
async function whyLeft(session: Session, xid: string): Promise<string | undefined> {
  const tables = await session.query<Table>(TABLES_SQL, [xid])
  for (const batch of batchesOf(tables, await tablesAtOnce(session)))
    await session.execute(
      `LOCK TABLE ${batch.map(({ name }) => `ONLY ${name}`).join(', ')} IN ACCESS EXCLUSIVE MODE`,
    )
  const [changed] = await session.query<{ found: string }>(CHANGED_SQL, [xid])
  if (changed !== undefined) return changed.found
  for (const { name, hasStorage, hasPolicies, isMember } of tables) {
    if (!hasStorage) continue
    if (hasPolicies)
      await session.define(`ALTER TABLE ONLY ${name} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY`)
    const { isFilled } = await session.queryOne<{ isFilled: boolean }>(
      // What the script of an extension has put there is no row of others.
      `SELECT EXISTS (SELECT FROM ONLY ${name} AS r ${isMember ? `WHERE ${IS_FOREIGN}` : ''}) AS "isFilled"`,
    )
    if (isFilled) return `table ${name} has rows`
  }
  return undefined
}

interface Table extends Record<string, unknown> {
  /** Quoted and qualified. */
  readonly name: string
  /** Whether any row has ever been in it. */
  readonly hasStorage: boolean
  readonly hasPolicies: boolean
  /** Whether an extension has it. */
  readonly isMember: boolean
}

const TABLES_SQL = `
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, pg_relation_size(c.oid) > 0 AS "hasStorage",
  c.relrowsecurity OR c.relforcerowsecurity AS "hasPolicies",
  EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS "isMember"
FROM mbsync.created_objects o
JOIN pg_class c ON o.class_oid = 'pg_class'::regclass AND c.oid = o.object_oid AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE o.xid = $1 ORDER BY c.oid`

const IS_FOREIGN = `NOT EXISTS (SELECT FROM mbsync.created_objects own WHERE r.xmin::text::bigint = (own.xid & 4294967295))`

/** What refers to an object of the list and was added by a transaction that is none of theirs, and definitions that were altered. */
const CHANGED_SQL = `
WITH made AS MATERIALIZED (SELECT class_oid AS class, object_oid AS object FROM mbsync.created_objects WHERE xid = $1)
SELECT pg_describe_object(r.classid, r.objid, r.objsubid) || ' was added to ' || pg_describe_object(r.refclassid, r.refobjid, r.refobjsubid) AS found
FROM pg_depend r JOIN made ON made.class = r.refclassid AND made.object = r.refobjid
WHERE ${IS_FOREIGN}
  AND NOT EXISTS (SELECT FROM mbsync.created_objects own WHERE own.class_oid = r.classid AND own.object_oid = r.objid)
UNION ALL
SELECT pg_describe_object('pg_class'::regclass, r.oid, 0) || ' was altered'
FROM pg_class r JOIN made ON made.class = 'pg_class'::regclass AND made.object = r.oid WHERE ${IS_FOREIGN}
UNION ALL
SELECT pg_describe_object('pg_class'::regclass, r.attrelid, r.attnum) || ' was altered'
FROM pg_attribute r JOIN made ON made.class = 'pg_class'::regclass AND made.object = r.attrelid WHERE ${IS_FOREIGN}
UNION ALL
SELECT pg_describe_object('pg_proc'::regclass, r.oid, 0) || ' was altered'
FROM pg_proc r JOIN made ON made.class = 'pg_proc'::regclass AND made.object = r.oid WHERE ${IS_FOREIGN}
LIMIT 1`

/** What is dropped already with another object is no error; what has been renamed since is known by its number. */
async function listDrops(session: Session, xid: string): Promise<string[]> {
  const rows = await session.query<{ type: string; identity: string }>(
    `SELECT i.type, i.identity FROM mbsync.created_objects o, pg_identify_object(o.class_oid, o.object_oid, 0) i
     WHERE o.xid = $1 AND o.is_root AND i.identity IS NOT NULL ORDER BY o.object_oid DESC`,
    [xid],
  )
  return rows.flatMap(({ type, identity }) => {
    const word = WORDS[type] ?? type.toUpperCase()
    return word === '' ? [] : [`DROP ${word} IF EXISTS ${identity} CASCADE`]
  })
}

/** Where DROP has another word for a kind than `pg_identify_object`. */
const WORDS: Readonly<Record<string, string>> = {
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  aggregate: 'ROUTINE',
  'statistics object': 'STATISTICS',
  'composite type': 'TYPE',
  // They go with what they are about.
  'default acl': '',
}

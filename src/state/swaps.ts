import type { TableName } from '../core/table-name.ts'
import type { Row, Session } from '../postgres/session.ts'
import { broughtRowsSql } from './brought-rows-sql.ts'
import type { RunStatus } from './runs.ts'

/** A database that a run has built, and the one that it replaces. */
export interface Swap {
  readonly runId: number
  /** What the new database is called until it gets the name of the target. */
  readonly builtName: string
  /** What the old one is called from then on. */
  readonly replacedName: string
  readonly replacedOid: number
}

/** A swap as the state and the server know it. */
export interface KnownSwap extends Swap {
  readonly profile: string
  readonly status: RunStatus
  readonly finishedAt: Date
  /** Whether a complete database was built that could still replace this one: no run has written to it since. */
  readonly isReady: boolean
  /** The database that was built, if there still is one that is not this one. */
  readonly built: DatabaseName | undefined
  /** The database that was replaced, if there still is one that is not this one. */
  readonly replaced: DatabaseName | undefined
}

/** A database of the server. */
export interface DatabaseName {
  readonly oid: number
  readonly name: string
}

/** Writes down which database a run is about to build, before there is one. */
export async function rememberSwap(session: Session, swap: Swap): Promise<void> {
  await session.query(
    `INSERT INTO mbsync.swaps (run_id, built_name, replaced_name, replaced_oid) VALUES ($1, $2, $3, $4)`,
    [swap.runId, swap.builtName, swap.replacedName, swap.replacedOid],
  )
}

/** Forgets a swap of which nothing was built. */
export async function forgetSwap(session: Session, runId: number): Promise<void> {
  await session.query('DELETE FROM mbsync.swaps WHERE run_id = $1', [runId])
}

/** Writes down that the database is there. */
export async function rememberBuilt(session: Session, runId: number, oid: number): Promise<void> {
  await session.query('UPDATE mbsync.swaps SET built_oid = $2 WHERE run_id = $1', [runId, oid])
}

/** What a complete database was built by. */
export interface BuiltBy {
  /** The digest of the rules. */
  readonly rulesDigest: string | null
  /** Columns that the source does not have, and SQL of the profile has added. */
  readonly afterColumns: readonly ColumnName[]
}

/** A column of a table. */
export interface ColumnName {
  readonly table: TableName
  readonly column: string
}

/** Writes down that the database is complete and could be switched to, and what it was built by. */
export async function markReady(session: Session, runId: number, by: BuiltBy): Promise<void> {
  await session.query(
    'UPDATE mbsync.swaps SET is_ready = true, rules_digest = $2, after_columns = $3 WHERE run_id = $1',
    [runId, by.rulesDigest, JSON.stringify(by.afterColumns)],
  )
}

/** What a complete database was built by; a run of an earlier version has not said it. */
export async function readBuiltBy(session: Session, runId: number): Promise<BuiltBy> {
  return session.queryOne<BuiltBy & Row>(
    `SELECT rules_digest AS "rulesDigest", coalesce(after_columns, '[]') AS "afterColumns" FROM mbsync.swaps WHERE run_id = $1`,
    [runId],
  )
}

/**
 * The swaps that have led to this database, and those that would have led away from it, the last one first. A state that was restored elsewhere tells of
 * databases of others: only what leads from this database on, number by number, is its own.
 */
export async function readSwaps(session: Session): Promise<KnownSwap[]> {
  const rows = await session.query<SwapRow>(SWAPS_SQL)
  let oid = rows[0]?.currentOid
  return rows.map(({ builtOid, builtNow, replacedNow, currentOid, builtAs, ...swap }) => {
    const hasLedHere = swap.status === 'succeeded' && builtAs === oid
    if (hasLedHere) oid = swap.replacedOid
    const isBuiltHere = builtNow !== null && builtOid !== null && swap.replacedOid === currentOid
    return {
      ...swap,
      built: isBuiltHere ? { oid: builtOid, name: builtNow } : undefined,
      replaced: hasLedHere && replacedNow !== null ? { oid: swap.replacedOid, name: replacedNow } : undefined,
    }
  })
}

/** The swap that made the last run of this database, if that was one. */
export async function findLastSwap(session: Session): Promise<KnownSwap | undefined> {
  const [last] = await session.query<{ id: number }>(
    `SELECT r.id::float8 AS id FROM mbsync.runs r WHERE ${broughtRowsSql('r')} ORDER BY r.id DESC LIMIT 1`,
  )
  return (await readSwaps(session)).find(({ runId }) => runId === last?.id)
}

/** Databases that no run needs any longer: those of runs that died, failed or were rolled back. Call it under the run lock only. */
export function leftOver(swaps: readonly KnownSwap[]): (KnownSwap & { readonly built: DatabaseName })[] {
  return swaps.flatMap((swap) =>
    swap.built === undefined || swap.status === 'succeeded' ? [] : [{ ...swap, built: swap.built }],
  )
}

type SwapRow = Row &
  Omit<KnownSwap, 'built' | 'replaced'> & {
    readonly currentOid: number
    /** Its number as it was written down. */
    readonly builtAs: number | null
    readonly builtOid: number | null
    readonly builtNow: string | null
    readonly replacedNow: string | null
  }

/**
 * A database is known by its number and by one of the names that swaps give. Until its number is written down, it is known by its name alone: that
 * was free when the run began.
 */
const SWAPS_SQL = `
SELECT s.run_id::float8 AS "runId", r.profile, r.status, coalesce(r.finished_at, r.started_at) AS "finishedAt",
  s.is_ready AND r.status NOT IN ('succeeded', 'rolled back') AND NOT EXISTS (
    SELECT FROM mbsync.runs l WHERE l.id > r.id AND l.status IN ('succeeded', 'rolled back') AND l.mode <> 'search') AS "isReady",
  s.built_name AS "builtName", s.replaced_name AS "replacedName", s.replaced_oid::float8 AS "replacedOid",
  (SELECT oid::int8::float8 FROM pg_database WHERE datname = current_database()) AS "currentOid", s.built_oid::float8 AS "builtAs",
  b.oid::int8::float8 AS "builtOid", b.datname::text AS "builtNow", p.datname::text AS "replacedNow"
FROM mbsync.swaps s JOIN mbsync.runs r ON r.id = s.run_id
LEFT JOIN pg_database b ON b.datname <> current_database() AND b.oid::int8 = coalesce(s.built_oid, b.oid::int8)
  AND (b.datname = s.built_name OR s.built_oid IS NOT NULL AND b.datname ~ ('_mbsync_undone_' || s.run_id || '$'))
LEFT JOIN pg_database p ON p.oid::int8 = s.replaced_oid AND p.datname = s.replaced_name AND p.datname <> current_database()
ORDER BY s.run_id DESC`

/** Forgets how the run went in its new database: a rollback renames the databases back, so nothing else is kept for it. The run is not over yet. */
export async function forgetCourse(session: Session, runId: number): Promise<void> {
  await session.query('UPDATE mbsync.run_tables SET undo_table = NULL WHERE run_id = $1', [runId])
  await session.query('DELETE FROM mbsync.loads WHERE run_id = $1', [runId])
  await session.query('DELETE FROM mbsync.run_timelines WHERE run_id = $1', [runId])
  await session.query('UPDATE mbsync.runs SET exit_code = NULL WHERE id = $1', [runId])
}

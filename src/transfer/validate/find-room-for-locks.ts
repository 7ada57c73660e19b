import type { Finding } from '../../core/finding.ts'
import { sum } from '../../core/sum.ts'
import { hasRoomForLocks, type LockSlots, readLockSlots } from '../../postgres/lock-slots.ts'
import type { Session } from '../../postgres/session.ts'
import type { Inspection, TablePair } from '../inspect/inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** How much of a table a merge may have to write, as far as this is known beforehand. */
export type MayWrite = 'nothing' | 'perhaps' | 'surely'

/** How many locks the transaction of a merge will hold. */
interface LockNeeds {
  /** The minimum. */
  readonly least: number
  /** If each table changes that may change. */
  readonly most: number
}

/** No server has this many times the number of lock slots that it promises. */
const MOST_ROOM = 4

/**
 * Whether the target has room for the locks of a merge, which are held until it commits: those of all tables, and for each table that is
 * written, those of its indexes and landing tables. If the server does not promise enough, this is tried out.
 */
export async function findRoomForLocks(
  session: Session,
  subject: string,
  inspection: Inspection,
  { indexes, slots }: LockRoom,
  mayWrite: (pair: TablePair) => MayWrite,
): Promise<Finding[]> {
  const needs = countLocks(inspection, indexes, mayWrite)
  if (needs.most + slots.used <= slots.promised) return []
  const fits = async (locks: number) =>
    locks + slots.used <= MOST_ROOM * slots.promised && (await hasRoomForLocks(session, locks))
  if (await fits(needs.most)) return []
  const hint = hintFor(slots, needs.most)
  if (!(await fits(needs.least))) {
    return [
      errorFinding(
        subject,
        `The merge would hold ${needs.least} locks or more at once, and the server has no room for them (${slots.described})`,
        hint,
      ),
    ]
  }
  return [
    noteFinding(
      subject,
      `If most tables change, the merge holds up to ${needs.most} locks at once, and the server has no room for as many (${slots.described})`,
      hint,
    ),
  ]
}

function hintFor(slots: LockSlots, locks: number): string {
  return `Set max_locks_per_transaction = ${slots.settingFor(locks)} and restart the server. If it cannot be set, copy the tables in several runs: with \`--table\`, or with profiles that \`include\` some schemas each.`
}

/**
 * The facts that decide about the locks of a merge: how many indexes the relations have, by object id, and how many locks the server has
 * room for.
 */
export interface LockRoom {
  readonly indexes: ReadonlyMap<number, number>
  readonly slots: LockSlots
}

/** Reads these facts from the catalogs of the target. */
export async function readLockRoom(session: Session, { pairs }: Inspection): Promise<LockRoom> {
  const oids = pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
  const [indexes, slots] = await Promise.all([countIndexes(session, oids), readLockSlots(session)])
  return { indexes, slots }
}

function countLocks(
  { pairs, sequences, target: { neighbours } }: Inspection,
  indexes: ReadonlyMap<number, number>,
  mayWrite: (pair: TablePair) => MayWrite,
): LockNeeds {
  const oids = pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
  // Its landing table, and if it is large or has no key, its change list.
  const toWrite = ({ target: { partitions, key } }: TablePair) =>
    sum(partitions.map(({ oid }) => indexes.get(oid) ?? 0)) + (key === undefined ? 2 : 1)
  const locksOf = (which: MayWrite) => sum(pairs.filter((pair) => mayWrite(pair) === which).map(toWrite))
  const least = oids.length + neighbours.length + locksOf('surely')
  return { least, most: least + locksOf('perhaps') + sequences.length }
}

async function countIndexes(session: Session, oids: readonly number[]): Promise<Map<number, number>> {
  const rows = await session.query<{ oid: number; n: number }>(
    `SELECT i.indrelid AS oid, pg_catalog.count(*)::float8 AS n FROM pg_catalog.pg_index AS i
     WHERE i.indrelid OPERATOR(pg_catalog.=) ANY ($1::oid[]) GROUP BY i.indrelid`,
    [oids],
  )
  return new Map(rows.map(({ oid, n }) => [oid, n]))
}

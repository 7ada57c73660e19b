import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import type { ReadonlyTableMap } from '../../core/table-map.ts'
import { displayName, nameKey, type TableName } from '../../core/table-name.ts'
import type { TableRead } from '../../incremental/decide-reads.ts'
import { readEventTriggers } from '../../postgres/catalog/read-event-triggers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import { readLockSlots } from '../../postgres/lock-slots.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { copiedColumns } from '../../transfer/inspect/columns.ts'
import type { Inspection, TablePair } from '../../transfer/inspect/inspection.ts'
import { referringPairs } from '../../transfer/inspect/large-object-columns.ts'
import { landingColumns } from '../../transfer/land/landing-columns.ts'
import { describeFilled } from '../../transfer/load/load-impossible.ts'
import { LARGE_BYTES, ties } from '../../transfer/load/load-plan.ts'
import { tableSql } from '../../transfer/merge/row-sql.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'

/** How a run writes its target, and why. */
export interface Strategy {
  readonly kind: 'load' | 'merge' | 'swap'
  readonly reason: string
}

/** The facts that decide between loading and merging. */
export interface StrategyFacts {
  readonly wanted: RunRules['strategy']
  readonly inspection: Inspection
  /** The approximate size of a table in the source, in bytes. */
  readonly bytesOf: (pair: TablePair) => number
  readonly reads: ReadonlyTableMap<TableRead>
  /** Whether rows can be filtered where they are read. Rows of a dump arrive whole. */
  readonly filtersAtSource: boolean
  /** Whether tables have code that must run with the rights of their owners. */
  readonly hasOwnersCode: boolean
  /** The error of an earlier attempt of the same run. */
  readonly failedBefore: string | undefined
  /** Whether a run would create tables in addition to the existing ones. */
  readonly createsTables?: boolean | undefined
  /** Whether the run changes the definitions of tables, which happens in the merge. */
  readonly followsSchema?: boolean
}

/** Chooses how to write the target. Empty tables are loaded, unless only a merge can handle something about them. */
export async function chooseStrategy(session: Session, facts: StrategyFacts): Promise<Strategy> {
  const { wanted, failedBefore } = facts
  if (wanted === 'merge') return { kind: 'merge', reason: 'chosen by the profile or --strategy' }
  if (failedBefore !== undefined) return { kind: 'merge', reason: failedBefore }
  if (facts.followsSchema === true) return { kind: 'merge', reason: 'tables follow the schema of the source' }
  if (facts.createsTables === true && facts.inspection.pairs.length === 0)
    return { kind: 'load', reason: 'the run creates all tables' }
  const reason = whyNotLoaded(facts) ?? (await whyNotNow(session, facts))
  if (reason !== undefined) return { kind: 'merge', reason }
  return { kind: 'load', reason: 'all tables are empty' }
}

/** The finding that a requested load is not possible. */
export function refuseMerge(
  wanted: RunRules['strategy'],
  { kind, reason }: Strategy,
  target: string,
): Finding[] {
  if (wanted !== 'load' || kind === 'load') return []
  return coded('obstacle', [
    errorFinding(
      target,
      `\`strategy\` is load, and the tables cannot be loaded: ${reason}`,
      'Set `strategy` to auto, which then merges. Or remove the obstacles.',
    ),
  ])
}

/** Why the catalogs rule out a load; undefined if they do not. Pure. */
function whyNotLoaded(facts: Omit<StrategyFacts, 'wanted' | 'failedBefore' | 'bytesOf'>): string | undefined {
  const { inspection, reads, filtersAtSource, hasOwnersCode } = facts
  const { pairs, target } = inspection
  if (pairs.length === 0) return 'there are no tables'
  if ([...reads.values()].some(({ kind }) => kind === 'incremental')) return 'tables are read incrementally'
  if (hasOwnersCode) return 'tables have code that must run with the rights of their owners'
  if (referringPairs(inspection).length > 0) return 'large objects come with the rows'
  const inside = new Set(pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid)))
  const [unvalidated] = target.unvalidated.filter(
    ({ kind, relationOid }) => inside.has(relationOid) && (kind !== 'foreign key' || target.mode === 'owner'),
  )
  if (unvalidated !== undefined)
    return `${displayName(unvalidated.relation)}: constraint "${unvalidated.name}" is NOT VALID`
  const altered =
    target.mode === 'owner' ? ties(inspection).find(({ firing }) => firing !== 'usual') : undefined
  if (altered !== undefined)
    return `${displayName(altered.child)}: triggers of foreign key "${altered.name}" are altered, which only a superuser could restore`
  for (const pair of pairs) {
    const why = whyNotTable(pair, filtersAtSource)
    if (why !== undefined) return `${displayName(pair.target.name)} ${why}`
  }
  return undefined
}

function whyNotTable(pair: TablePair, filtersAtSource: boolean): string | undefined {
  const { source, target } = pair
  if (target.partitions.some(({ isOwner }) => !isOwner)) return 'belongs to another role'
  if (target.partitions.some(({ kind }) => kind === 'foreign')) return 'has foreign tables as partitions'
  if (target.partitions.some(({ isRowSecurityActive }) => isRowSecurityActive))
    return 'has row-level security that is active for the role'
  if (source.where !== undefined && !filtersAtSource) return 'has a condition that rows of the dump must meet'
  const copied = copiedColumns(pair).map(({ name }) => name)
  const isPlain = landingColumns(pair).every(({ name, takes }) => name === takes && copied.includes(name))
  return isPlain ? undefined : 'has columns that are cast or left out on the way'
}

/** Why facts that only the server knows rule out a load. */
async function whyNotNow(session: Session, facts: StrategyFacts): Promise<string | undefined> {
  const { inspection } = facts
  const [trigger] = await readEventTriggers(session)
  if (trigger !== undefined) return `event trigger "${trigger.name}" would fire for indexes and constraints`
  const locks = await countLocks(session, facts)
  const { promised, used, described } = await readLockSlots(session)
  if (locks + used > promised) return `a load would hold ${locks} locks (${described})`
  const filled = await findFilled(session, inspection.pairs)
  return filled.length === 0 ? undefined : describeFilled(filled)
}

/** Each table; the indexes of tables whose indexes are built, or used for a check; and the TOAST tables of large ones. */
async function countLocks(session: Session, { inspection, bytesOf }: StrategyFacts): Promise<number> {
  const tied = new Set(ties(inspection).flatMap(({ childOid, parentOid }) => [childOid, parentOid]))
  const large = inspection.pairs.filter((pair) => bytesOf(pair) >= LARGE_BYTES)
  const all = partitionsOf(inspection.pairs)
  const indexed = new Set([...partitionsOf(large), ...all.filter((oid) => tied.has(oid))])
  const { n } = await session.queryOne<{ n: number }>(
    'SELECT count(*)::float8 AS n FROM pg_index WHERE indrelid = ANY ($1::oid[])',
    [[...indexed]],
  )
  return n + all.length + partitionsOf(large).length
}

function partitionsOf(pairs: readonly TablePair[]): number[] {
  return pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
}

/** The tables that have rows. A table without pages has none. */
async function findFilled(session: Session, pairs: readonly TablePair[]): Promise<TableName[]> {
  const perhaps = pairs.filter(({ target }) => target.partitions.some(({ pages }) => pages > 0))
  const filled: TableName[] = []
  for (const batch of batchesOf(perhaps, TABLES_AT_ONCE)) {
    const asked = batch.map(
      ({ target }, at) => `SELECT ${at} AS at WHERE EXISTS (SELECT FROM ${tableSql(target)})`,
    )
    const rows = await withUserPath(session, 'reading', () =>
      session.query<{ at: number }>(asked.join('\nUNION ALL\n')),
    )
    filled.push(...rows.flatMap(({ at }) => batch[at]?.target.name ?? []))
  }
  return filled.sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1))
}

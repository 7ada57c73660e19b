import { type ReadonlyTableMap, type ReadonlyTableSet, TableMap } from '../core/table-map.ts'
import { isLookDue } from '../core/watermark.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { readMergeXids } from '../state/undo-sets.ts'
import type { StoredWatermark } from '../state/watermarks.ts'
import { copiedColumns } from '../transfer/inspect/columns.ts'
import {
  columnFacts,
  digestOf,
  partitionsDigest,
  typeFacts,
  type UsedTypes,
} from '../transfer/inspect/fingerprint.ts'
import type { TablePair } from '../transfer/inspect/inspection.ts'
import type { Contradiction } from '../transfer/merge/incremental-read-error.ts'
import { isKeyOfSource, usableKey } from '../transfer/merge/merge-table.ts'
import type { ChangedTable } from '../transfer/source/count-changed.ts'
import type { LiveChanges } from '../transfer/source/live-changes.ts'
import type { Part } from '../transfer/source/part.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import { type CurrentWatermark, whyVoid } from '../transfer/source/watermark.ts'
import { readMarks } from '../transfer/target-writes/read-marks.ts'
import { areUntouched } from '../transfer/target-writes/write-counters.ts'

/** How the rows of a table are read. */
export type TableRead = FullRead | IncrementalRead

/** All rows are read, and why. */
interface FullRead {
  readonly kind: 'full'
  readonly reason: string
}

/** Only the rows that have changed since a watermark are read. */
export interface IncrementalRead {
  readonly kind: 'incremental'
  readonly since: UsedWatermark
  /** Whether the run reads the target's rows again, even if statistics say that nothing has changed. */
  readonly looksAgain: boolean
  /** How many rows the source has. */
  readonly sourceRows: number
  /** Parts that contain only the changed rows. */
  readonly changedParts: readonly Part[]
}

/** What is needed of a watermark that counts. */
export type UsedWatermark = Pick<StoredWatermark, 'xmin' | 'keptBy' | 'left'>

/** What the choice between full and incremental reads depends on. */
export interface ReadRules {
  /** What earlier runs have stored. */
  readonly watermarks: Promise<ReadonlyTableMap<StoredWatermark>>
  /** Tables of the target that run code of their owners, by object id. Only the merge may read them. */
  readonly coded: ReadonlySet<number>
  /** Tables whose rows may refer to large objects that are copied. */
  readonly referring: ReadonlyTableSet
  /** Tables whose columns or types the run changes in the target before their rows are merged. */
  readonly followed: ReadonlyTableSet
  /** Whether every row is wanted. */
  readonly isFull: boolean
  /** After this many runs at the latest, the rows of the target are read again. */
  readonly recheck: number
  readonly jobs: number
  /** Whether to look at the target now. A run itself does so only with its tables locked. */
  readonly looksAtTarget: boolean
  /** Tables whose incremental read has failed in this run, and why. */
  readonly refuted: ReadonlyTableMap<Contradiction>
}

/** If more rows than this share have changed, finding the deleted rows costs more than also reading the unchanged ones. */
const MOST_CHANGED = 0.5
/** With this few rows, either way takes almost no time. */
const FEW_ROWS = 10_000
/** The reason for a full read if most rows have changed. */
export const MOST_HAVE_CHANGED = 'most of its rows have changed'
const WRITTEN = 'rows were written to the target by others'
const REFUTED: Readonly<Record<Contradiction, string>> = {
  written: WRITTEN,
  miscounted: 'its incremental read came to another number of rows',
  violated: 'a constraint refused the rows of its incremental read',
}
const FOLLOWED = 'the run changes its columns or types in the target'
const RETURNING =
  'rows that stay in the target may begin to meet its `where` without being written, and be outdated by then'
const CODED = 'the table in the target calls functions of its owner'
const REFERRING = 'its large objects are compared in every run'
const HIDDEN = 'row-level security hides its rows in the target until the merge'

/** Chooses how each pair is read. Changes nothing. */
export async function chooseReads(
  source: RowSource,
  target: Database,
  session: Session,
  { target: types, pairs }: { readonly target: UsedTypes; readonly pairs: readonly TablePair[] },
  rules: ReadRules,
): Promise<TableMap<TableRead>> {
  const { changes } = source
  const all = (reason: string) => new TableMap(pairs.map((pair) => [pair.source.name, full(reason)]))
  if (pairs.length === 0) return new TableMap()
  if (changes === undefined) return all('a dump is read as a whole')
  if (rules.isFull) return all('asked for')
  const watermarks = await rules.watermarks
  const reads = new TableMap<TableRead>()
  const usable: Usable[] = []
  for (const pair of pairs) {
    const { name } = pair.source
    const since = watermarks.get(name)
    const refuted = rules.refuted.get(name)
    // Types and columns may return to what they were before, but not the values that the target has lost in between.
    const reason =
      (rules.followed.has(name) ? FOLLOWED : undefined) ??
      changes.guard.whyOnlyCopied(name)?.reason ??
      (changes.moving.has(name) ? RETURNING : undefined) ??
      whyWhole(pair) ??
      whyRaw(pair) ??
      whyNamed(pair, types) ??
      whyNoKey(pair) ??
      whyOtherRule(pair, since) ??
      since?.targetVoid ??
      whyVoid(since, watermarkOf(changes, pair, types)) ??
      (rules.coded.has(pair.target.oid) ? CODED : undefined) ??
      (rules.referring.has(name) ? REFERRING : undefined) ??
      (refuted && REFUTED[refuted])
    if (reason !== undefined || since === undefined)
      reads.set(name, full(reason ?? 'no earlier run to build on'))
    else usable.push(lookedAt(pair, since, rules.recheck))
  }
  const [counted, areAsLeft] = await Promise.all([
    changes.countChanged(usable.map(({ pair, since }) => ({ table: pair.source.name, since }))),
    rules.looksAtTarget ? areTablesAsLeft(target, session, rules.jobs, usable) : usable.map(() => true),
  ])
  for (const [index, table] of usable.entries()) {
    const { pair } = table
    const read = areAsLeft[index] === true ? readSince(table, counted[index]) : full(WRITTEN)
    const mustSeeTarget = read.kind === 'incremental' && isHidden(pair) && !isAsItWas(read, pair)
    reads.set(pair.source.name, mustSeeTarget ? full(HIDDEN) : read)
  }
  return reads
}

/** Whether only the merge can read the table, after it has suspended the policies that hide rows from the owner. */
export function isHidden({ target }: TablePair): boolean {
  return target.partitions.some((partition) => partition.isRowSecurityActive)
}

/** Whether nothing was inserted, changed or deleted in the source. The run then does not look at the target before its merge. */
function isAsItWas(
  { since, sourceRows, changedParts }: IncrementalRead,
  { source, stays }: TablePair,
): boolean {
  return (
    stays === undefined &&
    source.where === undefined &&
    changedParts.length === 0 &&
    since.left.rows === sourceRows
  )
}

function full(reason: string): FullRead {
  return { kind: 'full', reason }
}

function readSince({ since, looksAgain }: Usable, counted: ChangedTable | undefined): TableRead {
  if (counted === undefined) throw new Error('Every table is counted')
  const { rows: sourceRows, changedRows, changedParts } = counted
  return changedRows > Math.max(sourceRows * MOST_CHANGED, FEW_ROWS)
    ? full(MOST_HAVE_CHANGED)
    : { kind: 'incremental', since, looksAgain, sourceRows, changedParts }
}

/** What a run would store about a pair. */
export function watermarkOf(changes: LiveChanges, pair: TablePair, types: UsedTypes): CurrentWatermark {
  const { systemIdentifier, databaseOid, timeline, incarnation, xmin, nextXid } = changes.mark
  // With a spread at the beginning, V8 would make a hidden class for each.
  return {
    systemIdentifier,
    databaseOid,
    timeline,
    incarnation,
    xmin,
    nextXid,
    fingerprint: pair.source.fingerprint ?? '',
    targetFingerprint: fingerprintTarget(pair, types),
    targetPartitions: partitionsDigest(pair.target),
    masks: pair.source.masksDigest ?? null,
  }
}

function whyWhole({ stays }: TablePair): string | undefined {
  return stays?.isWhole === true ? '`keep` leaves the table as it is' : undefined
}

/** A row that stays no longer may be one that the source has not written since. */
function whyRaw({ stays }: TablePair): string | undefined {
  return stays?.except === undefined ? undefined : 'rows that it keeps from before the masks are removed'
}

/** The text of `regclass` and similar types changes if an object is renamed, on either side, although no row is written. */
function whyNamed({ source, target }: TablePair, { namingTypes }: UsedTypes): string | undefined {
  const own = source.columns.find(({ baseType }) => /^(?:reg[a-z]+|aclitem)(?:\[\])*$/.test(baseType))
  const type = namingTypes.get(target.oid) ?? own?.baseType
  return type === undefined ? undefined : `values of type ${type} change with the names of objects`
}

/** The stored facts are about the rows that did not stay under the old rule. */
function whyOtherRule({ stays }: TablePair, since: StoredWatermark | undefined): string | undefined {
  return since === undefined || since.keptBy === (stays?.condition ?? null)
    ? undefined
    : 'its `keep` condition changed, or rows were loaded without it'
}

/** Both sides must identify rows by the same columns. */
export function whyNoKey(pair: TablePair): string | undefined {
  const key = usableKey(pair.target, copiedColumns(pair))
  if (key === undefined) return 'no key'
  return isKeyOfSource(pair, key) ? undefined : 'another key in the source'
}

function fingerprintTarget({ target }: TablePair, types: UsedTypes): string {
  const { oid, columns, key, partitions } = target
  return digestOf({
    columns: columnFacts(columns),
    partitions: partitions.map(({ columnNumbers, children }) => [columnNumbers, children]),
    key: key?.columns,
    types: typeFacts(oid, types),
  })
}

/** A pair whose watermark counts, provided that its target still holds what the run left in it. */
interface Usable {
  readonly pair: TablePair
  readonly since: UsedWatermark
  readonly looksAgain: boolean
}

/** To make a run read the rows, what statistics said is dropped. */
function lookedAt(pair: TablePair, { xmin, keptBy, left }: StoredWatermark, recheck: number): Usable {
  const looksAgain = isLookDue(left.unlookedRuns, recheck)
  if (!looksAgain) return { pair, looksAgain, since: { xmin, keptBy, left } }
  return { pair, looksAgain, since: { xmin, keptBy, left: { ...left, writeCounters: undefined } } }
}

async function areTablesAsLeft(
  target: Database,
  session: Session,
  jobs: number,
  usable: readonly Usable[],
): Promise<boolean[]> {
  if (usable.length === 0) return []
  const untouched = await areUntouched(
    target,
    session,
    undefined,
    usable.map(({ pair, since }) => ({ table: pair.target, writeCounters: since.left.writeCounters })),
  )
  // The run looks at hidden rows itself, in its merge.
  const doubtful = usable.filter(({ pair }, index) => untouched[index] !== true && !isHidden(pair))
  const marked = await readMarks(target, session, {
    jobs,
    requests: doubtful.map(({ pair, since }) => ({
      table: pair.target,
      snapshots: [since.left.snapshot],
      except: since.keptBy ?? undefined,
    })),
    mergeXids: await readMergeXids(
      session,
      doubtful.map(({ since }) => since.left.lookedIn),
    ),
  })
  return usable.map((table) => {
    const index = doubtful.indexOf(table)
    const { rows, fingerprint } = table.since.left
    const now = marked[index]?.[0]
    return index === -1 || (now?.rows === rows && now.fingerprint === fingerprint)
  })
}

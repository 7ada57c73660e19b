import type { Profile } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { groupByTable, type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../core/table-name.ts'
import { overSessions } from '../postgres/in-parallel.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withSource } from '../run/databases.ts'
import { findSkipped } from '../run/find-skipped.ts'
import { refuseFindings } from '../run/refuse-findings.ts'
import { type SelectionOptions, selectionOf } from '../run/selection-of.ts'
import { storedColumns } from '../transfer/inspect/columns.ts'
import { type SkippedTable, selectWithout } from '../transfer/inspect/drift.ts'
import type { LiveTable } from '../transfer/inspect/inspect-source.ts'
import { textCasts } from '../transfer/land/landing-columns.ts'
import { type LiveSource, withLiveSource } from '../transfer/source/live-source.ts'
import { type LivePart, mostRowsOf } from '../transfer/source/plan-parts.ts'
import { describeChildren, leftOutBeside } from '../transfer/validate/left-out.ts'
import { BucketSums, SUM_SETTINGS } from '../transfer/verify/bucket-sums.ts'
import { countDifferences } from '../transfer/verify/count-differences.ts'
import { type Difference, findDifferences, type Side } from '../transfer/verify/find-differences.ts'
import {
  bucketSumsSql,
  bucketsFor,
  type Hashing,
  hashedTexts,
  NO_CASTS,
  rowTextsSql,
} from '../transfer/verify/row-hashes.ts'

/** What `mbsync verify` can be asked. */
export interface VerifyOptions extends SelectionOptions {
  /** Whether tables that a run leaves as they are are not compared, whatever the profile says. */
  readonly skipsDrift?: boolean
  /** How much of each table is compared. */
  readonly samplePercent: number
  /** How many differing rows of a table are named. */
  readonly limit: number
  /** Whether every differing row is counted, and none is named. */
  readonly isCounted?: boolean
}

/** How one table compares. */
export interface VerifiedTable {
  readonly table: TableName
  readonly status: 'equal' | 'different' | 'not compared'
  readonly sourceRows: number
  readonly targetRows: number
  /** Rows of each kind that were found; all of them if `isComplete`. */
  readonly missing: number
  readonly extra: number
  readonly changed: number
  readonly isComplete: boolean
  /** Some of the differing rows, by key; none of a table without a key. */
  readonly differences: readonly { readonly kind: Difference['kind']; readonly key: string }[]
  /** Why it was not compared. */
  readonly reason?: string
  /** Whether a run leaves it as it is. */
  readonly isSkipped?: boolean
}

/** How two databases compare. */
export interface VerifyResult {
  readonly profile: string
  readonly startedAt: Date
  readonly durationMs: number
  readonly samplePercent: number
  readonly tables: readonly VerifiedTable[]
  /** What of the source was not compared, although applications see it with these tables. */
  readonly notes: readonly Finding[]
}

/**
 * Compares source and target, each under one snapshot of its own. Changes nothing on either side.
 * @throws RefusedError if the selection means nothing; FailedError, InterruptedError
 */
export async function verify(
  profile: Profile,
  options: VerifyOptions,
  context: JobContext,
): Promise<VerifyResult> {
  const startedAt = new Date()
  const { jobs, from, to, timeouts } = profile
  const whole = selectionOf(profile, options)
  context.report({ type: 'phase', phase: 'validate' })
  const skipsDrift = profile.drift === 'skip' || options.skipsDrift === true
  const skipped = skipsDrift ? await findSkipped(profile, whole, context) : []
  const selection = selectWithout(
    whole,
    skipped.map(({ table }) => table),
  )
  const { tables, notes } = await withSource({ from, timeouts }, context, (source) =>
    withSource({ from: to, timeouts }, context, (target) =>
      withLiveSource(source, selection, jobs, (expected) =>
        withLiveSource(
          target,
          { ...selection, where: [], columns: [], masks: { rules: [], key: undefined } },
          jobs,
          async (actual) => ({
            tables: await compare(expected, actual, jobs, options, context),
            notes: leftOutBeside(expected.catalog, 'is not compared'),
          }),
        ),
      ),
    ),
  )
  return {
    profile: profile.name,
    startedAt,
    durationMs: Date.now() - startedAt.getTime(),
    samplePercent: options.samplePercent,
    tables: [...tables, ...skipped.map(leftAsItIs)].sort(byName),
    notes,
  }
}

function leftAsItIs({ table, reason }: SkippedTable): VerifiedTable {
  return { ...notCompared(table, `is left as it is: ${reason}`), isSkipped: true }
}

function byName(a: VerifiedTable, b: VerifiedTable): number {
  return displayName(a.table) < displayName(b.table) ? -1 : 1
}

type SideName = 'source' | 'target'

/** A table that can be compared. */
interface Pair {
  readonly source: LiveTable
  readonly target: LiveTable
  readonly hashing: Readonly<Record<SideName, Hashing>>
  readonly sums: Readonly<Record<SideName, BucketSums>>
}

async function compare(
  source: LiveSource,
  target: LiveSource,
  jobs: number,
  options: VerifyOptions,
  context: JobContext,
): Promise<VerifiedTable[]> {
  const tables = source.catalog.tables
  const known = new Set(tables.flatMap(({ partitions }) => partitions.map(({ name }) => displayName(name))))
  refuseFindings(source.findings.filter(({ subject }) => !known.has(subject)))
  const texts = hashedTexts(source.catalog.server.encoding, target.catalog.server.encoding)
  const pairs: Pair[] = []
  const skipped: VerifiedTable[] = []
  const twins = new TableMap(target.catalog.tables.map((twin) => [twin.name, twin]))
  for (const table of tables) {
    const twin = twins.get(table.name)
    const reason = findReason(table, twin, source, target)
    if (twin === undefined || reason !== undefined) skipped.push(notCompared(table.name, reason ?? ''))
    else pairs.push(pairOf(table, twin, options, texts))
  }
  context.report({ type: 'phase', phase: 'compare' })
  const parts = await sumUp(source, target, pairs, jobs, context)
  const compared: VerifiedTable[] = []
  for (const pair of pairs) {
    const judged = await judge(pair, source, target, parts, options)
    compared.push(withChildren(judged, source))
  }
  return [...compared, ...skipped]
}

/** A table whose own rows are equal, and which shows others. */
function withChildren(judged: VerifiedTable, { catalog: { leftOut } }: LiveSource): VerifiedTable {
  const parent = leftOut?.parents.find(({ table }) => isSameTable(table, judged.table))
  if (parent === undefined || judged.status !== 'equal') return judged
  const reason = `${describeChildren(parent)}; its own rows are equal`
  return { ...judged, status: 'not compared', reason }
}

/** Why a table cannot be compared; undefined if it can. */
function findReason(
  table: LiveTable,
  twin: LiveTable | undefined,
  source: LiveSource,
  target: LiveSource,
): string | undefined {
  if (twin === undefined) return 'is missing in the target'
  const problem = findProblem(table, source)
  if (problem !== undefined) return problem
  const atTwin = findProblem(twin, target)
  if (atTwin !== undefined) return atTwin.replace(/\b(in|of) the source\b/, '$1 the target')
  const there = new Set(twin.columns.map((column) => column.name))
  const lacking = storedColumns(table).find(({ name }) => !there.has(name))
  return lacking === undefined ? undefined : `column "${lacking.name}" is missing in the target`
}

function findProblem({ name, partitions }: LiveTable, { findings, guard }: LiveSource): string | undefined {
  const names = new Set(partitions.map((partition) => displayName(partition.name)))
  const error = findings.find(({ severity, subject }) => severity === 'error' && names.has(subject))
  const obstacle = guard.whyOnlyCopied(name)
  if (error !== undefined || obstacle === undefined) return error?.message
  const { reason, owner } = obstacle
  return `${reason} in the source${owner === undefined ? '' : `; to have it compared all the same, name the role under \`trust\` of the database`}`
}

function notCompared(name: TableName, reason: string): VerifiedTable {
  const nothing = { sourceRows: 0, targetRows: 0, missing: 0, extra: 0, changed: 0, differences: [] }
  return { table: name, status: 'not compared', ...nothing, isComplete: false, reason }
}

function pairOf(
  source: LiveTable,
  target: LiveTable,
  { samplePercent }: VerifyOptions,
  texts: ReturnType<typeof hashedTexts>,
): Pair {
  const columns = storedColumns(source).map((column) => column.name)
  const isKey = target.keyColumns?.every((name) => columns.includes(name)) ?? false
  const rows = mostRowsOf(source.partitions)
  const common = {
    columns,
    keyColumns: isKey ? target.keyColumns : undefined,
    buckets: bucketsFor(rows),
    samplePercent,
  }
  const hashing = {
    source: { ...common, casts: textCasts(source, target), text: texts.source },
    target: { ...common, casts: NO_CASTS, text: texts.target },
  }
  return { source, target, hashing, sums: { source: new BucketSums(), target: new BucketSums() } }
}

/** The parts of each side. */
type Parts = Readonly<Record<SideName, ReadonlyTableMap<readonly LivePart[]>>>

async function sumUp(
  source: LiveSource,
  target: LiveSource,
  pairs: readonly Pair[],
  jobs: number,
  { report }: JobContext,
): Promise<Parts> {
  const byName = new TableMap(pairs.map((pair) => [pair.source.name, pair]))
  const names = pairs.map((pair) => pair.source.name)
  const planned = { source: source.planParts(names, jobs), target: target.planParts(names, jobs) }
  const parts = { source: byTable(planned.source), target: byTable(planned.target) }
  const all = [...planned.source, ...planned.target]
  report({
    type: 'copy-planned',
    tables: pairs.length,
    parts: all.length,
    estimatedBytes: all.reduce((total, part) => total + part.estimatedBytes, 0),
    estimatedRows: all.reduce((total, part) => total + part.estimatedRows, 0),
  })
  const sum = (side: 'source' | 'target', { sessions, guard }: LiveSource) =>
    overSessions(sessions, planned[side], async (session, part) => {
      const pair = byName.get(part.table)
      if (pair === undefined) throw new Error('A part of a table that is not compared')
      const place = placeOf(side, part, parts)
      const { estimatedBytes, estimatedRows: rows } = part
      report({ type: 'part-started', ...place, estimatedBytes })
      const hashing = pair.hashing[side]
      await sessions.reading(session, [part.partition.name], async (reader) => {
        await guard.prepare(reader, part)
        await pair.sums[side].add(reader, bucketSumsSql(rowTextsSql(part, hashing), hashing))
      })
      report({ type: 'part-finished', ...place, rows, bytes: estimatedBytes, estimatedBytes })
    })
  for (const { sessions } of [source, target]) await sessions.executeOnAll(SUM_SETTINGS)
  await Promise.all([sum('source', source), sum('target', target)])
  return parts
}

function byTable(parts: readonly LivePart[]): TableMap<LivePart[]> {
  return groupByTable(parts, ({ table }) => table)
}

/** The parts of both sides are counted together: progress knows one list for a table. */
function placeOf(side: SideName, { table, number }: LivePart, parts: Parts) {
  const [source, target] = [parts.source, parts.target].map((all) => all.get(table)?.length ?? 0)
  const before = side === 'source' ? 0 : (source ?? 0)
  return { table, part: before + number, parts: (source ?? 0) + (target ?? 0) }
}

async function judge(
  { source: table, hashing, sums }: Pair,
  source: LiveSource,
  target: LiveSource,
  parts: Parts,
  { limit, isCounted = false }: VerifyOptions,
): Promise<VerifiedTable> {
  const rows = { sourceRows: sums.source.rows, targetRows: sums.target.rows }
  const buckets = sums.source.differences(sums.target)
  if (buckets.length === 0) {
    const none = { missing: 0, extra: 0, changed: 0, isComplete: true, differences: [] }
    return { table: table.name, status: 'equal', ...rows, ...none }
  }
  const sides = [
    sideOf(source, hashing.source, parts.source.get(table.name)),
    sideOf(target, hashing.target, parts.target.get(table.name)),
  ] as const
  if (isCounted) {
    const counts = await countDifferences(...sides, buckets)
    return { table: table.name, status: 'different', ...rows, ...counts, isComplete: true, differences: [] }
  }
  const { differences, isComplete } = await findDifferences(...sides, buckets, limit)
  const count = (kind: Difference['kind']) =>
    differences.filter((difference) => difference.kind === kind).length
  return {
    table: table.name,
    status: 'different',
    ...rows,
    missing: count('missing'),
    extra: count('extra'),
    changed: count('changed'),
    isComplete,
    differences: differences
      .flatMap(({ kind, key }) => (key === undefined ? [] : [{ kind, key }]))
      .slice(0, limit),
  }
}

function sideOf({ sessions, guard }: LiveSource, hashing: Hashing, parts: readonly LivePart[] = []): Side {
  const [session] = sessions.all
  if (session === undefined) throw new Error('There is no session to read with')
  const reading: Side['reading'] = (part, read) =>
    sessions.reading(session, [part.partition.name], async (reader) => {
      await guard.prepare(reader, part)
      return read(reader)
    })
  return { reading, parts, hashing }
}

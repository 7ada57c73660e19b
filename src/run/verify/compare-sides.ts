import { groupByTable, type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { storedColumns } from '../../transfer/inspect/columns.ts'
import type { LiveTable } from '../../transfer/inspect/inspect-source.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import { type StayRule, stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { textCasts } from '../../transfer/land/landing-columns.ts'
import type { LiveSource } from '../../transfer/source/live-source.ts'
import { type LivePart, mostRowsOf } from '../../transfer/source/plan-parts.ts'
import { describeChildren } from '../../transfer/validate/left-out.ts'
import { BucketSums, SUM_SETTINGS } from '../../transfer/verify/bucket-sums.ts'
import { countDifferences } from '../../transfer/verify/count-differences.ts'
import { type Difference, findDifferences, type Side } from '../../transfer/verify/find-differences.ts'
import { keyForms, NO_FORMS } from '../../transfer/verify/key-forms.ts'
import {
  bucketSumsSql,
  bucketsFor,
  type Hashing,
  hashedTexts,
  NO_CASTS,
  rowTextsSql,
} from '../../transfer/verify/row-hashes.ts'
import {
  countRows,
  prepareToRead,
  stayingParts,
  withoutStaying,
} from '../../transfer/verify/staying-parts.ts'
import { refuseFindings } from '../refuse-findings.ts'

/** How thoroughly two sides are compared. */
export interface CompareOptions {
  /** How much of each table is compared. */
  readonly samplePercent: number
  /** How many differing rows of a table are named. */
  readonly limit: number
  /** Whether every differing row is counted, and none is named. */
  readonly isCounted?: boolean
}

/** Which rows of the target runs leave as they are. */
export type StayingRules = Pick<Selection, 'keep' | 'deletes'>

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
  /** Rows of the target that runs leave as they are, and which are no differences; undefined where there can be none. */
  readonly kept?: number
  readonly isComplete: boolean
  /** Some of the differing rows, by key; none of a table without a key. */
  readonly differences: readonly { readonly kind: Difference['kind']; readonly key: string }[]
  /** Why it was not compared. */
  readonly reason?: string
  /** Whether a run leaves it as it is. */
  readonly isSkipped?: boolean
  /** The run whose SQL of `after` has changed it, which is the likely cause of its differences. */
  readonly changedByAfter?: number
}

type SideName = 'source' | 'target'

/** A table that can be compared. */
interface Pair {
  readonly source: LiveTable
  readonly target: LiveTable
  readonly hashing: Readonly<Record<SideName, Hashing>>
  readonly sums: Readonly<Record<SideName, BucketSums>>
  readonly stays: StayRule | undefined
}

/** Compares the tables of a source with those of a target, each under its own snapshot. */
export async function compareSides(
  source: LiveSource,
  target: LiveSource,
  jobs: number,
  options: CompareOptions & { readonly staying: StayingRules },
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
  return `${reason} in the source${owner === undefined ? '' : `; to compare it anyway, name the role under \`trust\` of the database`}`
}

/** A table that is not compared, and why. */
export function notCompared(name: TableName, reason: string): VerifiedTable {
  const nothing = { sourceRows: 0, targetRows: 0, missing: 0, extra: 0, changed: 0, differences: [] }
  return { table: name, status: 'not compared', ...nothing, isComplete: false, reason }
}

function pairOf(
  source: LiveTable,
  target: LiveTable,
  { samplePercent, staying }: CompareOptions & { readonly staying: StayingRules },
  texts: ReturnType<typeof hashedTexts>,
): Pair {
  const columns = storedColumns(source).map((column) => column.name)
  const isKey = target.keyColumns?.every((name) => columns.includes(name)) ?? false
  const rows = mostRowsOf(source.partitions)
  const stays = stayRuleOf(staying, source.name)
  const common = {
    columns,
    keyColumns: isKey ? target.keyColumns : undefined,
    // Elsewhere, equal keys with other texts are differences as well.
    keyForms: stays?.condition === undefined ? NO_FORMS : keyForms(target.columns),
    buckets: bucketsFor(rows),
    samplePercent,
  }
  const hashing = {
    source: { ...common, casts: textCasts(source, target), text: texts.source },
    target: { ...common, casts: NO_CASTS, text: texts.target },
  }
  return { source, target, hashing, sums: { source: new BucketSums(), target: new BucketSums() }, stays }
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
  const staysIn = ({ table }: LivePart) => byName.get(table)?.stays
  const planned = {
    source: source.planParts(names, jobs).filter((part) => staysIn(part)?.isWhole !== true),
    target: target.planParts(names, jobs).map((part) => withoutStaying(staysIn(part), part)),
  }
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
        await prepareToRead(guard, reader, part)
        await pair.sums[side].add(reader, bucketSumsSql(rowTextsSql(part, hashing), hashing))
      })
      report({ type: 'part-finished', ...place, rows, bytes: estimatedBytes, estimatedBytes })
    })
  for (const { sessions } of [source, target]) await sessions.executeOnAll(SUM_SETTINGS)
  await Promise.all([sum('source', source), sum('target', target)])
  return parts
}

/** The rows that stay for what they hold. */
function stayingSide(
  target: LiveSource,
  { stays, hashing }: Pair,
  parts: readonly LivePart[] = [],
): Side | undefined {
  const { condition } = stays ?? {}
  return condition === undefined ? undefined : sideOf(target, hashing.target, stayingParts(condition, parts))
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
  pair: Pair,
  source: LiveSource,
  target: LiveSource,
  parts: Parts,
  { limit, isCounted = false }: CompareOptions,
): Promise<VerifiedTable> {
  const { source: table, hashing, sums, stays } = pair
  const side = stayingSide(target, pair, parts.target.get(table.name))
  const staying = { side, withoutSource: stays?.withoutSource ?? false }
  const byRule = side === undefined ? 0 : await countRows(side)
  const keptWith = (stayed: number) => (stays === undefined ? {} : { kept: byRule + stayed })
  const rows = { sourceRows: sums.source.rows, targetRows: sums.target.rows + byRule }
  const buckets = sums.source.differences(sums.target)
  if (buckets.length === 0) {
    const none = { missing: 0, extra: 0, changed: 0, isComplete: true, differences: [] }
    return { table: table.name, status: 'equal', ...rows, ...none, ...keptWith(0) }
  }
  const sides = [
    sideOf(source, hashing.source, parts.source.get(table.name)),
    sideOf(target, hashing.target, parts.target.get(table.name)),
  ] as const
  if (isCounted) {
    const { stayed, ...counts } = await countDifferences(...sides, buckets, staying)
    const isEqual = counts.missing + counts.extra + counts.changed === 0
    const found = { ...counts, isComplete: true, differences: [], ...keptWith(stayed) }
    return { table: table.name, status: isEqual ? 'equal' : 'different', ...rows, ...found }
  }
  const { differences, isComplete, stayed } = await findDifferences(...sides, buckets, limit, staying)
  const count = (kind: Difference['kind']) =>
    differences.filter((difference) => difference.kind === kind).length
  return {
    table: table.name,
    status: differences.length === 0 && isComplete ? 'equal' : 'different',
    ...rows,
    ...keptWith(stayed),
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
      await prepareToRead(guard, reader, part)
      return read(reader)
    })
  return { reading, parts, hashing }
}

import { groupByTable, type ReadonlyTableMap, TableMap, TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { storedColumns } from '../../transfer/inspect/columns.ts'
import type { LiveTable } from '../../transfer/inspect/inspect-source.ts'
import { outsideChildren } from '../../transfer/inspect/left-out.ts'
import type { OutsideChildren } from '../../transfer/inspect/left-out-rows.ts'
import { stayRuleOf } from '../../transfer/inspect/stay-rule.ts'
import { textCasts } from '../../transfer/land/landing-columns.ts'
import type { LiveSource } from '../../transfer/source/live-source.ts'
import { type LivePart, mostRowsOf } from '../../transfer/source/plan-parts.ts'
import { describeChildren } from '../../transfer/validate/left-out.ts'
import { BucketSums, SUM_SETTINGS } from '../../transfer/verify/bucket-sums.ts'
import { hasOtherTexts, keyForms, NO_FORMS } from '../../transfer/verify/key-forms.ts'
import {
  bucketSumsSql,
  bucketsFor,
  type Hashing,
  hashedTexts,
  NO_CASTS,
  rowTextsSql,
} from '../../transfer/verify/row-hashes.ts'
import { prepareToRead, withoutStaying } from '../../transfer/verify/staying-parts.ts'
import { refuseFindings } from '../refuse-findings.ts'
import {
  type CopiedPair,
  type CopiedSides,
  compareCopied,
  copiedSides,
  writesAlike,
} from './compare-copied.ts'
import { judgePair } from './judge-pair.ts'
import {
  type CompareOptions,
  notCompared,
  type Pair,
  type SideName,
  type StayingRules,
  type VerifiedTable,
} from './verified-table.ts'

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
  const copied: { readonly pair: CopiedPair; readonly parts: CopiedSides }[] = []
  const sides = { source, target }
  for (const table of tables) {
    const twin = twins.get(table.name)
    const reason = findReason(table, twin, source, target)
    const obstacle =
      findObstacle(table, source) ?? findObstacle(twin, target)?.replace(' in the source', ' in the target')
    if (twin === undefined || reason !== undefined) skipped.push(notCompared(table.name, reason ?? ''))
    else if (obstacle === undefined) pairs.push(pairOf(table, twin, options, texts))
    else {
      const pair = { source: table, target: twin }
      if (stayRuleOf(options.staying, table.name) === undefined && writesAlike(pair, sides))
        copied.push({ pair, parts: copiedSides(pair, sides) })
      else skipped.push(notCompared(table.name, obstacle))
    }
  }
  context.report({ type: 'phase', phase: 'compare' })
  const beside = copied.flatMap(({ parts: own }) => [...own.source, ...own.target])
  const parts = await sumUp(source, target, pairs, { beside, jobs }, context)
  const compared: VerifiedTable[] = []
  for (const { pair, parts: own } of copied)
    compared.push(await compareCopied(pair, own, sides, { limit: options.limit, report: context.report }))
  const atSource = source.catalog.leftOut?.parents ?? []
  // A child table that exists only in the target has no counterpart.
  const atTarget = outsideChildren({
    tables: [...pairs, ...copied.map(({ pair }) => pair)].map((pair) => pair.target),
    relations: target.catalog.relations,
  })
  for (const pair of pairs) {
    const found = await judgePair(pair, source, target, parts, options)
    compared.push(await withoutDoubtful(found, pair, target))
  }
  const whole = compared.map((judged) =>
    withChildren(withChildren(judged, atSource), atTarget, 'in the target '),
  )
  return [...whole, ...skipped]
}

/** A table whose own rows are equal, but which also shows rows of child tables. */
function withChildren(judged: VerifiedTable, parents: readonly OutsideChildren[], where = ''): VerifiedTable {
  const parent = parents.find(({ table }) => isSameTable(table, judged.table))
  if (parent === undefined || judged.status !== 'equal') return judged
  const reason = `${where}${describeChildren(parent)}; its own rows are equal`
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

function findProblem({ partitions }: LiveTable, { findings }: LiveSource): string | undefined {
  const names = new Set(partitions.map((partition) => displayName(partition.name)))
  return findings.find(({ severity, subject }) => severity === 'error' && names.has(subject))?.message
}

/** Why no query may compare a table. */
function findObstacle(table: LiveTable | undefined, { guard }: LiveSource): string | undefined {
  const obstacle = table === undefined ? undefined : guard.whyOnlyCopied(table.name)
  if (obstacle === undefined) return undefined
  const { reason, owner } = obstacle
  return `${reason} in the source${owner === undefined ? '' : `; to compare it anyway, name the role under \`trust\` of the database`}`
}

function pairOf(
  source: LiveTable,
  target: LiveTable,
  { samplePercent, staying }: CompareOptions & { readonly staying: StayingRules },
  texts: ReturnType<typeof hashedTexts>,
): Pair {
  const columns = comparedColumns(source, target)
  const isKey = target.keyColumns?.every((name) => columns.includes(name)) ?? false
  const rows = mostRowsOf(source.partitions)
  const stays = stayRuleOf(staying, source.name)
  const common = {
    columns,
    keyColumns: isKey ? target.keyColumns : undefined,
    // Otherwise, equal keys with different texts count as differences, too.
    keyForms: stays?.condition === undefined ? NO_FORMS : keyForms(target.columns),
    buckets: bucketsFor(rows),
    samplePercent,
  }
  const hashing = {
    source: {
      ...common,
      casts: new Map([...textCasts(source, target), ...unpadded(source, texts)]),
      text: texts.source,
    },
    target: { ...common, casts: unpadded(target, texts), text: texts.target },
  }
  return { source, target, hashing, sums: { source: new BucketSums(), target: new BucketSums() }, stays }
}

/** Without an encoding, a database pads by bytes what others pad by characters. */
function unpadded({ columns }: LiveTable, texts: ReturnType<typeof hashedTexts>): Hashing['casts'] {
  if (texts.source === 'as is') return NO_CASTS
  return new Map(
    columns.flatMap(({ name, baseType }): [string, string][] =>
      /^character\(\d+\)(\[\])*$/.test(baseType)
        ? [[name, baseType.replace(/^character\(\d+\)/, 'pg_catalog.text')]]
        : [],
    ),
  )
}

/**
 * The stored columns of the source, and generated columns that both sides compute and store. If a function was replaced, old rows of the
 * source alone keep its earlier results. A column that is computed from masked values differs from that of the source.
 */
function comparedColumns(source: LiveTable, target: LiveTable): string[] {
  const computed = new Set(
    target.columns.flatMap(({ name, generated }) => (generated === 'stored' ? [name] : [])),
  )
  const isMasked = source.masked !== undefined && source.masked.size > 0
  return source.columns.flatMap(({ name, generated }) =>
    generated === 'no' || (generated === 'stored' && computed.has(name) && !isMasked) ? [name] : [],
  )
}

/** The parts of each side. */
type Parts = Readonly<Record<SideName, ReadonlyTableMap<readonly LivePart[]>>>

async function sumUp(
  source: LiveSource,
  target: LiveSource,
  pairs: readonly Pair[],
  { beside, jobs }: { readonly beside: readonly LivePart[]; readonly jobs: number },
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
  const all = [...planned.source, ...planned.target, ...beside]
  report({
    type: 'copy-planned',
    tables: new TableSet(all.map(({ table }) => table)).size,
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

function byTable(parts: readonly LivePart[]): TableMap<LivePart[]> {
  return groupByTable(parts, ({ table }) => table)
}

/** The parts of both sides are counted together, because progress has one list for each table. */
function placeOf(side: SideName, { table, number }: LivePart, parts: Parts) {
  const [source, target] = [parts.source, parts.target].map((all) => all.get(table)?.length ?? 0)
  const before = side === 'source' ? 0 : (source ?? 0)
  return { table, part: before + number, parts: (source ?? 0) + (target ?? 0) }
}

/**
 * Does not call rows missing whose keys may be those of rows that stay, written in another way: only the target could say which of them are equal.
 */
async function withoutDoubtful(
  judged: VerifiedTable,
  { target, stays, hashing }: Pair,
  { sessions, catalog }: LiveSource,
): Promise<VerifiedTable> {
  const { keyColumns } = hashing.target
  if (stays?.condition === undefined || keyColumns === undefined) return judged
  if (judged.missing === 0 || (judged.kept ?? 0) === 0) return judged
  const isOther = target.columns.some(
    ({ name, baseType }) =>
      keyColumns.includes(name) && catalog.types.get(baseType)?.kind !== 'enum' && hasOtherTexts(baseType),
  )
  const [session] = sessions.all
  if (!isOther && session !== undefined) {
    const [partition] = target.partitions
    const { found } = await session.queryOne<{ found: boolean }>(LOOSE_SQL, [partition?.oid, keyColumns])
    if (!found) return judged
  }
  return notCompared(
    judged.table,
    'lacks rows of the source whose keys may equal those of rows that stay, written in another way',
  )
}

const LOOSE_SQL = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_collation c ON c.oid OPERATOR(pg_catalog.=) a.attcollation
  WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND a.attname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.name[]) AND NOT c.collisdeterministic) AS found`

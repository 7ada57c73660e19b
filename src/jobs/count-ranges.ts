import { sum } from '../core/sum.ts'
import { columnList, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { cutIntoRanges, isFineEnough, rangesFor } from '../transfer/cut-key-ranges.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import {
  countInRanges,
  countOf,
  dealIntoRanges,
  joinRanges,
  type KeyRanges,
  stretchesOf,
} from '../transfer/key-ranges.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { type Incremental, type LandedTables, landedRowsOf } from './incremental-tables.ts'
import type { KnownTable } from './known-ranges.ts'

/** A table that has lost so many rows. */
export interface LossyCount<P extends Part> {
  readonly table: Incremental<P>
  readonly lost: number
}

/** A table with its rows in each range: those of the source, and those that the target will have as long as nothing is deleted. */
export interface ComparedRanges<P extends Part> {
  readonly table: Incremental<P>
  readonly ranges: KeyRanges
  readonly there: readonly number[]
  readonly here: readonly number[]
}

/**
 * Counts both sides of tables that have lost rows in ranges of their key. What the target holds in each range is known where an earlier run has
 * counted it; should that not explain how many rows are lost, it is counted as well.
 */
export async function countRanges<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  lossy: readonly LossyCount<P>[],
): Promise<ComparedRanges<P>[]> {
  if (lossy.length === 0) return []
  const prepare = () => prepareForLookup(run, lossy)
  const compared = await compare(run, changes, await cutAll(run, lossy, true), prepare)
  const isDoubtful = lossy.map(({ lost }, index) => !explains(compared[index], lost))
  const doubtful = lossy.filter((_, index) => isDoubtful[index])
  if (doubtful.length === 0) return compared
  const again = await compare(run, changes, await cutAll(run, doubtful, false))
  return [...compared.filter((_, index) => !isDoubtful[index]), ...again]
}

/** A row whose key is the end of two ranges is lost in both. */
function explains<P extends Part>(compared: ComparedRanges<P> | undefined, lost: number): boolean {
  if (compared === undefined) return false
  const { there, here } = compared
  const missing = here.map((count, index) => count - (there[index] ?? 0))
  return missing.every((count) => count >= 0) && sum(missing) >= lost
}

/** Counts both sides; the target after it was prepared, for which the source need not wait. */
async function compare<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  cut: readonly CutTable<P>[],
  prepare: () => Promise<void> = async () => undefined,
): Promise<ComparedRanges<P>[]> {
  const whole = cut.map(({ table, sections }) => {
    return { table, ranges: joinRanges(sections.map((section) => section.ranges)) }
  })
  const [there, here] = await Promise.all([
    changes.countInRanges(whole.map(({ table: { request }, ranges }) => ({ parts: request.parts, ranges }))),
    prepare().then(() => countInTarget(run, cut)),
  ])
  return whole.map(({ table, ranges }, index) => {
    return { table, ranges, there: there[index] ?? [], here: here[index] ?? [] }
  })
}

/** Neighbouring ranges of a table. */
interface Section {
  readonly ranges: KeyRanges
  /** The rows of the target in each, where they are known. */
  readonly counts: readonly number[] | undefined
}

/** A table and the ranges in which it is counted, in their order. */
interface CutTable<P extends Part> {
  readonly table: Incremental<P>
  readonly sections: readonly Section[]
}

async function cutAll<P extends Part>(
  { target, rules, known }: LandedTables<P>,
  lossy: readonly LossyCount<P>[],
  trustsCounts: boolean,
): Promise<CutTable<P>[]> {
  const cut = new Map<LossyCount<P>, CutTable<P>>()
  await inParallel(target, rules.jobs, lossy, async (session, each) => {
    const { table } = each
    const counted = trustsCounts ? known.get(table.pair) : undefined
    cut.set(each, { table, sections: await cutIntoSections(session, each, counted) })
  })
  return lossy.flatMap((each) => cut.get(each) ?? [])
}

/** Landed rows are looked up by their key. */
async function prepareForLookup<P extends Part>(
  run: LandedTables<P>,
  lossy: readonly LossyCount<P>[],
): Promise<void> {
  const { target, rules } = run
  const landed = lossy.filter(({ table }) => landedRowsOf(run, table) > 0)
  await inParallel(target, rules.jobs, landed, async (session, { table: { names, keyColumns } }) => {
    const landing = relation(names.landing)
    await session.execute(`CREATE INDEX ON ${landing} (${columnList(keyColumns.map(({ name }) => name))})`)
    await session.execute(`ANALYZE ${landing}`)
  })
}

async function cutIntoSections<P extends Part>(
  session: Session,
  { table: { pair, keyColumns, since }, lost }: LossyCount<P>,
  known: KnownTable | undefined,
): Promise<Section[]> {
  const count = rangesFor(since.rowsAfter, lost)
  if (known === undefined || !isFineEnough(known.ranges, count))
    return [{ ranges: await cutIntoRanges(session, pair.target, keyColumns, count), counts: undefined }]
  const sections = [
    { ranges: known.before, counts: undefined },
    { ranges: known.ranges, counts: known.counts },
    { ranges: known.after, counts: undefined },
  ]
  return sections.filter((section) => countOf(section.ranges) > 0)
}

/** What the target will have in each range, as long as nothing is deleted. */
async function countInTarget<P extends Part>(
  run: LandedTables<P>,
  cut: readonly CutTable<P>[],
): Promise<number[][]> {
  const { target, rules } = run
  const counts = cut.map(({ sections }) =>
    sections.flatMap(({ ranges, counts: known }) => known ?? new Array<number>(countOf(ranges)).fill(0)),
  )
  const tasks = cut.flatMap(({ table, sections }, index) =>
    withOffsets(sections).flatMap(({ section, offset }) =>
      countingTasks(run, table, section).map(({ from, count }) => ({
        count,
        at: offset + from,
        index,
      })),
    ),
  )
  await inParallel(target, rules.jobs, tasks, async (session, { count, at, index }) => {
    const all = counts[index] ?? []
    for (const [number, rows] of (await count(session)).entries())
      all[at + number] = (all[at + number] ?? 0) + rows
  })
  return counts
}

function withOffsets(sections: readonly Section[]): { readonly section: Section; readonly offset: number }[] {
  let offset = 0
  return sections.map((section) => {
    const placed = { section, offset }
    offset += countOf(section.ranges)
    return placed
  })
}

/** Counts rows in the ranges of a section, beginning with the one at `from`. */
interface CountingTask {
  readonly from: number
  readonly count: (session: Session) => Promise<number[]>
}

/** Where the rows of the target are known, only those that are to come are counted: few rows, in many ranges. */
function countingTasks<P extends Part>(
  run: LandedTables<P>,
  table: Incremental<P>,
  { ranges, counts }: Section,
): CountingTask[] {
  const { pair, names, key } = table
  const landedRows = landedRowsOf(run, table)
  const whole = tableSql(pair.target)
  const landing = `${relation(names.landing)} AS l`
  const isNew = `NOT EXISTS (SELECT FROM ${whole} AS t WHERE ${sameKeySql(key, 't', 'l')})`
  if (counts !== undefined && landedRows > 0 && ranges.columns.length === 1)
    return [{ from: 0, count: (session) => dealIntoRanges(session, ranges, 'l', landing, isNew) }]
  const sqlOf = (condition: (alias: string) => string) => [
    ...(counts === undefined ? [`(SELECT count(*) FROM ${whole} AS t WHERE ${condition('t')})`] : []),
    ...(landedRows > 0 ? [`(SELECT count(*) FROM ${landing} WHERE ${condition('l')} AND ${isNew})`] : []),
  ]
  if (sqlOf(() => '').length === 0) return []
  return stretchesOf(ranges, run.rules.jobs).map((stretch) => ({
    from: stretch.from,
    count: (session) => countInRanges(session, stretch.ranges, (condition) => sqlOf(condition).join(' + ')),
  }))
}

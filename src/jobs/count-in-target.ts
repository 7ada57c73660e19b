import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import {
  countInRanges,
  countOf,
  dealIntoRanges,
  type KeyRanges,
  stretchesOf,
} from '../transfer/key-ranges.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { Part } from '../transfer/row-source.ts'
import type { LossyCount } from './count-unchanged.ts'
import { type Incremental, type LandedTables, landedRowsOf } from './incremental-tables.ts'

/** Neighbouring ranges of a table. */
export interface Section {
  readonly ranges: KeyRanges
  /** The rows of the target in each, where they are known. */
  readonly counts: readonly number[] | undefined
}

/** A table and the ranges in which it is counted, in their order. */
export interface CutTable<P extends Part> extends LossyCount<P> {
  readonly sections: readonly Section[]
  /** The rows of the source in each range, where they are being counted. */
  readonly inSource?: Promise<readonly number[]>
}

/** What the target will have in each range of the tables, as long as nothing is deleted. */
export async function countInTarget<P extends Part>(
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

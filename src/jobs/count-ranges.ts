import { sum } from '../core/sum.ts'
import { columnList, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { cutIntoRanges, isFineEnough, leavesOf, rangesFor } from '../transfer/cut-key-ranges.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import { joinRanges, type KeyRanges } from '../transfer/key-ranges.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import { type CutTable, countInTarget } from './count-in-target.ts'
import type { LossyCount } from './count-unchanged.ts'
import { type LandedTables, landedRowsOf } from './incremental-tables.ts'
import type { KnownTable } from './known-ranges.ts'

/** A table with its rows in each range: those of the source, and those that the target will have as long as nothing is deleted. */
export interface ComparedRanges<P extends Part> extends LossyCount<P> {
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
  const compared = await compareInRanges(run, changes, await cutAll(run, lossy, true), prepare)
  const doubtful = compared.filter((each) => !explainsLoss(each))
  if (doubtful.length === 0) return compared
  const again = await compareInRanges(run, changes, await cutAll(run, doubtful, false))
  return [...compared.filter(explainsLoss), ...again]
}

/** Whether the rows that are lost are those that the ranges lack. A row whose key is the end of two ranges is lost in both. */
function explainsLoss<P extends Part>({ lost, there, here }: ComparedRanges<P>): boolean {
  const missing = here.map((count, index) => count - (there[index] ?? 0))
  return missing.every((count) => count >= 0) && sum(missing) >= lost
}

/** Counts both sides; the target after it was prepared, for which the source need not wait. */
async function compareInRanges<P extends Part>(
  run: LandedTables<P>,
  changes: ChangeSource<P>,
  cut: readonly CutTable<P>[],
  prepare: () => Promise<void> = async () => undefined,
): Promise<ComparedRanges<P>[]> {
  const whole = cut.map(({ sections, ...lossy }) => {
    return { ...lossy, ranges: joinRanges(sections.map((section) => section.ranges)) }
  })
  const [there, here] = await Promise.all([
    Promise.all(
      whole.map(
        ({ table: { request }, ranges, inSource }) =>
          inSource ?? changes.countInRanges({ parts: request.parts, ranges }),
      ),
    ),
    prepare().then(() => countInTarget(run, cut)),
  ])
  return whole.map(({ table, lost, ranges }, index) => {
    return { table, lost, ranges, there: there[index] ?? [], here: here[index] ?? [] }
  })
}

async function cutAll<P extends Part>(
  { target, rules, known }: LandedTables<P>,
  lossy: readonly LossyCount<P>[],
  trustsCounts: boolean,
): Promise<CutTable<P>[]> {
  const cut = new Map<LossyCount<P>, CutTable<P>>()
  await inParallel(target, rules.jobs, lossy, async (session, each) => {
    cut.set(each, await cutIntoSections(session, each, trustsCounts ? known.get(each.table.pair) : undefined))
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
    await session.defineFrom(`CREATE INDEX ON ${landing} (${columnList(keyColumns.map(({ name }) => name))})`)
    await session.execute(`ANALYZE ${landing}`)
  })
}

async function cutIntoSections<P extends Part>(
  session: Session,
  { table, lost }: LossyCount<P>,
  known: KnownTable | undefined,
): Promise<CutTable<P>> {
  const count = rangesFor(table.since.rowsAfter, lost, leavesOf(table.pair.target).length)
  if (known !== undefined && isFineEnough(known.ranges, count))
    return { table, lost, sections: known.sections, inSource: known.inSource.counts }
  known?.inSource.stop()
  const ranges = await cutIntoRanges(session, table.pair.target, table.keyColumns, count)
  return { table, lost, sections: [{ ranges, counts: undefined }] }
}

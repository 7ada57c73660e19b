import type { Session } from '../postgres/session.ts'
import { readKeyRanges } from '../state/key-ranges.ts'
import { cutAround } from '../transfer/cut-key-ranges.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { countOf, joinRanges, type KeyRanges, rangesBetween } from '../transfer/key-ranges.ts'
import type { ChangeSource, Part, RangedTable } from '../transfer/row-source.ts'
import type { Section } from './count-in-target.ts'
import type { Incremental } from './incremental-tables.ts'

/**
 * Ranges of a table's key of which an earlier run has counted the rows in the target, and those of the keys around them. That run has done so because
 * rows had gone; as this will probably be so again, the rows of the source are counted as soon as the ranges are known.
 */
export interface KnownTable {
  readonly sections: readonly Section[]
  /** Those of all sections. */
  readonly ranges: KeyRanges
  readonly inSource: EarlyCount
}

/** Rows that are being counted before anybody asks for them. */
export interface EarlyCount {
  readonly counts: Promise<readonly number[]>
  /** Nobody will ask for them. */
  stop(): void
}

/** What is known of tables that may have lost rows. */
export type KnownRanges = ReadonlyMap<TablePair, KnownTable>

/** Reads what is known, table by table. */
export async function readKnownRanges<P extends Part>(
  session: Session,
  changes: ChangeSource<P> | undefined,
  tables: readonly Incremental<P>[],
): Promise<KnownRanges> {
  const known = new Map<TablePair, KnownTable>()
  if (changes === undefined) return known
  for (const table of tables) {
    const { pair, isOrdered, since, sourceRows, changedParts, request } = table
    const mayLose = changedParts.length > 0 || since.rowsAfter !== sourceRows
    if (!mayLose || !isOrdered || changes.hasCondition(pair.source.name)) continue
    const sections = await readSections(session, table)
    if (sections === undefined) continue
    const ranges = joinRanges(sections.map((section) => section.ranges))
    known.set(pair, { sections, ranges, inSource: countEarly(changes, { parts: request.parts, ranges }) })
  }
  return known
}

/** Waits until nothing is counted any longer. */
export async function endEarlyCounts(known: KnownRanges): Promise<void> {
  for (const { inSource } of known.values()) inSource.stop()
  for (const { inSource } of known.values()) await inSource.counts
}

async function readSections<P extends Part>(
  session: Session,
  { pair, keyColumns, since }: Incremental<P>,
): Promise<Section[] | undefined> {
  const known = await readKeyRanges(session, pair.target.name, since.runId)
  if (known === undefined) return undefined
  const ranges = rangesBetween(keyColumns, known.ends)
  const { before, after } = await cutAround(session, pair.target, ranges, since.rowsAfter)
  const sections = [
    { ranges: before, counts: undefined },
    { ranges, counts: known.counts },
    { ranges: after, counts: undefined },
  ]
  return sections.filter((section) => countOf(section.ranges) > 0)
}

function countEarly<P extends Part>(changes: ChangeSource<P>, table: RangedTable<P>): EarlyCount {
  const stop = new AbortController()
  const counts = changes.countInRanges(table, stop.signal)
  // Whoever asks for them learns why they could not be counted.
  counts.catch(() => undefined)
  return { counts, stop: () => stop.abort() }
}

import type { Session } from '../postgres/session.ts'
import { readKeyRanges } from '../state/key-ranges.ts'
import { cutAround } from '../transfer/cut-key-ranges.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { isOrdered, type KeyRanges, rangesBetween } from '../transfer/key-ranges.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import type { Incremental } from './incremental-tables.ts'

/** Ranges of a table's key of which an earlier run has counted the rows in the target, and those of the keys around them. */
export interface KnownTable {
  readonly ranges: KeyRanges
  readonly counts: readonly number[]
  readonly before: KeyRanges
  readonly after: KeyRanges
}

/** What is known of tables that may have lost rows. */
export type KnownRanges = ReadonlyMap<TablePair, KnownTable>

/** Reads what is known, table by table. */
export async function readKnownRanges<P extends Part>(
  session: Session,
  changes: ChangeSource<P> | undefined,
  tables: readonly Incremental<P>[],
): Promise<KnownRanges> {
  const ranges = new Map<TablePair, KnownTable>()
  for (const table of tables) {
    const { pair, keyColumns, since, sourceRows, changedParts } = table
    const mayLose = changedParts.length > 0 || since.rowsAfter !== sourceRows
    if (!mayLose || !isOrdered(keyColumns) || changes?.hasCondition(pair.source.name) === true) continue
    const known = await readKnownTable(session, table)
    if (known !== undefined) ranges.set(pair, known)
  }
  return ranges
}

async function readKnownTable<P extends Part>(
  session: Session,
  { pair, keyColumns, since }: Incremental<P>,
): Promise<KnownTable | undefined> {
  const known = await readKeyRanges(session, pair.target.name, since.runId)
  if (known === undefined) return undefined
  const ranges = rangesBetween(keyColumns, known.ends)
  return { ranges, counts: known.counts, ...(await cutAround(session, pair.target, ranges, since.rowsAfter)) }
}

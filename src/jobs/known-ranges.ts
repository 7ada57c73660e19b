import type { Session } from '../postgres/session.ts'
import { readKeyRanges } from '../state/key-ranges.ts'
import { cutAround } from '../transfer/cut-key-ranges.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { isOrdered, type KeyRanges, rangesBetween } from '../transfer/key-ranges.ts'
import type { ChangeSource, Part } from '../transfer/row-source.ts'
import type { Incremental } from './find-vanished.ts'

/** Ranges of a table's key of which an earlier run has counted the rows in the target, and those of the keys around them. */
export interface KnownTable {
  readonly ranges: KeyRanges
  readonly counts: readonly number[]
  readonly before: KeyRanges
  readonly after: KeyRanges
}

/** What is known of tables that may have lost rows, as it is read. */
export type KnownRanges = ReadonlyMap<TablePair, Promise<KnownTable | undefined>>

/** Begins to read what is known, table by table: while rows land, the session has nothing else to do. Whoever awaits a table learns what went wrong. */
export function readKnownRanges<P extends Part>(
  session: Session,
  changes: ChangeSource<P> | undefined,
  tables: readonly Incremental<P>[],
): KnownRanges {
  const inQuestion = tables.filter(({ pair, keyColumns, since, sourceRows, changedParts }) => {
    const mayLose = changedParts.length > 0 || since.rowsAfter !== sourceRows
    return mayLose && isOrdered(keyColumns) && changes?.hasCondition(pair.source.name) === false
  })
  const ranges = new Map<TablePair, Promise<KnownTable | undefined>>()
  let last: Promise<unknown> = Promise.resolve()
  for (const table of inQuestion) {
    const known = last.then(() => readKnownTable(session, table))
    last = known.catch(() => undefined)
    ranges.set(table.pair, known)
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

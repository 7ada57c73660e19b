import type { RunRules } from '../config/config.ts'
import { groupBy } from '../core/group-by.ts'
import { nameKey } from '../core/table-name.ts'
import type { Column, Key } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/copy-parts.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { haveSameOrder } from '../transfer/key-ranges.ts'
import { textCasts } from '../transfer/landing-columns.ts'
import { type MergeNames, usableKey } from '../transfer/merge/merge-table.ts'
import { mostRowsOf } from '../transfer/plan-parts.ts'
import type { KeyRequest, Part, RowSource } from '../transfer/row-source.ts'
import { bucketsFor, type Hashing, hashedTexts, NO_CASTS } from '../transfer/verify/row-hashes.ts'
import type { IncrementalRead } from './choose-reads.ts'
import type { KnownRanges } from './known-ranges.ts'
import type { PlannedRun } from './make-plan.ts'
import type { Watch } from './watch.ts'

/** A table of which only the rows that have changed are read. */
export interface Incremental<P extends Part> extends Omit<IncrementalRead<P>, 'kind'> {
  readonly pair: TablePair
  readonly key: Key
  readonly keyColumns: readonly Column[]
  /** Whether ranges of the key hold the same rows on both sides. */
  readonly isOrdered: boolean
  readonly names: MergeNames
  readonly request: KeyRequest<P>
  /** As `request.hashing`, of the target. */
  readonly hashing: Hashing
}

/** The tables of a plan of which only the rows that have changed are read. `names` are those of their merges, by {@link nameKey}. */
export function incrementalTables<P extends Part>(
  planned: PlannedRun<P>,
  names: ReadonlyMap<string, MergeNames>,
): Incremental<P>[] {
  const { pairs, source, target } = planned.inspection
  const texts = hashedTexts(source.server.encoding, target.server.encoding)
  const parts = groupBy(planned.parts, ({ table }) => nameKey(table))
  return pairs.flatMap((pair) => {
    const name = nameKey(pair.source.name)
    const [read, own] = [planned.reads.get(name), names.get(name)]
    const copied = copiedColumns(pair)
    const key = usableKey(pair.target, copied)
    if (read?.kind !== 'incremental' || own === undefined || key === undefined) return []
    const { kind: _, ...incremental } = read
    const { since } = read
    const columns = key.columns.map((column) => column.name)
    const keyColumns = columns.flatMap((column) =>
      copied.filter(({ name: copiedName }) => copiedName === column),
    )
    const buckets = bucketsFor(mostRowsOf(pair.target.members))
    const common = { columns, keyColumns: columns, buckets, samplePercent: 100 }
    const hashing = { ...common, casts: NO_CASTS, text: texts.target }
    const asThere = { ...common, casts: textCasts(pair.source, pair.target), text: texts.source }
    const request = { parts: parts.get(name) ?? [], since, hashing: asThere }
    const isOrdered = haveSameOrder(pair.source.columns, keyColumns)
    return [{ ...incremental, pair, key, keyColumns, isOrdered, names: own, request, hashing }]
  })
}

/** A run whose tables have landed: of the incremental ones, the rows that have changed. */
export interface LandedTables<P extends Part> {
  readonly rules: RunRules
  readonly watch: Watch
  readonly target: Database
  readonly coordinator: Session
  readonly source: RowSource<P>
  readonly planned: PlannedRun<P>
  /** By {@link nameKey} of the table. */
  readonly landed: ReadonlyMap<string, Copied>
  /** The tables of which only the rows that have changed have landed. */
  readonly tables: readonly Incremental<P>[]
  readonly known: KnownRanges
}

/** How many rows of a table have landed. */
export function landedRowsOf<P extends Part>({ landed }: LandedTables<P>, { pair }: Incremental<P>): number {
  return (landed.get(nameKey(pair.source.name)) ?? NOTHING_COPIED).rows
}

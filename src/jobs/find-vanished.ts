import type { RunRules } from '../config/config.ts'
import { groupBy } from '../core/group-by.ts'
import { nameKey } from '../core/table-name.ts'
import type { Column, Key } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { CountedRanges } from '../state/key-ranges.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/copy-parts.ts'
import type { TablePair } from '../transfer/inspection.ts'
import { createLandingTable } from '../transfer/landing-tables.ts'
import { type MergeNames, type Unchanged, usableKey } from '../transfer/merge/merge-table.ts'
import { mostRowsOf } from '../transfer/plan-parts.ts'
import type { KeyRequest, Part, RowSource } from '../transfer/row-source.ts'
import { bucketsFor, type Hashing } from '../transfer/verify/row-hashes.ts'
import type { IncrementalRead } from './choose-reads.ts'
import { countUnchanged } from './count-unchanged.ts'
import { findRegions } from './find-regions.ts'
import type { KnownRanges } from './known-ranges.ts'
import { landKeys } from './land-keys.ts'
import type { PlannedRun } from './make-plan.ts'
import type { Watch } from './watch.ts'

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

/** A table of which only the rows that have changed are read. */
export interface Incremental<P extends Part> extends Omit<IncrementalRead<P>, 'kind'> {
  readonly pair: TablePair
  readonly key: Key
  readonly keyColumns: readonly Column[]
  readonly names: MergeNames
  readonly request: KeyRequest<P>
}

/** How many rows of a table have landed. */
export function landedRowsOf<P extends Part>({ landed }: LandedTables<P>, { pair }: Incremental<P>): number {
  return (landed.get(nameKey(pair.source.name)) ?? NOTHING_COPIED).rows
}

/** What is known of incremental tables beside their changed rows, by {@link nameKey} of the table. */
export interface Vanished {
  readonly unchanged: ReadonlyMap<string, Unchanged>
  /** How many rows there will be in the ranges of keys. */
  readonly keyRanges: ReadonlyMap<string, CountedRanges>
}

/**
 * Finds what changed rows do not tell: which rows have gone. Counts say of a table whether any has; where one has, keys are counted
 * or summed up piece by piece on both sides, and only those of pieces that differ are fetched.
 * @returns what a merge needs to know of the rows that did not land, and what was counted on the way
 */
export async function findVanished<P extends Part>(run: LandedTables<P>): Promise<Vanished> {
  const { tables } = run
  const { changes } = run.source
  if (changes === undefined || tables.length === 0) return { unchanged: new Map(), keyRanges: new Map() }
  const counted = await countUnchanged(run, changes, tables)
  // Of a table that has lost rows nothing may have landed, but what has gone is told from what has landed.
  for (const { table, lost } of counted)
    if (lost !== 0) await createLandingTable(run.coordinator, table.pair, table.names)
  const regions = await findRegions(run, changes, counted)
  await landKeys(run, changes, regions)
  const unchanged = new Map(
    counted.map(({ table: { pair, names, since, sourceRows } }) => {
      const pieces = regions.find(({ table }) => table.pair === pair)?.pieces
      const rows: Unchanged = {
        sourceRows,
        left: {
          mergeSnapshot: since.mergeSnapshot,
          rows: since.rowsAfter,
          fingerprint: since.rowsFingerprint,
          writeCounters: since.writeCounters ?? undefined,
        },
        vanished: pieces === undefined ? undefined : { keys: names.keys, pieces },
      }
      return [nameKey(pair.source.name), rows]
    }),
  )
  const keyRanges = new Map(
    regions.flatMap(({ table: { pair }, ranges }): [string, CountedRanges][] =>
      ranges === undefined ? [] : [[nameKey(pair.source.name), ranges]],
    ),
  )
  return { unchanged, keyRanges }
}

/** The tables of a plan of which only the rows that have changed are read. `names` are those of their merges, by {@link nameKey}. */
export function incrementalTables<P extends Part>(
  planned: PlannedRun<P>,
  names: ReadonlyMap<string, MergeNames>,
): Incremental<P>[] {
  const { pairs, source, target } = planned.inspection
  const isConverted = source.server.encoding !== target.server.encoding
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
    const hashing: Hashing = { columns, keyColumns: columns, buckets, samplePercent: 100, isConverted }
    const request = { parts: parts.get(name) ?? [], since, hashing }
    return [{ ...incremental, pair, key, keyColumns, names: own, request }]
  })
}

import type { ReadonlyTableMap } from '../core/table-map.ts'
import type { SourceMark, TableAsLeft } from '../core/watermark.ts'
import type { Column, Key } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from '../transfer/inspect/columns.ts'
import type { Inspection, TablePair } from '../transfer/inspect/inspection.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import type { LandedDiffering } from '../transfer/land/differing/land-differing.ts'
import { type MergeNames, pairedKey } from '../transfer/merge/merge-table.ts'
import { sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../transfer/source/live-changes.ts'
import type { RowSource } from '../transfer/source/row-source.ts'
import type { TableRead } from './decide-reads.ts'

/** A table of which only the changed rows have landed: they were the only ones to be read, or the target has the others. */
export interface IncrementalTable {
  readonly pair: TablePair
  /** How many rows the source has. */
  readonly sourceRows: number
  /** The watermark since which they have changed; undefined if all rows were read, and compared with those of the target. */
  readonly since?: Pick<SourceMark, 'xmin'>
  /** How the target was left with the other rows, or found. */
  readonly left: TableAsLeft
  readonly key: Key
  /** The columns of the target's key, in its order. */
  readonly keyColumns: readonly Column[]
  readonly names: MergeNames
}

/** A run whose changed rows have landed. */
export interface LandedChanges {
  readonly coordinator: Session
  readonly target: Database
  readonly source: RowSource
  readonly changes: LiveChanges
  readonly inspection: Inspection
  readonly jobs: number
  readonly signal: AbortSignal
  readonly tables: readonly IncrementalTable[]
  /** What has landed. */
  readonly landed: ReadonlyTableMap<Copied>
}

/** The tables of which only changed rows have landed, by how they were read. */
export function incrementalTables(
  pairs: readonly TablePair[],
  reads: ReadonlyTableMap<TableRead>,
  names: ReadonlyTableMap<MergeNames>,
  differing: ReadonlyTableMap<LandedDiffering>,
): IncrementalTable[] {
  return pairs.flatMap((pair) => {
    const { name } = pair.source
    const [read, compared, own] = [reads.get(name), differing.get(name), names.get(name)]
    const copied = copiedColumns(pair)
    const key = pairedKey(pair)
    if (own === undefined || key === undefined) return []
    const keyColumns = key.columns.flatMap((column) => copied.filter(({ name }) => name === column.name))
    if (read?.kind === 'incremental') {
      const { since, sourceRows } = read
      return [{ pair, key, keyColumns, names: own, since, left: since.left, sourceRows }]
    }
    if (compared === undefined) return []
    const { left, sourceRows } = compared
    return [{ pair, key, keyColumns, names: own, left, sourceRows }]
  })
}

/** How many changed rows of a table have landed. */
export function landedRowsOf({ landed }: LandedChanges, { pair }: IncrementalTable): number {
  return (landed.get(pair.source.name) ?? NOTHING_COPIED).rows
}

/**
 * Whether counts cannot say what the source has deleted. Under a condition, rows can appear and disappear without being changed. If rows
 * stay, the target has rows that the source lacks.
 */
export function needsAllKeys({ pair: { source, stays } }: Pick<IncrementalTable, 'pair'>): boolean {
  return stays !== undefined || source.where !== undefined
}

/** The SQL condition that the target lacks the row `l` of a landing table or of a table of keys. */
export function isNewSql({ pair, key }: Pick<IncrementalTable, 'pair' | 'key'>): string {
  return `NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`
}

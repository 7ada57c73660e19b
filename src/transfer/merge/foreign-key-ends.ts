import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { MergeTable } from './merge-table.ts'

/** A foreign key with the merged tables at its ends. An end is missing if its table is not merged. */
export interface ForeignKeyEnds {
  readonly key: ForeignKey
  readonly child: MergeTable | undefined
  readonly parent: MergeTable | undefined
}

/** Finds the merged tables at both ends of each foreign key. A partition counts as its table. */
export function foreignKeyEnds(keys: readonly ForeignKey[], tables: readonly MergeTable[]): ForeignKeyEnds[] {
  const tableOf = byPartition(tables)
  return keys.map((key) => ({
    key,
    child: tableOf.get(key.childOid),
    parent: tableOf.get(key.parentOid),
  }))
}

/** The tables by the object ids of the relations that hold their rows, because searching a list of thousands would take too long. */
export function byPartition(tables: readonly MergeTable[]): ReadonlyMap<number, MergeTable> {
  return new Map(tables.flatMap((table) => table.target.partitions.map(({ oid }) => [oid, table] as const)))
}

/** Whether the key changes children when a parent row is deleted, instead of checking at the end of the statement. */
export function actsOnDelete({ key }: Pick<ForeignKeyEnds, 'key'>): boolean {
  return key.isEnforced && key.onDelete !== 'no action'
}

/**
 * Whether a child must not refer to the old value of a deleted parent when a statement ends, even if other parents cover that value by then.
 * PostgreSQL 18 refuses that, too, for a PERIOD of a partitioned table.
 */
export function needsLateChildren(end: Pick<ForeignKeyEnds, 'key'>): boolean {
  return actsOnDelete(end) || (end.key.isEnforced && end.key.hasPeriod && end.key.isParentPartitioned)
}

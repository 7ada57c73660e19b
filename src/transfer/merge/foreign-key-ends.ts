import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { MergeTable } from './merge-table.ts'

/** A foreign key with the merged tables at its ends; an end is absent if its table is not being merged. */
export interface ForeignKeyEnds {
  readonly key: ForeignKey
  readonly child: MergeTable | undefined
  readonly parent: MergeTable | undefined
}

/** Finds the merged tables at both ends of each foreign key; a partition stands for the table it belongs to. */
export function foreignKeyEnds(keys: readonly ForeignKey[], tables: readonly MergeTable[]): ForeignKeyEnds[] {
  const byPartition = new Map(
    tables.flatMap((table) => table.target.partitions.map((partition) => [partition.oid, table] as const)),
  )
  return keys.map((key) => ({
    key,
    child: byPartition.get(key.childOid),
    parent: byPartition.get(key.parentOid),
  }))
}

/** Whether the key changes children when a parent row is deleted, instead of checking at the statement's end. */
export function actsOnDelete({ key }: Pick<ForeignKeyEnds, 'key'>): boolean {
  return key.isEnforced && key.onDelete !== 'no action'
}

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
  const tableOf = byPartition(tables)
  return keys.map((key) => ({
    key,
    child: tableOf.get(key.childOid),
    parent: tableOf.get(key.parentOid),
  }))
}

/** The tables by the object ids of the relations that hold their rows: of thousands, none is searched for in a list. */
export function byPartition(tables: readonly MergeTable[]): ReadonlyMap<number, MergeTable> {
  return new Map(tables.flatMap((table) => table.target.partitions.map(({ oid }) => [oid, table] as const)))
}

/** Whether the key changes children when a parent row is deleted, instead of checking at the statement's end. */
export function actsOnDelete({ key }: Pick<ForeignKeyEnds, 'key'>): boolean {
  return key.isEnforced && key.onDelete !== 'no action'
}

import type { TableName } from '../core/table-name.ts'
import { matchesPattern, type TablePattern } from '../core/table-pattern.ts'
import type { ListedRelation } from '../postgres/catalog/list-relations.ts'
import type { Selection } from './inspection.ts'

/** Whether the selection names this relation. */
export function isSelected({ include, exclude, only }: Selection, name: TableName): boolean {
  const matches = (patterns: readonly TablePattern[]) =>
    patterns.some((pattern) => matchesPattern(pattern, name))
  return matches(include) && !matches(exclude) && (only.length === 0 || matches(only))
}

/** The object ids of the selected tables: partitions come with their root, and foreign tables are never copied. */
export function selectedTableOids(selection: Selection, relations: readonly ListedRelation[]): number[] {
  return relations
    .filter(({ kind, name }) => (kind === 'table' || kind === 'partitioned') && isSelected(selection, name))
    .map((relation) => relation.oid)
}

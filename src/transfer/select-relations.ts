import type { TableName } from '../core/table-name.ts'
import { matchesPattern, type TablePattern } from '../core/table-pattern.ts'
import { type ListedRelation, listRelations } from '../postgres/catalog/list-relations.ts'
import { readMembers } from '../postgres/catalog/read-members.ts'
import type { Session } from '../postgres/session.ts'
import type { LockedRelation } from '../postgres/snapshot.ts'
import type { Selection } from './inspection.ts'

/** Whether the selection names this relation. */
export function isSelected({ include, exclude, only }: Selection, name: TableName): boolean {
  const matches = (patterns: readonly TablePattern[]) =>
    patterns.some((pattern) => matchesPattern(pattern, name))
  return matches(include) && !matches(exclude) && (only.length === 0 || matches(only))
}

/** Whether the selection leaves this relation out by name. */
export function isExcluded({ exclude }: Selection, name: TableName): boolean {
  return exclude.some((pattern) => matchesPattern(pattern, name))
}

/**
 * Whether the selection leaves this sequence out, although a selected table uses it: by a pattern that is about more than its schema, as
 * whole schemas are left out for their tables.
 */
export function isExcludedAlone({ exclude }: Selection, name: TableName): boolean {
  return exclude.some((pattern) => isSpecific(pattern) && matchesPattern(pattern, name))
}

/** Whether a pattern is not for whole schemas. */
export function isSpecific({ text }: TablePattern): boolean {
  return !text.endsWith('.*')
}

/** The object ids of the selected tables: partitions come with their root, and foreign tables are never copied. */
export function selectedTableOids(selection: Selection, relations: readonly ListedRelation[]): number[] {
  return relations
    .filter(({ kind, name }) => (kind === 'table' || kind === 'partitioned') && isSelected(selection, name))
    .map((relation) => relation.oid)
}

/** Lists the relations that hold the selected rows and that the role may lock. */
export async function readableRelations(session: Session, selection: Selection): Promise<LockedRelation[]> {
  const members = await readMembers(session, selectedTableOids(selection, await listRelations(session)))
  return members.filter(
    ({ canUseSchema, canSelect, kind }) => canUseSchema && canSelect && kind !== 'foreign',
  )
}

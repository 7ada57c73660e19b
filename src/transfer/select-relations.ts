import { nameKey, type TableName } from '../core/table-name.ts'
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

/** The SQL conditions that the rows of a table must meet, all of them. */
export function conditionsOf({ where }: Pick<Selection, 'where'>, name: TableName): string[] {
  return where.flatMap(({ table, condition }) => (nameKey(table) === nameKey(name) ? [condition] : []))
}

/** One SQL condition that is met where all of these are; undefined where there are none. A comment may end a condition. */
export function joinConditions(conditions: readonly string[]): string | undefined {
  const [only] = conditions
  return conditions.length < 2 ? only : conditions.map((condition) => `(${condition}\n)`).join(' AND ')
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

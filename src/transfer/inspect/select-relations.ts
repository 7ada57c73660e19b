import { isSameTable, type TableName } from '../../core/table-name.ts'
import {
  matchesPattern,
  namesOneRelation,
  namesOneSchema,
  type TablePattern,
} from '../../core/table-pattern.ts'
import type { ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { Selection } from './inspection.ts'

/** The properties of a relation that decide whether it is selected. */
export type Selectable = Pick<ListedRelation, 'name' | 'history' | 'platform'>

/** Whether the selection includes this relation: its patterns match, and it is not left alone. */
export function isSelected(selection: Selection, relation: Selectable): boolean {
  return isMatched(selection, relation.name) && !isLeftAlone(selection, relation)
}

/**
 * Whether a run leaves alone a relation that the patterns match, because its rows are not the application's. This is true of a history of
 * migrations, which belongs to one database, unless the patterns contain its exact name. It is also true of relations of a host or an
 * extension, unless the patterns contain the exact name of the schema. Runs, verification, the first configuration and `check` all use this
 * function.
 */
export function isLeftAlone(selection: Selection, { name, history, platform }: Selectable): boolean {
  const { include, only, takesHistories = false } = selection
  const asks = (isAsking: (pattern: TablePattern) => boolean) =>
    [...include, ...only].some((pattern) => isAsking(pattern) && matchesPattern(pattern, name))
  if (history !== undefined && !(takesHistories && platform === undefined)) return !asks(namesOneRelation)
  return platform !== undefined && !asks(namesOneSchema)
}

/** Whether the patterns of the selection match a name. */
export function isMatched({ include, exclude, only }: Selection, name: TableName): boolean {
  const matches = (patterns: readonly TablePattern[]) =>
    patterns.some((pattern) => matchesPattern(pattern, name))
  return matches(include) && !matches(exclude) && (only.length === 0 || matches(only))
}

/** Whether the selection excludes this relation by name. */
export function isExcluded({ exclude }: Selection, name: TableName): boolean {
  return exclude.some((pattern) => matchesPattern(pattern, name))
}

/**
 * Whether the selection excludes this sequence, although a selected table uses it. The pattern must be about more than its schema, because
 * whole schemas are excluded for their tables.
 */
export function isExcludedAlone({ exclude }: Selection, name: TableName): boolean {
  return exclude.some((pattern) => isSpecific(pattern) && matchesPattern(pattern, name))
}

/** Whether a pattern is not about whole schemas. */
export function isSpecific({ text }: TablePattern): boolean {
  return !text.endsWith('.*')
}

/** All SQL conditions that the rows of a table must meet. */
export function conditionsOf({ where }: Pick<Selection, 'where'>, name: TableName): string[] {
  return where.flatMap(({ table, condition }) => (isSameTable(table, name) ? [condition] : []))
}

/**
 * One SQL condition that is true if all of these are; undefined if there are none. A comment may end a condition, so each gets a line of
 * its own.
 */
export function joinConditions(conditions: readonly string[]): string | undefined {
  const [only] = conditions
  return conditions.length < 2 ? only : conditions.map((condition) => `(${condition}\n)`).join(' AND ')
}

/** The object ids of the selected tables. Partitions are included with their root, and foreign tables are never copied. */
export function selectedTableOids(selection: Selection, relations: readonly ListedRelation[]): number[] {
  return relations
    .filter((relation) => isTable(relation) && isSelected(selection, relation))
    .map((relation) => relation.oid)
}

/** Whether a relation is a table that can be selected by itself. */
export function isTable({ kind }: Pick<ListedRelation, 'kind'>): boolean {
  return kind === 'table' || kind === 'partitioned'
}

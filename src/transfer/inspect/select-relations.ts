import { isSameTable, type TableName } from '../../core/table-name.ts'
import {
  matchesPattern,
  namesOneRelation,
  namesOneSchema,
  type TablePattern,
} from '../../core/table-pattern.ts'
import type { ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { Selection } from './inspection.ts'

/** A relation as far as it matters whether it is selected. */
export type Selectable = Pick<ListedRelation, 'name' | 'history' | 'platform'>

/** Whether the selection is about this relation: its patterns match it, and it is not left alone by itself. */
export function isSelected(selection: Selection, relation: Selectable): boolean {
  return isMatched(selection, relation.name) && !isLeftAlone(selection, relation)
}

/**
 * Whether a run leaves alone what it matches, because it is not a part of the application's rows: the history of migrations, which is true
 * of one database alone, unless its exact name asks for it; and what belongs to a host or an extension, unless the exact name of its
 * schema does. This is the one decision for runs, verification, the first configuration and what `check` says.
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

/** The SQL conditions that the rows of a table must meet, all of them. */
export function conditionsOf({ where }: Pick<Selection, 'where'>, name: TableName): string[] {
  return where.flatMap(({ table, condition }) => (isSameTable(table, name) ? [condition] : []))
}

/** One SQL condition that is met where all of these are; undefined where there are none. A comment may end a condition. */
export function joinConditions(conditions: readonly string[]): string | undefined {
  const [only] = conditions
  return conditions.length < 2 ? only : conditions.map((condition) => `(${condition}\n)`).join(' AND ')
}

/** The object ids of the selected tables: partitions come with their root, and foreign tables are never copied. */
export function selectedTableOids(selection: Selection, relations: readonly ListedRelation[]): number[] {
  return relations
    .filter((relation) => isTable(relation) && isSelected(selection, relation))
    .map((relation) => relation.oid)
}

/** Whether a relation is a table that can be selected by itself. */
export function isTable({ kind }: Pick<ListedRelation, 'kind'>): boolean {
  return kind === 'table' || kind === 'partitioned'
}

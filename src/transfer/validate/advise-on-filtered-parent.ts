import { displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { SourceTable } from '../inspect/inspection.ts'

type Key = Pick<
  ForeignKey,
  | 'child'
  | 'childOid'
  | 'childColumns'
  | 'parent'
  | 'parentOid'
  | 'parentColumns'
  | 'isMatchFull'
  | 'hasPeriod'
>

/** What to do about rows of a child that refer to rows which a `where` on the parent leaves out. */
export function adviseOnFilteredParent(key: Key, child: Pick<SourceTable, 'columns' | 'where'>): string {
  const { parent } = key
  const ofParent = `with the condition of ${displayName(parent)} for …`
  const orRemove = 'Or remove that condition.'
  if (key.hasPeriod)
    return `Leave these rows out, too, by a \`where\` for '${patternOf(key.child)}' that follows the condition of ${displayName(parent)}. ${orRemove}`
  if (key.childOid === key.parentOid)
    return `The table refers to itself, so leave out the rows below these, too: add AND ${outsideTree(key)} to its \`where\`, ${ofParent}. ${orRemove}`
  const own = child.where === undefined ? '' : ' AND what its own condition says'
  const rule = `where: { ${yamlText(patternOf(key.child))}: ${yamlText(insideParent(key, child))} }`
  return `Leave these rows out, too: ${rule}, ${ofParent}${own}. ${orRemove}`
}

/** A row whose key is NULL refers to no row, so it stays: with MATCH SIMPLE if any column is NULL, with MATCH FULL if all are. */
function insideParent(
  { childColumns, parent, parentColumns, isMatchFull }: Key,
  { columns }: Pick<SourceTable, 'columns'>,
): string {
  const required = new Set(columns.flatMap(({ name, isNotNull }) => (isNotNull ? [name] : [])))
  const nulls = childColumns
    .filter((name) => !required.has(name))
    .map((name) => `${identifier(name)} IS NULL`)
  const allNull = nulls.length === childColumns.length ? [`(${nulls.join(' AND ')})`] : []
  const isThere = `(${columnList(childColumns)}) IN (SELECT ${columnList(parentColumns)} FROM ${relation(parent)} WHERE …)`
  return [...(isMatchFull ? allNull : nulls), isThere].join(' OR ')
}

/** Leaves out all rows below one that is left out, so that no level of the tree refers to a missing row. */
function outsideTree({ parent, parentColumns, childColumns }: Key): string {
  const [keys, table] = [columnList(parentColumns), relation(parent)]
  const below = `SELECT ${columnList(parentColumns, 'c.')} FROM ${table} AS c JOIN dropped AS d ON (${columnList(childColumns, 'c.')}) = (${columnList(parentColumns, 'd.')})`
  return `(${keys}) NOT IN (WITH RECURSIVE dropped AS (SELECT ${keys} FROM ${table} WHERE (…) IS NOT TRUE UNION ${below}) SELECT ${keys} FROM dropped)`
}

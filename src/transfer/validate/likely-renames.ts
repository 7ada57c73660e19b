import type { Inspection, SourceColumn, TablePair } from '../inspect/inspection.ts'
import { portableSql } from './portable-sql.ts'

/** A column that the target probably has under another name. */
export interface LikelyRename {
  readonly source: SourceColumn
  readonly target: SourceColumn
}

/**
 * The columns that were probably renamed: each side lacks the other's, both have the same definition, and they stand between the same
 * columns.
 */
export function likelyRenames({ source, target }: TablePair, sides: Inspection): LikelyRename[] {
  const here = new Set(target.columns.map(({ name }) => name))
  const shared = new Set(source.columns.map(({ name }) => name).filter((name) => here.has(name)))
  const others = new Set([...shared, ...source.leftOut])
  const added = new Set(target.columns.filter(({ name }) => !others.has(name)))
  return source.columns.flatMap((column): LikelyRename[] => {
    if (shared.has(column.name)) return []
    const place = placeOf(column, source.columns, shared)
    const twin = [...added].find(
      (other) => isAlike(column, other, sides) && placeOf(other, target.columns, shared) === place,
    )
    if (twin === undefined) return []
    added.delete(twin)
    return [{ source: column, target: twin }]
  })
}

/** The neighbours of a column that both sides have, as a text. */
function placeOf(
  column: SourceColumn,
  columns: readonly SourceColumn[],
  shared: ReadonlySet<string>,
): string {
  const at = columns.indexOf(column)
  const isShared = ({ name }: SourceColumn) => shared.has(name)
  const before = columns.slice(0, at).findLast(isShared)
  const after = columns.slice(at).find(isShared)
  return JSON.stringify([before?.name, after?.name])
}

function isAlike(a: SourceColumn, b: SourceColumn, { source, target }: Inspection): boolean {
  return (
    portableSql(a.type, source.extensionNames) === portableSql(b.type, target.extensionNames) &&
    a.isNotNull === b.isNotNull &&
    a.hasDefault === b.hasDefault &&
    a.generated === b.generated &&
    a.identity === b.identity
  )
}

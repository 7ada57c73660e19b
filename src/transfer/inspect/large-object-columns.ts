import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Column } from '../../postgres/catalog/table.ts'
import { copiedColumns } from './columns.ts'
import type { Inspection, TablePair } from './inspection.ts'

/**
 * The stored columns of a table that may contain numbers of large objects: those of type oid, of domains over it such as lo, and of arrays
 * of either.
 */
export function largeObjectColumns<C extends Pick<Column, 'baseType' | 'generated'>>({
  columns,
}: {
  readonly columns: readonly C[]
}): C[] {
  return columns.filter(({ baseType, generated }) => HOLDS_NUMBERS.test(baseType) && generated === 'no')
}

/** An array of a domain has a base type of its own: that of the extension `lo` has this name. */
const HOLDS_NUMBERS = /^oid(\[\])?$|(^|\.)lo\[\]$/

/** The stored columns whose composite types contain such columns at any depth. The large objects that these refer to are never copied. */
export function composedLargeObjectColumns<C extends Pick<Column, 'baseType' | 'generated'>>(
  { columns }: { readonly columns: readonly C[] },
  types: ReadonlyMap<string, Pick<TypeDefinition, 'kind' | 'parts'>>,
): C[] {
  const holds = (name: string, depth: number): boolean => {
    const type = types.get(name.replace(/\[\]$/, ''))
    if (type === undefined || depth > MOST_DEPTH || (type.kind !== 'composite' && type.kind !== 'domain'))
      return false
    return type.parts.some((part) => {
      const own = type.kind === 'composite' ? part.replace(/^("(?:[^"]|"")*"|\S+) /, '') : part
      return HOLDS_NUMBERS.test(own) || holds(own, depth + 1)
    })
  }
  return columns.filter(({ baseType, generated }) => {
    return generated === 'no' && !HOLDS_NUMBERS.test(baseType) && holds(baseType, 0)
  })
}

const MOST_DEPTH = 20

/** The tables of a run whose large objects are copied with their rows. */
export function referringPairs({ selection, source, pairs }: Inspection): TablePair[] {
  if (selection.hasLargeObjects !== true || source.leftOut?.largeObjects === 0) return []
  return pairs.filter((pair) => largeObjectColumns({ columns: copiedColumns(pair) }).length > 0)
}

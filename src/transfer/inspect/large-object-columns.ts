import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Column } from '../../postgres/catalog/table.ts'
import { copiedColumns } from './columns.ts'
import type { Inspection, TablePair } from './inspection.ts'

type Types = ReadonlyMap<string, Pick<TypeDefinition, 'kind' | 'parts'>>
type Typed = Pick<Column, 'baseType' | 'generated'>

/**
 * The stored columns of a table that may contain numbers of large objects: those of type oid, of domains over it such as lo, and of arrays
 * of either.
 */
export function largeObjectColumns<C extends Typed>(
  { columns }: { readonly columns: readonly C[] },
  types: Types,
): C[] {
  return columns.filter(({ baseType, generated }) => generated === 'no' && holdsNumbers(baseType, types))
}

/** An array of a domain has a base type of its own. */
function holdsNumbers(name: string, types: Types, depth = 0): boolean {
  const element = name.replace(/\[\]$/, '')
  if (element === 'oid') return true
  const type = types.get(element)
  return (
    type?.kind === 'domain' &&
    depth <= MOST_DEPTH &&
    // An array of a domain over arrays counts as one of composite values.
    type.parts.some((part) => !part.endsWith('[]') && holdsNumbers(part, types, depth + 1))
  )
}

/** The stored columns whose composite types contain such columns at any depth. The large objects that these refer to are never copied. */
export function composedLargeObjectColumns<C extends Typed>(
  { columns }: { readonly columns: readonly C[] },
  types: Types,
): C[] {
  const holds = (name: string, depth: number): boolean => {
    const type = types.get(name.replace(/\[\]$/, ''))
    if (type === undefined || depth > MOST_DEPTH || (type.kind !== 'composite' && type.kind !== 'domain'))
      return false
    return type.parts.some((part) => {
      const own = type.kind === 'composite' ? part.replace(/^("(?:[^"]|"")*"|\S+) /, '') : part
      return holdsNumbers(own, types) || holds(own, depth + 1)
    })
  }
  return columns.filter(({ baseType, generated }) => {
    return generated === 'no' && !holdsNumbers(baseType, types) && holds(baseType, 0)
  })
}

const MOST_DEPTH = 20

/** The tables of a run whose large objects are copied with their rows. */
export function referringPairs({ selection, source, pairs }: Inspection): TablePair[] {
  if (selection.hasLargeObjects !== true || source.leftOut?.largeObjects === 0) return []
  return pairs.filter((pair) => largeObjectColumns({ columns: copiedColumns(pair) }, source.types).length > 0)
}

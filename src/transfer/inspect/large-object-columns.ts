import type { Column } from '../../postgres/catalog/table.ts'
import { copiedColumns } from './columns.ts'
import type { Inspection, TablePair } from './inspection.ts'

/**
 * The stored columns of a table that may hold the numbers of large objects: those of type oid, of domains over it such as lo, and of
 * arrays of either. */
export function largeObjectColumns<C extends Pick<Column, 'baseType' | 'generated'>>({
  columns,
}: {
  readonly columns: readonly C[]
}): C[] {
  return columns.filter(({ baseType, generated }) => HOLDS_NUMBERS.test(baseType) && generated === 'no')
}

/** The base type of an array of a domain is its own: that of the extension `lo` has this name. */
const HOLDS_NUMBERS = /^oid(\[\])?$|(^|\.)lo\[\]$/

/** The tables of a run whose large objects come with their rows. */
export function referringPairs({ selection, source, pairs }: Inspection): TablePair[] {
  if (selection.hasLargeObjects !== true || source.leftOut?.largeObjects === 0) return []
  return pairs.filter((pair) => largeObjectColumns({ columns: copiedColumns(pair) }).length > 0)
}

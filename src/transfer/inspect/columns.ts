import type { Column } from '../../postgres/catalog/table.ts'
import type { TablePair } from './inspection.ts'

/** The columns that are copied: stored on both sides, in the source's order. */
export function copiedColumns({ source, target }: TablePair): Column[] {
  const stored = new Map(storedColumns(target).map((column) => [column.name, column]))
  return storedColumns(source).flatMap((column) => stored.get(column.name) ?? [])
}

/** The stored columns that only the target has. A merge keeps their values. */
export function keptColumns({ source, target }: TablePair): Column[] {
  const names = new Set(source.columns.map((column) => column.name))
  return storedColumns(target).filter((column) => !names.has(column.name))
}

/** Every column that is not generated. */
export function storedColumns<C extends Pick<Column, 'generated'>>({
  columns,
}: {
  readonly columns: readonly C[]
}): C[] {
  return columns.filter((column) => column.generated === 'no')
}

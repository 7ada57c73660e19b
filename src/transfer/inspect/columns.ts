import type { Column } from '../../postgres/catalog/table.ts'
import type { SourceColumn, TablePair } from './inspection.ts'

/** The columns that are copied: stored on both sides, in the source's order. */
export function copiedColumns({ source, target }: TablePair): readonly Column[] {
  const [wanted, there] = [storedColumns(source), storedColumns(target)]
  if (areSame(wanted, there)) return there
  const stored = new Map(there.map((column) => [column.name, column]))
  return wanted.flatMap((column) => stored.get(column.name) ?? [])
}

/** The stored columns that only the target has. A merge keeps their values. */
export function keptColumns({ source, target }: TablePair): readonly Column[] {
  if (areSame(source.columns, target.columns)) return NONE
  const names = new Set(source.columns.map((column) => column.name))
  return storedColumns(target).filter((column) => !names.has(column.name))
}

const NONE: readonly Column[] = []

/** Every column that is not generated. */
export function storedColumns<C extends Pick<Column, 'generated'>>({
  columns,
}: {
  readonly columns: readonly C[]
}): readonly C[] {
  const isStored = ({ generated }: C) => generated === 'no'
  return columns.every(isStored) ? columns : columns.filter(isStored)
}

/** So it is for most tables, and for thousands of them, nothing else need be built then. */
function areSame(some: readonly SourceColumn[], others: readonly SourceColumn[]): boolean {
  return some.length === others.length && some.every(({ name }, index) => others[index]?.name === name)
}

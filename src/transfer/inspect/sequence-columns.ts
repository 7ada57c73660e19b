import type { Sequence, SequenceColumn } from '../../postgres/catalog/read-sequences.ts'
import type { Column, Table } from '../../postgres/catalog/table.ts'

/** A column of a table of the run that gets its values from a sequence. */
export interface NumberedColumn {
  readonly table: Table
  readonly column: Column
}

const NUMBERS = new Set(['smallint', 'integer', 'bigint'])

/** The columns of these tables whose rows show how far the sequence has advanced. For a partition, the whole table is searched. */
export function numberedColumns({ columns }: Sequence, tables: readonly Table[]): NumberedColumn[] {
  const found = columns
    .filter(({ isDefault }) => isDefault)
    .flatMap((use) => columnOf(use, tables) ?? [])
    .filter(({ column }) => NUMBERS.has(column.baseType))
  return found.filter((each, index) => found.findIndex(({ column }) => column === each.column) === index)
}

/** The columns of these tables that store something other than the plain numbers of the sequence. */
export function unnumbered({ columns }: Sequence, tables: readonly Table[]): SequenceColumn[] {
  return columns.filter((use) => {
    const baseType = use.isDefault ? columnOf(use, tables)?.column.baseType : undefined
    return baseType !== undefined && !NUMBERS.has(baseType)
  })
}

function columnOf(use: SequenceColumn, tables: readonly Table[]): NumberedColumn | undefined {
  const table = tablesByPartition(tables).get(use.tableOid)
  const column = table?.columns.find(({ name }) => name === use.column)
  return table === undefined || column === undefined ? undefined : { table, column }
}

/** A database may have as many sequences as tables, so each lookup is by key. */
function tablesByPartition(tables: readonly Table[]): ReadonlyMap<number, Table> {
  const known = byPartition.get(tables)
  if (known !== undefined) return known
  const made = new Map(tables.flatMap((table) => table.partitions.map(({ oid }) => [oid, table] as const)))
  byPartition.set(tables, made)
  return made
}

const byPartition = new WeakMap<readonly Table[], ReadonlyMap<number, Table>>()

/** Whether a sequence of the source counts in the opposite direction, so that its position means nothing in the target. */
export function countsOtherwise(
  source: { readonly increment: string | undefined },
  target: Pick<Sequence, 'increment'>,
): boolean {
  return (
    source.increment !== undefined && source.increment.startsWith('-') !== target.increment.startsWith('-')
  )
}

import type { SourceMark } from '../../core/watermark.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'

/**
 * Where a column of a table is stored, in each of its partitions: texts that no other column of any database shares. They stay the same when the table or the
 * column is renamed, or a partition is detached.
 */
export function placesOf(
  { partitions, columns, leftOut }: Pick<LiveTable, 'partitions' | 'columns' | 'leftOut'>,
  { systemIdentifier, databaseOid }: Pick<SourceMark, 'systemIdentifier' | 'databaseOid'>,
  column: string,
): string[] {
  const own = columns.find(({ name }) => name === column)
  if (own === undefined) return []
  const names = [...columns.map(({ name }) => name), ...leftOut].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  const index = names.indexOf(column)
  return partitions.map(
    ({ oid, columnNumbers }) =>
      `${systemIdentifier ?? ''}.${databaseOid}.${oid}.${columnNumbers?.[index] ?? own.number}`,
  )
}

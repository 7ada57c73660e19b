import { TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { ViolationError } from './check-constraints.ts'
import { IncrementalReadError } from './incremental-read-error.ts'

/**
 * Rows violate a constraint that the source has, too. So one of its tables may have been read incrementally from a wrong watermark, and old
 * rows meet new ones. Undefined if all its tables were read in full, or for another error.
 */
export function suspectIncrementalRead(
  error: unknown,
  inspection: Inspection,
  isIncremental: (table: TableName) => boolean,
): IncrementalReadError | undefined {
  const violated = violatedTables(error, inspection)
  if (violated === undefined) return undefined
  const tables = rootsOf(violated, inspection).filter((table) => isIncremental(table))
  if (tables.length === 0) return undefined
  return new IncrementalReadError(
    `An incremental read of ${tables.map(displayName).join(', ')} copied rows that violate a constraint of the target`,
    {
      contradiction: 'violated',
      tables,
      hint: 'If the full read violates it, too, rows of the source violate it. Otherwise compare both sides with `mbsync verify`, and please report it as a bug.',
    },
  )
}

/** The tables of a violated constraint. */
function violatedTables(error: unknown, { target }: Inspection): readonly TableName[] | undefined {
  if (error instanceof ViolationError) return error.tables
  if (!(error instanceof DatabaseError)) return undefined
  if (error.withoutPartition !== undefined) return [error.withoutPartition]
  const { violated } = error
  if (violated === undefined) return undefined
  const { constraint, relation } = violated
  if (relation === undefined) return target.tables.map(({ name }) => name)
  // The server names the child or the parent, depending on the statement.
  const keys = target.foreignKeys.filter(
    ({ name, child, parent }) =>
      name === constraint && [child, parent].some((end) => isSameTable(end, relation)),
  )
  return [relation, ...keys.flatMap(({ child, parent }) => [child, parent])]
}

/** The tables of the run that hold the rows of these relations, which may be partitions. */
function rootsOf(relations: readonly TableName[], { pairs }: Inspection): TableName[] {
  const wanted = new TableSet(relations)
  return pairs
    .map(({ target }) => target)
    .filter(({ name, partitions }) =>
      [name, ...partitions.map((partition) => partition.name)].some((each) => wanted.has(each)),
    )
    .map(({ name }) => name)
}

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
  const violated = new TableSet(violatedTables(error, inspection))
  const tables = inspection.pairs
    .map(({ target }) => target)
    .filter(
      ({ name, partitions }) =>
        isIncremental(name) && [{ name }, ...partitions].some((each) => violated.has(each.name)),
    )
    .map(({ name }) => name)
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

/** The tables or partitions of a violated constraint; none for another error. */
function violatedTables(error: unknown, { target }: Inspection): readonly TableName[] {
  if (error instanceof ViolationError) return error.tables
  if (!(error instanceof DatabaseError)) return []
  if (error.withoutPartition !== undefined) return [error.withoutPartition]
  const { violated } = error
  if (violated === undefined) return []
  const { constraint, relation } = violated
  if (relation === undefined) return target.tables.map(({ name }) => name)
  // The server names the child or the parent, depending on the statement.
  const keys = target.foreignKeys.filter(
    ({ name, child, parent }) =>
      name === constraint && [child, parent].some((end) => isSameTable(end, relation)),
  )
  return [relation, ...keys.flatMap(({ child, parent }) => [child, parent])]
}

import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'

/** Values of another form, and violated constraints. */
const UNFIT = /^2[23]/
/** Values that rows of the source have, too, are explained elsewhere. */
const TWICE = ['23505', '23P01', '23503']

/** The error of a row that stays and that its table does not take, as the source defines it; any other error as it is. */
export function explainUnfit(error: unknown, table: TableName): unknown {
  if (!(error instanceof DatabaseError)) return error
  const { sqlState = '', message } = error
  if (!UNFIT.test(sqlState) || TWICE.includes(sqlState)) return error
  return new FailedError(
    `${displayName(table)}: a row that the target keeps does not fit the table as the source defines it: ${message.replace(/^[^:]*: /, '')}`,
    {
      cause: error,
      hint: 'Nothing has changed. Change or delete the row in the target, or write the target in place: `strategy: merge`.',
    },
  )
}

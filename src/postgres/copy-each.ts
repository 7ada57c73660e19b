import type pg from 'pg'
import { displayName, type TableName } from '../core/table-name.ts'
import { type CopyIn, copyInEach } from './copy-in-each.ts'
import { type CopiedOut, copyOutEach } from './copy-out-each.ts'
import { DatabaseError } from './explain-error.ts'
import type { Statements } from './statements.ts'
import type { Wire } from './wire.ts'

/** A COPY, and the table whose rows it is about. */
export interface TableCopy {
  readonly table: TableName
  readonly sql: string
}

/**
 * Runs many `COPY … TO STDOUT` of few rows in one message. An error names the table of the one that failed.
 * @returns the rows of each; undefined if they turn out to be too many to be held in memory
 */
export async function copyEachOut(
  statements: Statements,
  wire: Wire,
  copies: readonly TableCopy[],
): Promise<CopiedOut[] | undefined> {
  const copied: CopiedOut[] = []
  const sqls = copies.map(({ sql }) => sql)
  const areHeld = await send(statements, wire, copies, copied, (client) =>
    copyOutEach(client, sqls, (each) => copied.push(each)),
  )
  return areHeld ? copied : undefined
}

/** The same of `COPY … FROM STDIN`: returns how many rows the server has counted of each. */
export async function copyEachIn(
  statements: Statements,
  wire: Wire,
  copies: readonly (TableCopy & CopyIn)[],
): Promise<number[]> {
  const counts: number[] = []
  await send(statements, wire, copies, counts, (client) =>
    copyInEach(client, copies, (rows) => counts.push(rows)),
  )
  return counts
}

/** `ended` has one element for each COPY that has ended. */
async function send<T>(
  statements: Statements,
  wire: Wire,
  copies: readonly TableCopy[],
  ended: readonly unknown[],
  copy: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const explain = (error: unknown) => {
    const failed = copies[ended.length]
    const explained = statements.explain(error, 'execution', failed?.sql)
    const isOfTable = failed !== undefined && explained instanceof DatabaseError
    throw isOfTable ? explained.inTable(displayName(failed.table)) : explained
  }
  const sql = copies.map((each) => each.sql).join(';\n')
  const result = await statements.run(sql, () => wire.send(copy).catch(explain))
  if (ended.length !== copies.length)
    throw new Error('A server has answered another number of COPY statements than it was sent')
  return result
}

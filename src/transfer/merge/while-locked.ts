import type { Table } from '../../postgres/catalog/table.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { tableSql } from './row-sql.ts'

/** Runs `work` in a transaction with tables locked for reading; undefined if the lock is not available at once. */
export async function whileLocked<T>(
  session: Session,
  tables: readonly Table[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  return session.transaction(BEGIN, async () => {
    try {
      const names = tables.map(tableSql).join(', ')
      await session.execute(`LOCK TABLE ${names} IN ACCESS SHARE MODE NOWAIT`)
    } catch (error) {
      if (!(error instanceof DatabaseError && error.sqlState === LOCK_NOT_AVAILABLE)) throw error
      return undefined
    }
    return work()
  })
}

/** The COMMIT of the merge waits for its own log, and so for everything that was written before. */
const BEGIN = 'BEGIN; SET LOCAL synchronous_commit = off'

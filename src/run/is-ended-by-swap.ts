import { DatabaseError } from '../postgres/explain-error.ts'

/** A connection that has waited for a database while it was renamed. */
const RENAMED = '3D000'

/** Whether the switch of a swap may have ended a session: the name of the target then leads to another database. */
export function isEndedBySwap(error: unknown): boolean {
  return error instanceof DatabaseError && (error.isConnectionLost || error.sqlState === RENAMED)
}

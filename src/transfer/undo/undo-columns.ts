/** The additional columns of an undo table: what was done to the row, and for an old row, which transaction wrote it, and its position. */
export const UNDO_COLUMNS = ['mbsync_op "char"', 'mbsync_xmin xid', 'mbsync_toid oid', 'mbsync_tid tid']

/** Whether a row of an undo table is one that the run inserted. Rows that landed as the undo set of an empty table have no op. */
export function isInserted(alias: string): string {
  return `(${alias}.mbsync_op IS NULL OR ${alias}.mbsync_op = 'i')`
}

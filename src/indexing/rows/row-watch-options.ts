import type { TableName } from '../../core/table-name.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { SeenSessions } from '../../transfer/target-writes/write-counters.ts'

/** What is needed to know whether the rows behind the documents of a collection have changed. */
export interface RowWatchOptions {
  readonly session: Session
  readonly runId: number
  readonly collectionId: number
  /** All that the documents are made of, as one SELECT. */
  readonly sql: string
  /** The ids of the documents that a row of a table takes part in, as SQL over its columns. */
  readonly keys: readonly { readonly table: TableName; readonly id: string }[]
  /** The column of the id, where the query is one that can be limited to some ids. */
  readonly idColumn?: string
  /** The sessions of strangers when the run began. */
  readonly seen: SeenSessions
  /** The sessions of this process that have written to no table of users. */
  readonly harmless: Pick<Database, 'openPids'>
  /** The whole query is run at the latest after this number of runs. */
  readonly recheck: number
}

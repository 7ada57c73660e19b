import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'

/** A table that a run has changed which died after its COMMIT: what follows upon a change was not done. */
export interface UnfinishedTable extends TableName {
  /** Whether that run has created something, such as views that are empty still. */
  readonly hasCreated: boolean
}

/** Reads the tables of such runs since the last one that came to its end. */
export function readUnfinishedTables(session: Session): Promise<UnfinishedTable[]> {
  return session.query<UnfinishedTable & Record<string, unknown>>(UNFINISHED_SQL)
}

const UNFINISHED_SQL = `
SELECT t.schema_name AS schema, t.table_name AS name, bool_or(r.created IS NOT NULL) AS "hasCreated"
FROM mbsync.runs r JOIN mbsync.run_tables t ON t.run_id = r.id
WHERE r.status = 'succeeded' AND r.exit_code IS NULL AND t.inserted + t.updated + t.deleted > 0 AND r.id > coalesce((
    SELECT max(id) FROM mbsync.runs WHERE status = 'succeeded' AND exit_code IS NOT NULL AND mode IN ('full', 'incremental')
  ), 0)
GROUP BY 1, 2`

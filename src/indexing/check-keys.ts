import type { SearchIndexConfig } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { DatabaseError, isOfConnection } from '../postgres/explain-error.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { withUserPath } from '../postgres/user-path.ts'
import { keyOfRowSql } from './rows/list-changed-ids.ts'
import { queryOf } from './search-task.ts'

/**
 * Finds `keys` that are of no use: those of tables that the query does not read, and SQL that does not fit its table. No run fails for them, but each makes all
 * documents again. Changes nothing.
 */
export async function checkKeys(session: Session, config: SearchIndexConfig): Promise<Finding[]> {
  const { name: subject, keys } = config
  if (keys.length === 0) return []
  const read = await readRelations(session, queryOf(config).sql)
  const findings: Finding[] = []
  for (const { table, id } of keys) {
    const found = await findProblem(session, table, id, read)
    if (found !== undefined) findings.push({ severity: 'note', subject, ...found })
  }
  return findings
}

async function findProblem(
  session: Session,
  table: TableName,
  id: string,
  read: ReadonlySet<number>,
): Promise<Pick<Finding, 'message' | 'hint'> | undefined> {
  const name = displayName(table)
  const [found] = await session.query<{ oid: number; isTable: boolean }>(
    `SELECT oid, relkind IN ('r', 'p', 'm') AS "isTable" FROM pg_class WHERE oid = to_regclass($1)`,
    [relation(table)],
  )
  if (found === undefined)
    return {
      message: `\`keys\` names ${name}, which is not there`,
      hint: 'Correct the name, or leave it out.',
    }
  if (!read.has(found.oid)) {
    return {
      message: `\`keys\` names ${name}, which its query does not read`,
      hint: 'Leave it out, or name the partitioned table instead of a partition.',
    }
  }
  if (!found.isTable) {
    return {
      message: `\`keys\` names ${name}, which is not a table`,
      hint: 'Name the tables that the view reads, each with the id of its documents.',
    }
  }
  try {
    await withUserPath(session, 'reading', () => session.parse(keyOfRowSql(table, id, relation(table))))
    return undefined
  } catch (error) {
    if (!(error instanceof DatabaseError) || isOfConnection(error)) throw error
    return {
      message: `the id that \`keys\` gives for ${name} is no SQL over its columns: ${error.message}`,
      hint: 'Until it is corrected, changed rows of this table make all documents again.',
    }
  }
}

/** Parsing a query locks every relation that it reads, also through views, until the transaction ends. */
async function readRelations(session: Session, sql: string): Promise<Set<number>> {
  const rows = await session.transaction('BEGIN READ ONLY', async () => {
    await session.parse(sql)
    return session.query<{ oid: number }>(
      `SELECT relation AS oid FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`,
    )
  })
  return new Set(rows.map(({ oid }) => oid))
}

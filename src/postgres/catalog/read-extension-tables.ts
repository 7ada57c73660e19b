import type { TableName } from '../../core/table-name.ts'
import { DatabaseError } from '../explain-error.ts'
import { relation } from '../identifiers.ts'
import type { Session } from '../session.ts'
import { readPlannedCode } from './read-foreign-code.ts'
import { isTrustedRoleSql } from './trusted-role.ts'

/** A table of an extension whose rows of users belong into a dump of the database. */
export interface ExtensionTable {
  readonly table: TableName
  readonly extension: string
  /** Whether it was seen to hold such rows; else that could not be looked at. */
  readonly isKnown: boolean
}

/**
 * Finds the configuration tables of extensions (`pg_extension_config_dump`) that hold rows of users, or may hold some. What tells those rows apart
 * is a condition that the extension gives: it is evaluated only where nobody wrote it, or could have, who is not trusted with the rights of
 * the current role. No transaction must be open, as the condition may fail.
 */
export async function readExtensionTables(
  session: Session,
  isMeant: (name: TableName) => boolean,
): Promise<ExtensionTable[]> {
  const rows = await session.query<Config & Record<string, unknown>>(
    CONFIG_SQL.replace('$isExtensionTrusted$', isTrustedRoleSql('e.extowner', session)).replace(
      '$isTableTrusted$',
      isTrustedRoleSql('c.relowner', session),
    ),
  )
  const tables = rows.filter(isMeant)
  const foreign = await readPlannedCode(
    session,
    tables.map(({ oid }) => oid),
  )
  const doubtful = new Set(foreign.map(({ relationOid }) => relationOid))
  const found: ExtensionTable[] = []
  for (const config of tables) {
    const isSafe = config.isTrusted && config.canSelect && !doubtful.has(config.oid)
    const holdsRows = isSafe ? await holdsUserRows(session, config) : undefined
    if (holdsRows === false) continue
    const { schema, name, extension } = config
    found.push({ table: { schema, name }, extension, isKnown: holdsRows === true })
  }
  return found
}

interface Config extends TableName {
  readonly oid: number
  readonly extension: string
  /** Empty, or beginning with WHERE. */
  readonly condition: string
  readonly isTrusted: boolean
  readonly canSelect: boolean
}

async function holdsUserRows(
  session: Session,
  { oid, condition, ...name }: Config,
): Promise<boolean | undefined> {
  try {
    return await session.transaction('BEGIN READ ONLY', async () => {
      await session.execute(`LOCK TABLE ONLY ${relation(name)} IN ACCESS SHARE MODE`)
      // The owner of its schema could have put something else in its place.
      const { isSame } = await session.queryOne<{ isSame: boolean }>(
        'SELECT to_regclass($1)::oid IS NOT DISTINCT FROM $2::oid AS "isSame"',
        [relation(name), oid],
      )
      if (!isSame) return undefined
      const sql = `SELECT EXISTS (SELECT FROM ONLY ${relation(name)} ${condition}) AS holds`
      return (await session.queryOne<{ holds: boolean }>(sql)).holds
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    return undefined
  }
}

const CONFIG_SQL = `
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS name, e.extname AS extension, coalesce(condition, '') AS condition,
  $isExtensionTrusted$ AND $isTableTrusted$ AS "isTrusted",
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid) AS "canSelect"
FROM pg_extension e
CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS config (relation, condition)
JOIN pg_class c ON c.oid = config.relation AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

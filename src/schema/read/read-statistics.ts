import type { Session } from '../../postgres/session.ts'
import { quoteQualified } from '../quote-name.ts'
import { IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads extended statistics: their definitions, not their values. */
export async function readStatistics(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const rows = await session.query<StatisticsRow>(STATISTICS_SQL)
  const own = rows.filter(({ id }) => dependencies.extensionOf(id) === undefined)
  return {
    objects: own.map(({ id, schema, name, owner, tableSchema, table, definition, target }) => {
      const identity = `STATISTICS ${quoteQualified({ schema, name })}`
      return {
        id,
        kind: 'statistics',
        identity,
        schema,
        of: { schema: tableSchema, name: table },
        section: 'post-data',
        create: [definition, ...(target === null ? [] : [`ALTER ${identity} SET STATISTICS ${target}`])],
        owner,
      }
    }),
  }
}

interface StatisticsRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly tableSchema: string
  readonly table: string
  readonly definition: string
  readonly target: number | null
}

const STATISTICS_SQL = `
SELECT 'pg_statistic_ext:' || s.oid AS id, n.nspname AS schema, s.stxname AS name, pg_get_userbyid(s.stxowner) AS owner,
  tn.nspname AS "tableSchema", c.relname AS table, pg_get_statisticsobjdef(s.oid) AS definition, nullif(s.stxstattarget, -1) AS target
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = c.relnamespace
WHERE ${IS_USER_SCHEMA}`

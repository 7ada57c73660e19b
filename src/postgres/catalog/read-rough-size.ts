import type { Session } from '../session.ts'

/** The number and the size of the tables of a database. */
export interface RoughSize extends Record<string, unknown> {
  readonly tables: number
  /** As VACUUM and ANALYZE have last seen them. */
  readonly bytes: number
}

/** Reads what tells a small database from others, before its tables are listed. */
export async function readRoughSize(session: Session): Promise<RoughSize> {
  return session.queryOne<RoughSize>(ROUGH_SIZE_SQL)
}

const ROUGH_SIZE_SQL = `
SELECT count(*)::float8 AS tables, coalesce(sum(c.relpages), 0) * current_setting('block_size')::float8 AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`

import type { Session } from '../session.ts'

/** More tables are not looked at: they keep the sessions of any run busy. */
const MOST_TABLES = 400

/** Reads the sizes of the tables of a database in bytes, as VACUUM and ANALYZE have last seen them, before its tables are listed. */
export async function readRoughSizes(session: Session): Promise<readonly number[]> {
  const { sizes } = await session.queryOne<{ sizes: readonly number[] }>(ROUGH_SIZES_SQL)
  return sizes
}

const ROUGH_SIZES_SQL = `
SELECT ARRAY(
  SELECT (c.relpages + coalesce(t.relpages, 0)) * current_setting('block_size')::float8
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
  WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  LIMIT ${MOST_TABLES}) AS sizes`

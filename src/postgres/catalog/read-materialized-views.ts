import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'

/** A materialized view that reads, directly or through other views, from some of the tables asked for. */
export interface MaterializedView {
  readonly name: TableName
  readonly owner: string
  /** Whether REFRESH … CONCURRENTLY, which does not block its readers, is possible. */
  readonly canRefreshConcurrently: boolean
}

/**
 * Finds the materialized views over the given relations, each after those that it reads from.
 * @param withEmpty whether to find those, too, that are not populated
 */
export async function readMaterializedViews(
  session: Session,
  oids: readonly number[],
  withEmpty = false,
): Promise<MaterializedView[]> {
  const rows = await session.query<Omit<MaterializedView, 'name'> & { schema: string; name: string }>(
    MATERIALIZED_VIEWS_SQL,
    [oids, withEmpty],
  )
  return rows.map(({ schema, name, ...view }) => ({ ...view, name: { schema, name } }))
}

/** The longest path from a table to a view is its depth: refreshing by depth refreshes what a view reads first. */
const MATERIALIZED_VIEWS_SQL = `
WITH RECURSIVE edges AS (
  SELECT DISTINCT d.refobjid AS base, r.ev_class AS view
  FROM pg_rewrite r
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
  JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
), readers (oid, depth) AS (
  SELECT o, 0 FROM unnest($1::oid[]) AS o
  UNION
  SELECT e.view, r.depth + 1 FROM readers r JOIN edges e ON e.base = r.oid
)
SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner,
  c.relispopulated AND EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
  ) AS "canRefreshConcurrently"
FROM readers r
JOIN pg_class c ON c.oid = r.oid AND c.relkind = 'm' AND (c.relispopulated OR $2)
JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY c.oid, n.nspname, c.relname, c.relowner, c.relispopulated
ORDER BY max(r.depth), n.nspname COLLATE "C", c.relname COLLATE "C"`

import { FailedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { pagesSql } from '../../postgres/large-objects.ts'
import type { Session } from '../../postgres/session.ts'
import { startOf } from '../land/land-large-objects.ts'
import { truncateSql } from '../merge/merge-large-objects.ts'

/** How many of the large objects that a run wrote have changed since. */
export async function countChangedLargeObjects(session: Session, undo: TableName): Promise<number> {
  const U = relation(undo)
  const { n } = await session.queryOne<{ n: number }>(
    `${pagesSql(`(SELECT u.oid FROM ${U} AS u JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = u.oid WHERE u.page IS NULL) AS o`)},
     now AS (SELECT oid, pg_catalog.sha256(string_agg(hash, ''::bytea ORDER BY page)) AS hash FROM pages GROUP BY oid)
     SELECT count(*)::float8 AS n FROM ${U} AS u LEFT JOIN now ON now.oid = u.oid WHERE u.page IS NULL AND now.hash IS DISTINCT FROM u.hash`,
  )
  return n
}

/**
 * Restores the large objects that a run wrote, and deletes those that it created.
 * @throws FailedError if one that it changed is missing, because the pages that the run did not replace are not known
 */
export async function restoreLargeObjects(session: Session, undo: TableName): Promise<void> {
  const U = relation(undo)
  const there = `EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata AS m WHERE m.oid = u.oid)`
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${U} AS u WHERE page IS NULL AND NOT is_new AND NOT ${there}`,
  )
  if (n > 0) {
    throw new FailedError(
      `${session.database}: ${n} of the large objects that the run changed were deleted since, and cannot be restored`,
      { hint: 'Nothing has changed. Restore them from a backup of the target, or run `mbsync sync` again.' },
    )
  }
  await session.execute(`
    SELECT count(*) FROM ${U} AS u WHERE page IS NULL AND is_new AND ${there} AND pg_catalog.lo_unlink(oid) IS NOT NULL;
    SELECT count(*) FROM ${U} AS u WHERE page IS NOT NULL AND pg_catalog.length(data) > 0 AND pg_catalog.lo_put(oid, ${startOf('page')}, data) IS NOT NULL;
    ${truncateSql(`SELECT oid, bytes AS size FROM ${U} WHERE page IS NULL AND NOT is_new`)}`)
}

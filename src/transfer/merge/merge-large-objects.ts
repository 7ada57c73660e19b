import { FailedError } from '../../core/errors.ts'
import type { TableName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { PAGE_BYTES, pagesSql } from '../../postgres/large-objects.ts'
import type { Session } from '../../postgres/session.ts'
import { type LandedLargeObjects, startOf } from '../land/land-large-objects.ts'

/** The result of merging large objects. */
export interface MergedLargeObjects {
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  /** The undo table with the replaced pages; undefined if there was nothing to do. */
  readonly undo: TableName | undefined
}

/**
 * Makes the large objects that rows refer to equal to those of the source, in the transaction of the merge. Others are left alone,
 * including those of deleted rows, because other rows may refer to them.
 * @throws FailedError if another session changed one after it was compared
 */
export async function mergeLargeObjects(
  session: Session,
  landed: LandedLargeObjects,
): Promise<MergedLargeObjects> {
  const { pages, undo } = landed
  const { touched, total } = await session.queryOne<{ touched: number; total: number }>(
    `SELECT count(DISTINCT oid) FILTER (WHERE data IS NOT NULL)::float8 AS touched, count(DISTINCT oid)::float8 AS total FROM ${relation(pages)}`,
  )
  if (touched > 0) {
    await saveUndo(session, landed)
    await session.execute(writeSql(landed))
  }
  await expectAsLanded(session, pages)
  const created = touched > 0 ? await giveToOwners(session, landed) : 0
  return {
    created,
    changed: touched - created,
    unchanged: total - touched,
    undo: touched > 0 ? undo : undefined,
  }
}

/** One row without a page for each large object that is written, and one for each page that is replaced or cut off. */
async function saveUndo(session: Session, { pages, undo }: LandedLargeObjects): Promise<void> {
  const [P, U] = [relation(pages), relation(undo)]
  await session.define(
    `CREATE TABLE ${U} (oid oid, page int, data bytea, is_new boolean, bytes bigint, hash bytea)`,
  )
  await session.execute(`
    INSERT INTO ${U} (oid, is_new, hash)
      SELECT oid, NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = p.oid),
        pg_catalog.sha256(string_agg(hash, ''::bytea ORDER BY page))
      FROM ${P} AS p GROUP BY oid HAVING bool_or(data IS NOT NULL);
    ${pagesSql(`(SELECT oid FROM ${U} WHERE NOT is_new) AS o`)}
    INSERT INTO ${U} (oid, page, data, bytes)
      SELECT g.oid, g.page, CASE WHEN g.isReplaced THEN pg_catalog.lo_get(g.oid, ${startOf('g.page')}, ${PAGE_BYTES}) END, g.bytes
      FROM (
        SELECT s.*, EXISTS (SELECT FROM ${P} AS p WHERE p.oid = s.oid AND p.page = s.page AND p.data IS NOT NULL)
          OR s.page > (SELECT max(page) FROM ${P} AS p WHERE p.oid = s.oid) AS isReplaced
        FROM pages AS s
      ) AS g;
    UPDATE ${U} AS u SET bytes = (SELECT sum(bytes) FROM ${U} AS s WHERE s.oid = u.oid AND s.page IS NOT NULL) WHERE page IS NULL AND NOT is_new;
    DELETE FROM ${U} WHERE page IS NOT NULL AND data IS NULL`)
}

function writeSql({ pages, undo }: LandedLargeObjects): string {
  const [P, U] = [relation(pages), relation(undo)]
  const sizes = `SELECT oid, max(page)::int8 * ${PAGE_BYTES} + (array_agg(bytes ORDER BY page DESC))[1] AS size FROM ${P}
    WHERE oid IN (SELECT oid FROM ${U} WHERE NOT is_new) GROUP BY oid`
  return `
    SELECT count(*) FROM ${U} WHERE is_new AND pg_catalog.lo_create(oid) IS NOT NULL;
    SELECT count(*) FROM ${P} WHERE bytes > 0 AND data IS NOT NULL AND pg_catalog.lo_put(oid, ${startOf('page')}, data) IS NOT NULL;
    ${truncateSql(sizes)}`
}

/** Truncates large objects to the sizes that a SELECT of `oid` and `size` returns. Only one is open at a time. */
export function truncateSql(sizes: string): string {
  return `SELECT count(*) FROM (
      SELECT f.fd, pg_catalog.lo_truncate64(f.fd, f.size) AS cut
      FROM (SELECT pg_catalog.lo_open(s.oid, ${FOR_WRITING}) AS fd, s.size FROM (${sizes}) AS s OFFSET 0) AS f OFFSET 0
    ) AS t WHERE t.cut = 0 AND pg_catalog.lo_close(t.fd) = 0`
}

/** INV_WRITE. */
const FOR_WRITING = 0x20000

/** No lock keeps other sessions from changing large objects. */
async function expectAsLanded(session: Session, pages: TableName): Promise<void> {
  const P = relation(pages)
  const { n } = await session.queryOne<{ n: number }>(
    `${pagesSql(`(SELECT DISTINCT oid FROM ${P}) AS o`)}
     SELECT count(*)::float8 AS n FROM pages AS a FULL JOIN ${P} AS b ON a.oid = b.oid AND a.page = b.page WHERE a.hash IS DISTINCT FROM b.hash`,
  )
  if (n === 0) return
  throw new FailedError(`${session.database}: large objects of the target were changed during the run`, {
    hint: 'Nothing has changed. Run again.',
  })
}

/** The owners of the tables must be able to read and delete the large objects, because their applications do. Returns how many are new. */
async function giveToOwners(session: Session, { numbers, undo }: LandedLargeObjects): Promise<number> {
  const created = await session.query<{ oid: number; owner: string; mayGive: boolean; isOwn: boolean }>(
    `SELECT u.oid AS oid, pg_get_userbyid(n.owner)::text AS owner, n.owner = current_user::regrole AS "isOwn",
       pg_has_role(n.owner, ${session.serverVersion >= 160000 ? `'SET'` : `'MEMBER'`}) AS "mayGive"
     FROM ${relation(undo)} AS u JOIN ${relation(numbers)} AS n ON n.oid = u.oid WHERE u.is_new ORDER BY u.oid`,
  )
  const statements = created
    .filter(({ isOwn }) => !isOwn)
    .map(({ oid, owner, mayGive }) =>
      mayGive
        ? `ALTER LARGE OBJECT ${oid} OWNER TO ${identifier(owner)}`
        : `GRANT SELECT, UPDATE ON LARGE OBJECT ${oid} TO ${identifier(owner)}`,
    )
  for (let at = 0; at < statements.length; at += AT_ONCE)
    await session.execute(statements.slice(at, at + AT_ONCE).join('; '))
  return created.length
}

const AT_ONCE = 100

import type { Session } from './session.ts'

/** How much of a large object is hashed, compared and copied at once, in bytes. */
export const PAGE_BYTES = 1024 * 1024

/** A piece of a large object. The last page of each is shorter than {@link PAGE_BYTES}, and may be empty. */
export interface LargeObjectPage {
  readonly oid: number
  readonly page: number
  readonly bytes: number
  /** SHA-256 as hexadecimal digits. */
  readonly hash: string
}

/** Which of the given large objects there are, and what the role may do with them. */
export interface FoundLargeObject {
  readonly oid: number
  readonly canRead: boolean
  readonly canWrite: boolean
}

/** Looks for large objects. */
export function findLargeObjects(session: Session, oids: readonly number[]): Promise<FoundLargeObject[]> {
  return session.query<FoundLargeObject & Record<string, unknown>>(
    `SELECT m.oid AS oid, ${mayDo('SELECT')} AS "canRead", ${mayDo('UPDATE')} AS "canWrite"
     FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) ORDER BY m.oid`,
    [oids],
  )
}

/** How many large objects of the database the role may not read. */
export async function countUnreadableLargeObjects(session: Session): Promise<number> {
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::pg_catalog.float8 AS n FROM pg_catalog.pg_largeobject_metadata m WHERE NOT (${mayDo('SELECT')})`,
  )
  return n
}

/** Before PostgreSQL 18 no function says it. Owners have what they were not deprived of. */
function mayDo(privilege: 'SELECT' | 'UPDATE'): string {
  return `EXISTS (
    SELECT FROM pg_catalog.aclexplode(coalesce(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) AS a
    WHERE a.privilege_type OPERATOR(pg_catalog.=) '${privilege}' AND (a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid
      OR pg_catalog.pg_has_role(a.grantee, 'USAGE'))
  ) OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user)`
}

/** The pages of large objects that are there, in their order, hashed where they are: none is in memory as a whole, on either side. */
export function hashLargeObjects(session: Session, oids: readonly number[]): Promise<LargeObjectPage[]> {
  return session.query<LargeObjectPage & Record<string, unknown>>(
    `${pagesSql('pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)')}
     SELECT oid, page, bytes, pg_catalog.encode(hash, 'hex') AS hash FROM pages ORDER BY oid, page`,
    [oids],
  )
}

/**
 * A WITH clause whose `pages (oid, page, bytes, hash)` are those of the large objects that a FROM item `o (oid)` names. Page by page, as
 * no function tells the size of one without opening it.
 */
export function pagesSql(from: string): string {
  const piece = (oid: string, page: string) =>
    `(SELECT pg_catalog.lo_get(${oid}, ${page}::pg_catalog.int8 OPERATOR(pg_catalog.*) ${PAGE_BYTES}, ${PAGE_BYTES}) AS data OFFSET 0) AS d`
  return `WITH RECURSIVE pages (oid, page, bytes, hash) AS (
    SELECT o.oid, 0, pg_catalog.length(d.data), pg_catalog.sha256(d.data) FROM ${from}, LATERAL ${piece('o.oid', '0')}
    UNION ALL
    SELECT p.oid, p.page OPERATOR(pg_catalog.+) 1, pg_catalog.length(d.data), pg_catalog.sha256(d.data)
    FROM pages p, LATERAL ${piece('p.oid', '(p.page OPERATOR(pg_catalog.+) 1)')}
    WHERE p.bytes OPERATOR(pg_catalog.=) ${PAGE_BYTES}
  )`
}

/** Reads pages, each as a whole. */
export function readPages(
  session: Session,
  pages: readonly Pick<LargeObjectPage, 'oid' | 'page'>[],
): Promise<{ readonly oid: number; readonly page: number; readonly data: Buffer }[]> {
  return session.query(
    `SELECT p.oid AS oid, p.page AS page, pg_catalog.lo_get(p.oid, p.page::pg_catalog.int8 OPERATOR(pg_catalog.*) ${PAGE_BYTES}, ${PAGE_BYTES}) AS data
     FROM unnest($1::pg_catalog.oid[], $2::pg_catalog.int4[]) AS p (oid, page)`,
    [pages.map(({ oid }) => oid), pages.map(({ page }) => page)],
  )
}

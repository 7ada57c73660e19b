import type { Session } from '../session.ts'
import { isTrustedRoleSql } from './trusted-role.ts'

/** A function of a role that is not trusted with the rights of the current one, and what of a relation would call it. */
export interface ForeignCode {
  readonly relationOid: number
  /** Such as `index "i"`: what belongs to the relation and leads to the function. */
  readonly part: string
  /** Schema-qualified, with its arguments. */
  readonly function: string
  readonly owner: string
}

/**
 * Finds the code of untrusted roles that planning a query over the given relations may run, one piece for each relation and role. The planner
 * folds constants in expressions and predicates of indexes, in expressions of extended statistics and in partition keys, by calling the functions in
 * them. Plain `COPY … TO` has no planner.
 */
export async function readPlannedCode(session: Session, oids: readonly number[]): Promise<ForeignCode[]> {
  return readReached(session, PLANNED_SQL, CHECKS_SQL, oids)
}

/**
 * Finds the code of untrusted roles that a condition over columns of the given relations may call without naming it, one piece for each relation
 * and role: casts from and to the types of its columns, the differences of their ranges, and columns that are computed when they are read.
 */
export async function readConditionCode(session: Session, oids: readonly number[]): Promise<ForeignCode[]> {
  return readReached(session, NAMED_SQL, CASTS_SQL, oids)
}

async function readReached(
  session: Session,
  begin: string,
  edges: string,
  oids: readonly number[],
): Promise<ForeignCode[]> {
  if (oids.length === 0) return []
  return session.query<ForeignCode & Record<string, unknown>>(
    `${reachedSql(begin, edges)}
SELECT DISTINCT ON (r.relid, p.proowner) r.relid AS "relationOid", r.part,
  p.oid::regprocedure::text AS function, pg_get_userbyid(p.proowner)::text AS owner
FROM reached r
JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
WHERE NOT ${isTrustedRoleSql('p.proowner', session)}
ORDER BY r.relid, p.proowner, r.part, p.oid`,
    [oids],
  )
}

/** What planning a query over relations ($1) leads to. */
export const PLANNED_SQL = `
  SELECT i.indrelid, 'index "' || c.relname || '"', 'pg_class'::regclass::oid, i.indexrelid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = ANY ($1::oid[]) AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
  UNION ALL
  SELECT s.stxrelid, 'statistics object "' || s.stxname || '"', 'pg_statistic_ext'::regclass::oid, s.oid
  FROM pg_statistic_ext s WHERE s.stxrelid = ANY ($1::oid[])
  UNION ALL
  SELECT d.objid, 'partition key', d.refclassid, d.refobjid
  FROM pg_partitioned_table p
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = p.partrelid AND d.objsubid = 0
    AND d.refclassid <> 'pg_class'::regclass
  WHERE p.partrelid = ANY ($1::oid[]) AND p.partexprs IS NOT NULL`

const NAMED_SQL = `
  SELECT a.attrelid, 'type of column "' || a.attname || '"', 'pg_type'::regclass::oid, a.atttypid
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    AND t.typnamespace <> 'pg_catalog'::regnamespace
  UNION ALL
  SELECT a.attrelid, 'generated column "' || a.attname || '"', 'pg_attrdef'::regclass::oid, ad.oid
  FROM pg_attribute a JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attgenerated = 'v'`

/** The checks of a domain. */
export const CHECKS_SQL = `SELECT 'pg_constraint'::regclass::oid, con.oid FROM pg_constraint con
    WHERE r.classid = 'pg_type'::regclass AND con.contypid = r.objid`

const CASTS_SQL = `SELECT 'pg_proc'::regclass::oid, ca.castfunc FROM pg_cast ca
    WHERE r.classid = 'pg_type'::regclass AND r.objid IN (ca.castsource, ca.casttarget) AND ca.castfunc <> 0`

/**
 * From each part along pg_depend, but not to other relations, and along what has no entries there. What came with PostgreSQL
 * is not in pg_depend, and cannot be changed.
 */
export function reachedSql(begin: string, edges: string): string {
  return `
WITH RECURSIVE reached (relid, part, classid, objid) AS (
  SELECT * FROM (${begin}) AS parts
  UNION
  SELECT r.relid, r.part, e.classid, e.objid
  FROM reached r
  CROSS JOIN LATERAL (
    SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_depend d
    WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a', 'i') AND d.refclassid IN (
      'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass)
    UNION ALL
    ${edges}
  ) AS e
)`
}

import type { Session } from '../session.ts'
import type { UserPath } from '../user-path.ts'
import { CHECKS_SQL, PLANNED_SQL, reachedSql } from './read-foreign-code.ts'

/** A function whose text names things that are looked up by the search path of whoever calls it, and what of a relation calls it. */
export interface ScriptedCode {
  readonly relationOid: number
  /** Such as `index "i"`: what belongs to the relation and leads to the function. */
  readonly part: string
  readonly functionOid: number
  /** Schema-qualified, with its arguments. */
  readonly function: string
  readonly language: string
}

/** The relations of which planning a query may look up names for functions. */
export async function readScriptedPlans(session: Session, oids: readonly number[]): Promise<number[]> {
  const found = await readScripted(session, PLANNED_SQL, oids)
  return [...new Set(found.map(({ relationOid }) => relationOid))]
}

/** What writing rows of the relations calls, triggers aside. Each function of a relation once. */
export function readScriptedCode(session: Session, oids: readonly number[]): Promise<ScriptedCode[]> {
  return readScripted(session, WRITTEN_SQL, oids)
}

async function readScripted(
  session: Session,
  begin: string,
  oids: readonly number[],
): Promise<ScriptedCode[]> {
  if (oids.length === 0) return []
  return session.query<ScriptedCode & Record<string, unknown>>(
    `${reachedSql(begin, CHECKS_SQL)}
SELECT DISTINCT ON (r.relid, p.oid) r.relid AS "relationOid", r.part, p.oid AS "functionOid",
  p.oid::regprocedure::text AS function, l.lanname::text AS language
FROM reached r
JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname NOT IN ('internal', 'c') AND coalesce(to_jsonb(p) -> 'prosqlbody', 'null') = 'null'
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting) WHERE starts_with(c.setting, 'search_path='))
ORDER BY r.relid, p.oid, r.part`,
    [oids],
  )
}

/** What writing rows of relations ($1) leads to. Columns that are copied need no default. */
export const WRITTEN_SQL = `${PLANNED_SQL}
  UNION ALL
  SELECT k.conrelid, 'constraint "' || k.conname || '"', 'pg_constraint'::regclass::oid, k.oid
  FROM pg_constraint k WHERE k.conrelid = ANY ($1::oid[]) AND k.contype = 'c'
  UNION ALL
  SELECT a.attrelid, 'generated column "' || a.attname || '"', 'pg_attrdef'::regclass::oid, ad.oid
  FROM pg_attribute a JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attgenerated <> ''
  UNION ALL
  SELECT a.attrelid, 'type of column "' || a.attname || '"', 'pg_type'::regclass::oid, a.atttypid
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND t.typnamespace <> 'pg_catalog'::regnamespace`

/**
 * Lets the validator of SQL functions analyze a function under a search path, as CREATE FUNCTION does; it is not called.
 * @returns the error that it found
 */
export async function analyzeFunction(
  session: Session,
  functionOid: number,
  path: UserPath,
): Promise<unknown> {
  return session
    .transaction('BEGIN READ ONLY', async () => {
      await session.execute(`SET LOCAL search_path = ${path.writing}; SET LOCAL check_function_bodies = on`)
      await session.query('SELECT pg_catalog.fmgr_sql_validator($1::pg_catalog.oid)', [functionOid])
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
}

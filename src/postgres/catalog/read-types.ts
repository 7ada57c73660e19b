import type { Session } from '../session.ts'

/** A user-defined type, described by everything that decides which values it can hold. */
export interface TypeDefinition {
  /** Schema-qualified, as `format_type` writes it. */
  readonly name: string
  readonly kind: 'enum' | 'composite' | 'domain' | 'range' | 'base' | 'other'
  /** Enum labels, composite attributes with their types, a domain's base type, a range's subtype: in order. */
  readonly parts: readonly string[]
  /** The `attnum` of each attribute of a composite: one that is dropped and added again is empty in every value that was stored before. */
  readonly attributeNumbers?: readonly number[]
}

/** The user-defined types of some relations. */
export interface UsedTypes {
  readonly byName: ReadonlyMap<string, TypeDefinition>
  /** The names of the types that each relation uses, by its object id. */
  readonly namesOf: ReadonlyMap<number, readonly string[]>
}

/** Reads every user-defined type that columns of the given relations use, directly or inside other types. */
export async function readTypes(session: Session, relationOids: readonly number[]): Promise<UsedTypes> {
  const rows = await session.query<{
    users: number[]
    name: string
    kind: TypeDefinition['kind']
    parts: string[] | null
    attributeNumbers: number[] | null
  }>(TYPES_SQL, [relationOids])
  const namesOf = new Map<number, string[]>()
  for (const { name, users } of rows)
    for (const oid of users) namesOf.set(oid, [...(namesOf.get(oid) ?? []), name])
  return {
    byName: new Map(
      rows.map(({ name, kind, parts, attributeNumbers }) => [
        name,
        { name, kind, parts: parts ?? [], ...(attributeNumbers === null ? {} : { attributeNumbers }) },
      ]),
    ),
    namesOf,
  }
}

const TYPES_SQL = `
WITH RECURSIVE used (relid, oid) AS (
  SELECT a.attrelid, a.atttypid FROM pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION
  SELECT u.relid, inner_type.oid
  FROM used u
  JOIN pg_type t ON t.oid = u.oid
  CROSS JOIN LATERAL (
    SELECT t.typelem AS oid WHERE t.typelem <> 0
    UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
    UNION ALL SELECT r.rngtypid FROM pg_range r WHERE to_jsonb(r) ->> 'rngmultitypid' = t.oid::text
    UNION ALL SELECT a.atttypid FROM pg_attribute a
      WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) AS inner_type
)
SELECT format_type(t.oid, NULL) AS name, u.users AS users,
  CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range'
    WHEN 'b' THEN 'base' ELSE 'other' END AS kind,
  CASE t.typtype
    WHEN 'e' THEN (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
    WHEN 'c' THEN (SELECT json_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
                   FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
    WHEN 'd' THEN json_build_array(format_type(t.typbasetype, t.typtypmod))
    WHEN 'r' THEN (SELECT json_build_array(format_type(r.rngsubtype, NULL)) FROM pg_range r WHERE r.rngtypid = t.oid)
  END AS parts,
  CASE WHEN t.typtype = 'c' THEN (SELECT json_agg(a.attnum ORDER BY a.attnum) FROM pg_attribute a
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS "attributeNumbers"
FROM (SELECT oid, json_agg(relid::int8 ORDER BY relid) AS users FROM used GROUP BY oid) AS u
JOIN pg_type t ON t.oid = u.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname <> 'pg_catalog' AND NOT (t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A')
ORDER BY 1`

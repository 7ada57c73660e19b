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
  /** The type, by the relation that uses it, whose values are shown by the names of objects or roles: they change without any row being written. */
  readonly namingOf: ReadonlyMap<number, string>
}

/** Reads every user-defined type that columns of the given relations use, directly or inside other types. */
export async function readTypes(session: Session, relationOids: readonly number[]): Promise<UsedTypes> {
  // A multirange type has been named by its range type since PostgreSQL 14.
  const rangeOf = session.serverVersion >= 140000 ? 'r.rngmultitypid = u.oid' : 'false'
  const [types, columns] = await Promise.all([
    session.query<TypeRow>(TYPES_SQL.replaceAll('$rangeOf$', rangeOf), [relationOids]),
    session.query<{ relid: number; types: number[] }>(COLUMN_TYPES_SQL, [relationOids]),
  ])
  const inner = new Map(types.map((type) => [type.oid, type.inner]))
  const listed = types.filter((type) => type.isListed)
  // Equal lists have come as the same.
  const closures = new Map<readonly number[], ReadonlySet<number>>()
  const used = columns.map(({ relid, types: direct }) => {
    const closure = closures.get(direct) ?? closureOf(direct, inner)
    closures.set(direct, closure)
    return [relid, closure] as const
  })
  const namesOf = used.map(
    ([relid, oids]) => [relid, listed.filter(({ oid }) => oids.has(oid)).map(({ name }) => name)] as const,
  )
  const naming = types.filter((type) => !type.isListed && NAMING.test(type.name))
  return {
    byName: new Map(listed.map((type) => [type.name, definitionOf(type)])),
    namesOf: new Map(namesOf.filter(([, names]) => names.length > 0)),
    namingOf: new Map(
      used.flatMap(([relid, oids]) => {
        const found = naming.find(({ oid }) => oids.has(oid))
        return found === undefined ? [] : [[relid, found.name] as const]
      }),
    ),
  }
}

/** `regclass` and the like, and `aclitem`, which names roles. */
const NAMING = /^(?:pg_catalog\.)?(?:reg[a-z]+|aclitem)$/

interface TypeRow extends Record<string, unknown> {
  readonly oid: number
  readonly name: string
  readonly kind: TypeDefinition['kind']
  readonly parts: string[] | null
  readonly attributeNumbers: number[] | null
  /** The types that it consists of. */
  readonly inner: number[]
  readonly isListed: boolean
}

function definitionOf({ name, kind, parts, attributeNumbers }: TypeRow): TypeDefinition {
  return { name, kind, parts: parts ?? [], ...(attributeNumbers === null ? {} : { attributeNumbers }) }
}

/** The given types, and all that they consist of. */
function closureOf(direct: readonly number[], inner: ReadonlyMap<number, readonly number[]>): Set<number> {
  const closure = new Set(direct)
  // What is added to a set while it is walked is visited, too.
  for (const oid of closure) for (const part of inner.get(oid) ?? []) closure.add(part)
  return closure
}

const COLUMN_TYPES_SQL = `
SELECT a.attrelid AS relid, array_agg(DISTINCT a.atttypid) AS types
FROM pg_attribute a
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY a.attrelid`

/** Walks from type to type, each once, however many columns have it. */
const TYPES_SQL = `
WITH RECURSIVE used (oid) AS (
  SELECT DISTINCT a.atttypid FROM pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION
  SELECT part.oid FROM used u CROSS JOIN LATERAL $parts$ AS part
)
SELECT t.oid AS oid, format_type(t.oid, NULL) AS name,
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
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS "attributeNumbers",
  ARRAY(SELECT part.oid FROM $parts$ AS part) AS inner,
  n.nspname <> 'pg_catalog' AND NOT (t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A') AS "isListed"
FROM used u
JOIN pg_type t ON t.oid = u.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
ORDER BY 2`.replaceAll(
  '$parts$',
  `(
    SELECT t.typelem AS oid FROM pg_type t WHERE t.oid = u.oid AND t.typelem <> 0
    UNION ALL SELECT t.typbasetype FROM pg_type t WHERE t.oid = u.oid AND t.typbasetype <> 0
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = u.oid
    UNION ALL SELECT r.rngtypid FROM pg_range r WHERE $rangeOf$
    UNION ALL SELECT a.atttypid FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
      WHERE t.oid = u.oid AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
  )`,
)

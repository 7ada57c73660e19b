import { identifier } from '../identifiers.ts'

/** How an index or a foreign key compares two values, ready to stand in SQL. */
export interface Equality {
  /** `OPERATOR(schema.=)`. */
  readonly operator: string
  /** For COLLATE; absent for types without one. */
  readonly collation: string | undefined
  /** What the operator does, by function: absent where the operator is found by its name. */
  readonly functions?: EqualityFunctions
}

/** The function of an operator, and that of its hash index. */
interface EqualityFunctions {
  readonly equals: string
  readonly hash: string | null
}

/** What {@link equalityFunctionsSql} and the catalog say of an equality. */
export interface EqualityRow {
  readonly operatorSchema: string
  readonly operator: string
  readonly collationSchema: string | null
  readonly collation: string | null
  readonly functions: EqualityFunctions | null
}

/** Makes an equality ready to stand in SQL. */
export function readEquality(row: EqualityRow): Equality {
  return {
    operator: `OPERATOR(${identifier(row.operatorSchema)}.${row.operator})`,
    collation:
      row.collation === null
        ? undefined
        : `${identifier(row.collationSchema ?? '')}.${identifier(row.collation)}`,
    ...(row.functions === null ? {} : { functions: row.functions }),
  }
}

/** The SQL condition that two values are equal. Where the operator is not named, the join can still hash. */
export function equalsSql({ operator, collation, functions }: Equality, left: string, right: string): string {
  const collate = collation === undefined ? '' : ` COLLATE ${collation}`
  if (functions === undefined) return `${left} ${operator} ${right}${collate}`
  const { equals, hash } = functions
  const isEqual = `${equals}(${left}, ${right}${collate})`
  if (hash === null) return isEqual
  return `${hash}(${left}${collate}) OPERATOR(pg_catalog.=) ${hash}(${right}${collate}) AND ${isEqual}`
}

/**
 * SQL of the functions of an operator as JSON, or NULL. The operators of enums, arrays, ranges and records take any of their kind, and lose to
 * those of a type that somebody has made an implicit cast to: the name `=` then means another operator, or is ambiguous.
 * @param operator SQL of a row of pg_operator
 * @param type SQL of the object id of the column's type
 */
export function equalityFunctionsSql(operator: string, type: string): string {
  return `(
    SELECT json_build_object('equals', quote_ident(en.nspname) || '.' || quote_ident(e.proname),
      'hash', quote_ident(hn.nspname) || '.' || quote_ident(h.proname))
    FROM pg_proc e JOIN pg_namespace en ON en.oid = e.pronamespace JOIN pg_type own ON own.oid = ${type}
    LEFT JOIN pg_amop ho ON ho.amopopr = ${operator}.oid AND ho.amopmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')
    LEFT JOIN pg_amproc hp ON hp.amprocfamily = ho.amopfamily AND hp.amprocnum = 1 AND hp.amproclefttype = ho.amoplefttype
    LEFT JOIN pg_proc h ON h.oid = hp.amproc LEFT JOIN pg_namespace hn ON hn.oid = h.pronamespace
    WHERE e.oid = ${operator}.oprcode
      AND EXISTS (SELECT FROM pg_type pt WHERE pt.oid = ${operator}.oprleft AND pt.typtype = 'p')
      AND EXISTS (
        SELECT FROM pg_cast c
        WHERE c.castsource IN (own.oid, own.typbasetype) AND c.castcontext = 'i' AND c.oid >= 16384)
    LIMIT 1
  )`
}

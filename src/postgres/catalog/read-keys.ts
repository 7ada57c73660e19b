import type { Session } from '../session.ts'
import { type EqualityRow, equalityFunctionsSql, readEquality } from './equality.ts'
import { refusesNullSql } from './read-columns.ts'
import type { Key } from './table.ts'

/**
 * Reads the key to match rows by for each relation that has one: the primary key, else the narrowest unique
 * index over NOT NULL, stored columns that is neither partial nor on expressions.
 */
export async function readKeys(session: Session, oids: readonly number[]): Promise<Map<number, Key>> {
  const rows = await session.query<KeyRow>(
    KEYS_SQL.replace('$refusesNull$', refusesNullSql(session.serverVersion)),
    [oids],
  )
  // Equal columns have come as the same.
  const known = new Map<KeyRow['columns'], Key['columns']>()
  const read = (columns: KeyRow['columns']) => {
    const found =
      known.get(columns) ??
      columns.map(({ name, isLoose, ...equality }) => {
        return { name, ...(isLoose ? { isLoose } : {}), ...readEquality(equality) }
      })
    known.set(columns, found)
    return found
  }
  return new Map(rows.map(({ relid, index, columns }) => [relid, { index, columns: read(columns) }]))
}

interface KeyRow extends Record<string, unknown> {
  readonly relid: number
  readonly index: string
  readonly columns: readonly (EqualityRow & { readonly name: string; readonly isLoose: boolean })[]
}

/**
 * Strategy 3 of a btree operator family is equality; the family, not the search path, says which operator that is. Of a key WITHOUT OVERLAPS,
 * the constraint has the operators: those of all columns but the last are equality, and ranges that do not overlap, none of which may be
 * empty, are not equal either, which is strategy 18 of their GiST operator family. Such a key is chosen last: its index is not used to look rows up.
 * The planner expects few elements of an array, but a thousand of a series, for which it would read all operators for each index.
 */
const KEYS_SQL = `
SELECT DISTINCT ON (i.indrelid) i.indrelid AS relid, ic.relname AS index, k.columns
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u') AND con.conrelid = i.indrelid
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object(
      'name', a.attname, 'operatorSchema', (SELECT nspname FROM pg_namespace WHERE oid = op.oprnamespace), 'operator', op.oprname,
      'collationSchema', (SELECT n.nspname FROM pg_namespace n JOIN pg_collation co ON co.collnamespace = n.oid WHERE co.oid = i.indcollation[p.number::int - 1]),
      'collation', (SELECT collname FROM pg_collation WHERE oid = i.indcollation[p.number::int - 1]),
      'isLoose', op.oprnamespace <> 'pg_catalog'::regnamespace OR EXISTS (
        SELECT FROM pg_collation co WHERE co.oid = i.indcollation[p.number::int - 1] AND NOT co.collisdeterministic),
      'functions', ${equalityFunctionsSql('op', 'a.atttypid')}) ORDER BY p.number) AS columns,
    bool_and($refusesNull$ AND a.attgenerated = '' AND op.oid IS NOT NULL) AS is_usable
  FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS p (class, number)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.number::int - 1]
  JOIN pg_opclass oc ON oc.oid = p.class
  LEFT JOIN pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = CASE WHEN i.indisexclusion THEN 18 ELSE 3 END
    AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
  LEFT JOIN pg_operator op ON op.oid = CASE WHEN i.indisexclusion AND p.number < i.indnkeyatts
    THEN con.conexclop[p.number::int] ELSE ao.amopopr END
) AS k
WHERE i.indrelid = ANY ($1::oid[])
  AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND k.is_usable
ORDER BY i.indrelid, i.indisexclusion, i.indisprimary DESC, i.indnkeyatts, i.indexrelid`

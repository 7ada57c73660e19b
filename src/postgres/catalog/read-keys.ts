import { identifier } from '../identifiers.ts'
import type { Session } from '../session.ts'
import type { Key } from './table.ts'

/**
 * Reads the key to match rows by for each relation that has one: the primary key, else the narrowest unique
 * index over NOT NULL, stored columns that is neither partial nor on expressions.
 */
export async function readKeys(session: Session, oids: readonly number[]): Promise<Map<number, Key>> {
  const rows = await session.query<KeyRow>(KEYS_SQL, [oids])
  return new Map(
    rows.map((row) => [
      row.relid,
      {
        index: row.index,
        isPrimary: row.isPrimary,
        columns: row.columns.map(({ name, operatorSchema, operator, collationSchema, collation }) => ({
          name,
          operator: `OPERATOR(${identifier(operatorSchema)}.${operator})`,
          collation:
            collation === null ? undefined : `${identifier(collationSchema ?? '')}.${identifier(collation)}`,
        })),
      },
    ]),
  )
}

interface KeyRow extends Record<string, unknown> {
  readonly relid: number
  readonly index: string
  readonly isPrimary: boolean
  readonly columns: {
    name: string
    operatorSchema: string
    operator: string
    collationSchema: string | null
    collation: string | null
  }[]
}

/**
 * Strategy 3 of a btree operator family is equality; the family, not the search path, says which operator that is. A key WITHOUT OVERLAPS
 * is of another kind: its last column is compared by whether ranges overlap.
 */
const KEYS_SQL = `
SELECT DISTINCT ON (i.indrelid) i.indrelid AS relid, ic.relname AS index, i.indisprimary AS "isPrimary", k.columns
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object(
      'name', a.attname, 'operatorSchema', opn.nspname, 'operator', op.oprname,
      'collationSchema', cn.nspname, 'collation', co.collname) ORDER BY p.position) AS columns,
    bool_and(a.attnotnull AND a.attgenerated = '' AND op.oid IS NOT NULL) AS is_usable
  FROM generate_series(0, i.indnkeyatts - 1) AS p (position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.position]
  JOIN pg_opclass oc ON oc.oid = i.indclass[p.position]
  LEFT JOIN pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
    AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
  LEFT JOIN pg_operator op ON op.oid = ao.amopopr
  LEFT JOIN pg_namespace opn ON opn.oid = op.oprnamespace
  LEFT JOIN pg_collation co ON co.oid = i.indcollation[p.position]
  LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
) AS k
WHERE i.indrelid = ANY ($1::oid[])
  AND i.indisunique AND NOT i.indisexclusion AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND k.is_usable
ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid`

import type { TableName } from '../../core/table-name.ts'
import { identifier } from '../identifiers.ts'
import type { Session } from '../session.ts'

/** What a foreign key does to its children when a parent row goes. */
export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

/** A foreign key with at least one end among the tables that were asked for. */
export interface ForeignKey {
  readonly oid: number
  readonly name: string
  readonly childOid: number
  readonly child: TableName
  readonly parentOid: number
  readonly parent: TableName
  readonly childColumns: readonly string[]
  readonly parentColumns: readonly string[]
  /** The equality operators parent = child, ready to stand in SQL. */
  readonly operators: readonly string[]
  readonly onDelete: ForeignKeyAction
  readonly isMatchFull: boolean
  /** False for a NOT VALID key: rows from before it may violate it. */
  readonly isValid: boolean
  /** False for PostgreSQL 18's NOT ENFORCED keys, which check nothing. */
  readonly isEnforced: boolean
  /** `pg_get_constraintdef`: the same text means the same key. */
  readonly definition: string
}

/** Reads every foreign key from or to the given relations. Copies that partitions inherit are left out. */
export async function readForeignKeys(session: Session, oids: readonly number[]): Promise<ForeignKey[]> {
  const enforced = session.serverVersion >= 180000 ? 'con.conenforced' : 'true'
  const rows = await session.query<ForeignKeyRow>(FOREIGN_KEYS_SQL.replace('$enforced$', enforced), [oids])
  return rows.map(({ childSchema, childName, parentSchema, parentName, operators, ...row }) => ({
    ...row,
    child: { schema: childSchema, name: childName },
    parent: { schema: parentSchema, name: parentName },
    operators: operators.map(({ schema, name }) => `OPERATOR(${identifier(schema)}.${name})`),
  }))
}

type ForeignKeyRow = Omit<ForeignKey, 'child' | 'parent' | 'operators'> & {
  readonly childSchema: string
  readonly childName: string
  readonly parentSchema: string
  readonly parentName: string
  readonly operators: { schema: string; name: string }[]
} & Record<string, unknown>

const FOREIGN_KEYS_SQL = `
SELECT con.oid AS oid, con.conname AS name,
  con.conrelid AS "childOid", cn.nspname AS "childSchema", c.relname AS "childName",
  con.confrelid AS "parentOid", pn.nspname AS "parentSchema", p.relname AS "parentName",
  cols.child AS "childColumns", cols.parent AS "parentColumns", cols.operators AS operators,
  CASE con.confdeltype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
    WHEN 'd' THEN 'set default' ELSE 'no action' END AS "onDelete",
  con.confmatchtype = 'f' AS "isMatchFull", con.convalidated AS "isValid", $enforced$ AS "isEnforced",
  pg_get_constraintdef(con.oid) AS definition
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class p ON p.oid = con.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL (
  SELECT json_agg(ca.attname ORDER BY k.i) AS child, json_agg(pa.attname ORDER BY k.i) AS parent,
    json_agg(json_build_object('schema', n.nspname, 'name', o.oprname) ORDER BY k.i) AS operators
  FROM unnest(con.conkey, con.confkey, con.conpfeqop) WITH ORDINALITY AS k (child, parent, operator, i)
  JOIN pg_attribute ca ON ca.attrelid = con.conrelid AND ca.attnum = k.child
  JOIN pg_attribute pa ON pa.attrelid = con.confrelid AND pa.attnum = k.parent
  JOIN pg_operator o ON o.oid = k.operator JOIN pg_namespace n ON n.oid = o.oprnamespace
) AS cols
WHERE con.contype = 'f' AND con.conparentid = 0
  AND (con.conrelid = ANY ($1::oid[]) OR con.confrelid = ANY ($1::oid[]))
ORDER BY con.conrelid, con.conname`

import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../session.ts'
import { type Equality, type EqualityRow, equalityFunctionsSql, readEquality } from './equality.ts'

/** What a foreign key does to its children when a parent row goes. */
type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

/**
 * When its triggers check rows: as they do unless they are altered; in the replica role, too; or not all of them, so that rows may violate it from then on,
 * although it is valid.
 */
export type ForeignKeyFiring = 'usual' | 'always' | 'off'

/** How a foreign key compares a column of its parent with one of its child, with the collation of the parent's. */
export interface ColumnComparison extends Equality {
  /** The types that the operator takes, where a column is of another. */
  readonly parentType: string | undefined
  readonly childType: string | undefined
  /** Whether the collation takes texts with different bytes for equal. */
  readonly isLoose: boolean
  /** What decides which texts a loose collation takes for equal: another server may have another one of the same name. */
  readonly looseRules: string | undefined
}

/** A foreign key with at least one end among the tables that were asked for. */
export interface ForeignKey {
  readonly oid: number
  readonly name: string
  readonly childOid: number
  readonly child: TableName
  /** A key of a partitioned table is about all of its partitions; one of any other table is not about its inheritance children. */
  readonly isChildPartitioned: boolean
  readonly parentOid: number
  readonly parent: TableName
  readonly isParentPartitioned: boolean
  readonly childColumns: readonly string[]
  readonly parentColumns: readonly string[]
  readonly comparisons: readonly ColumnComparison[]
  /** Whether the last columns are a PERIOD: that of the child must be covered by those of its parents together. */
  readonly hasPeriod: boolean
  readonly onDelete: ForeignKeyAction
  readonly isMatchFull: boolean
  /** False for a NOT VALID key: rows from before it may violate it. */
  readonly isValid: boolean
  /** False for PostgreSQL 18's NOT ENFORCED keys, which check nothing. */
  readonly isEnforced: boolean
  readonly firing: ForeignKeyFiring
  /** `pg_get_constraintdef`: the same text means the same key. */
  readonly definition: string
}

/** Reads every foreign key from or to the given relations. Copies that partitions inherit are left out. */
export async function readForeignKeys(session: Session, oids: readonly number[]): Promise<ForeignKey[]> {
  const [enforced, period] =
    session.serverVersion >= 180000 ? ['con.conenforced', 'con.conperiod'] : ['true', 'false']
  const sql = FOREIGN_KEYS_SQL.replace('$enforced$', enforced).replace('$period$', period)
  const rows = await session.query<ForeignKeyRow>(sql, [oids])
  return rows.map(({ childSchema, childName, parentSchema, parentName, comparisons, ...row }) => ({
    child: { schema: childSchema, name: childName },
    parent: { schema: parentSchema, name: parentName },
    comparisons: comparisons.map(readComparison),
    ...row,
  }))
}

function readComparison({
  parentType,
  childType,
  isLoose,
  looseRules,
  ...equality
}: ComparisonRow): ColumnComparison {
  return {
    parentType: parentType ?? undefined,
    childType: childType ?? undefined,
    isLoose,
    looseRules: looseRules ?? undefined,
    ...readEquality(equality),
  }
}

interface ComparisonRow extends EqualityRow {
  readonly parentType: string | null
  readonly childType: string | null
  readonly isLoose: boolean
  readonly looseRules: string | null
}

type ForeignKeyRow = Omit<ForeignKey, 'child' | 'parent' | 'comparisons'> & {
  readonly childSchema: string
  readonly childName: string
  readonly parentSchema: string
  readonly parentName: string
  readonly comparisons: ComparisonRow[]
} & Record<string, unknown>

/**
 * PostgreSQL compares with the types of the operator, to which columns of other types are cast, and with the collation of the parent.
 * format_type() with a modifier of -1 names the type without one: "character" alone would be one character.
 */
const FOREIGN_KEYS_SQL = `
WITH RECURSIVE altered (oid, enabled) AS (
  SELECT tgconstraint, tgenabled FROM pg_trigger WHERE tgisinternal AND tgconstraint <> 0 AND tgenabled <> 'O'
  UNION SELECT k.conparentid, a.enabled FROM altered a JOIN pg_constraint k ON k.oid = a.oid WHERE k.conparentid <> 0
)
SELECT con.oid AS oid, con.conname AS name,
  con.conrelid AS "childOid", (SELECT nspname FROM pg_namespace WHERE oid = c.relnamespace) AS "childSchema", c.relname AS "childName", c.relkind = 'p' AS "isChildPartitioned",
  con.confrelid AS "parentOid", (SELECT nspname FROM pg_namespace WHERE oid = p.relnamespace) AS "parentSchema", p.relname AS "parentName", p.relkind = 'p' AS "isParentPartitioned",
  cols.child AS "childColumns", cols.parent AS "parentColumns", cols.comparisons AS comparisons,
  CASE con.confdeltype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
    WHEN 'd' THEN 'set default' ELSE 'no action' END AS "onDelete",
  con.confmatchtype = 'f' AS "isMatchFull", con.convalidated AS "isValid", $enforced$ AS "isEnforced",
  coalesce((SELECT CASE WHEN bool_and(a.enabled = 'A') THEN 'always' WHEN count(*) > 0 THEN 'off' END FROM altered a WHERE a.oid = con.oid), 'usual') AS firing,
  $period$ AS "hasPeriod",
  pg_get_constraintdef(con.oid) AS definition
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_class p ON p.oid = con.confrelid
CROSS JOIN LATERAL (
  SELECT json_agg(ca.attname ORDER BY k.i) AS child, json_agg(pa.attname ORDER BY k.i) AS parent,
    json_agg(json_build_object('operatorSchema', (SELECT nspname FROM pg_namespace WHERE oid = o.oprnamespace), 'operator', o.oprname,
      'parentType', CASE WHEN o.oprleft <> pa.atttypid AND (SELECT typtype FROM pg_type WHERE oid = o.oprleft) <> 'p' THEN format_type(o.oprleft, -1) END,
      'childType', CASE WHEN o.oprright <> ca.atttypid AND (SELECT typtype FROM pg_type WHERE oid = o.oprright) <> 'p' THEN format_type(o.oprright, -1) END,
      'collationSchema', (SELECT nspname FROM pg_namespace WHERE oid = co.collnamespace), 'collation', co.collname, 'isLoose', NOT coalesce(co.collisdeterministic, true),
      'looseRules', CASE WHEN NOT co.collisdeterministic THEN (SELECT concat_ws('|', co.collprovider, co.collcollate, f.fact ->> 'colliculocale',
        f.fact ->> 'colllocale', f.fact ->> 'collicurules', co.collversion) FROM (SELECT to_jsonb(co)) AS f (fact)) END,
      'functions', ${equalityFunctionsSql('o', 'pa.atttypid')}
    ) ORDER BY k.i) AS comparisons
  FROM unnest(con.conkey, con.confkey, con.conpfeqop) WITH ORDINALITY AS k (child, parent, operator, i)
  JOIN pg_attribute ca ON ca.attrelid = con.conrelid AND ca.attnum = k.child
  JOIN pg_attribute pa ON pa.attrelid = con.confrelid AND pa.attnum = k.parent
  JOIN pg_operator o ON o.oid = k.operator
  LEFT JOIN pg_collation co ON co.oid = pa.attcollation
) AS cols
WHERE con.contype = 'f' AND con.conparentid = 0
  AND (con.conrelid = ANY ($1::oid[]) OR con.confrelid = ANY ($1::oid[]))
ORDER BY con.conrelid, con.conname`

import type { TableName } from '../../core/table-name.ts'
import { identifier } from '../identifiers.ts'
import type { Session } from '../session.ts'

/** A deferrable unique, primary key or exclusion constraint: the replica role does not recheck these. */
export interface DeferrableConstraint {
  readonly relationOid: number
  readonly relation: TableName
  /** A constraint of a partitioned table is about all of its partitions; one of any other table is not about its inheritance children. */
  readonly isPartitioned: boolean
  readonly name: string
  /** Each element as an expression over the relation's columns, with the operator and the collation under which two rows conflict. */
  readonly elements: readonly {
    readonly expression: string
    readonly operator: string
    readonly collation: string | undefined
  }[]
  /** The WHERE of a partial exclusion constraint. */
  readonly predicate: string | undefined
  readonly nullsConflict: boolean
}

/** A constraint that older rows may violate, as `ADD CONSTRAINT … NOT VALID` leaves it. */
export interface UnvalidatedConstraint {
  readonly relationOid: number
  readonly relation: TableName
  /** Where it was defined: the relation itself, or the one that it was inherited from. */
  readonly definedOn: TableName
  readonly name: string
  readonly kind: 'check' | 'not null' | 'foreign key'
  /** The columns of the relation that it looks at. */
  readonly columns: readonly string[]
  /** `pg_get_constraintdef`, which ends in NOT VALID. */
  readonly definition: string
  /** What each row must meet, over the relation's columns; undefined for a foreign key. */
  readonly condition: string | undefined
  /** The condition under which a row belongs to the relation, if that is a partition. */
  readonly bounds: string | undefined
}

/** Reads the deferrable unique and exclusion constraints of the given relations. */
export async function readDeferrableConstraints(
  session: Session,
  oids: readonly number[],
): Promise<DeferrableConstraint[]> {
  const nulls = session.serverVersion >= 150000 ? 'i.indnullsnotdistinct' : 'false'
  const rows = await session.query<DeferrableRow>(DEFERRABLE_SQL.replace('$nulls$', nulls), [oids])
  return rows.map(({ schema, relname, elements, predicate, ...row }) => ({
    relation: { schema, name: relname },
    predicate: predicate ?? undefined,
    elements: elements.map(
      ({ expression, schema: operatorSchema, operator, collationSchema, collation }) => ({
        expression,
        operator: `OPERATOR(${identifier(operatorSchema)}.${operator})`,
        collation:
          collation === null ? undefined : `${identifier(collationSchema ?? '')}.${identifier(collation)}`,
      }),
    ),
    ...row,
  }))
}

type DeferrableRow = Omit<DeferrableConstraint, 'relation' | 'elements' | 'predicate'> & {
  readonly schema: string
  readonly relname: string
  readonly predicate: string | null
  readonly elements: {
    expression: string
    schema: string
    operator: string
    collationSchema: string | null
    collation: string | null
  }[]
} & Record<string, unknown>

const DEFERRABLE_SQL = `
SELECT con.conrelid AS "relationOid", n.nspname AS schema, c.relname AS relname, c.relkind = 'p' AS "isPartitioned",
  con.conname AS name, pg_get_expr(i.indpred, i.indrelid) AS predicate, $nulls$ AS "nullsConflict", e.elements
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indexrelid = con.conindid
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object(
    'expression', pg_get_indexdef(i.indexrelid, p.position + 1, false),
    'schema', opn.nspname, 'operator', op.oprname,
    'collationSchema', cn.nspname, 'collation', co.collname) ORDER BY p.position) AS elements
  FROM generate_series(0, i.indnkeyatts - 1) AS p (position)
  JOIN pg_opclass oc ON oc.oid = i.indclass[p.position]
  LEFT JOIN pg_amop ao ON con.contype <> 'x' AND ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
    AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
  JOIN pg_operator op ON op.oid = coalesce(con.conexclop[p.position + 1], ao.amopopr)
  JOIN pg_namespace opn ON opn.oid = op.oprnamespace
  LEFT JOIN pg_collation co ON co.oid = i.indcollation[p.position] LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
) AS e
WHERE con.conrelid = ANY ($1::oid[]) AND con.contype IN ('p', 'u', 'x') AND con.condeferrable AND con.conparentid = 0
ORDER BY con.conrelid, con.conname`

/**
 * Reads the check and foreign-key constraints of the given relations that are NOT VALID. What partitions have from the table that they belong
 * to is left out.
 */
export async function readUnvalidatedConstraints(
  session: Session,
  oids: readonly number[],
): Promise<UnvalidatedConstraint[]> {
  const enforced = session.serverVersion >= 180000 ? 'con.conenforced' : 'true'
  const rows = await session.query<UnvalidatedRow>(UNVALIDATED_SQL.replace('$enforced$', enforced), [oids])
  return rows.map(({ schema, relname, originSchema, originName, condition, bounds, ...row }) => ({
    relation: { schema, name: relname },
    definedOn: { schema: originSchema ?? schema, name: originName ?? relname },
    condition: condition ?? undefined,
    bounds: bounds ?? undefined,
    ...row,
  }))
}

type UnvalidatedRow = Omit<UnvalidatedConstraint, 'relation' | 'definedOn' | 'condition' | 'bounds'> & {
  readonly schema: string
  readonly relname: string
  readonly originSchema: string | null
  readonly originName: string | null
  readonly condition: string | null
  readonly bounds: string | null
} & Record<string, unknown>

const UNVALIDATED_SQL = `
SELECT con.conrelid AS "relationOid", n.nspname AS schema, c.relname AS relname,
  con.conname AS name, origin.schema AS "originSchema", origin.name AS "originName",
  CASE con.contype WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' ELSE 'foreign key' END AS kind,
  pg_get_constraintdef(con.oid) AS definition,
  CASE con.contype WHEN 'c' THEN pg_get_expr(con.conbin, con.conrelid)
    WHEN 'n' THEN (SELECT format('%I IS NOT NULL', attname) FROM pg_attribute WHERE attrelid = con.conrelid AND attnum = con.conkey[1]) END AS condition,
  CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END AS bounds,
  ARRAY(
    SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey) ORDER BY a.attnum
  ) AS columns
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  WITH RECURSIVE ancestor (oid) AS (
    SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = con.conrelid AND con.coninhcount > 0
    UNION
    SELECT i.inhparent FROM ancestor JOIN pg_inherits i ON i.inhrelid = ancestor.oid
  )
  SELECT pn.nspname AS schema, p.relname AS name
  FROM ancestor JOIN pg_class p ON p.oid = ancestor.oid JOIN pg_namespace pn ON pn.oid = p.relnamespace
  JOIN pg_constraint o ON o.conrelid = p.oid AND o.conname = con.conname AND o.contype = con.contype AND o.coninhcount = 0
  LIMIT 1
) AS origin ON true
WHERE con.conrelid = ANY ($1::oid[]) AND con.contype IN ('c', 'n', 'f') AND NOT con.convalidated AND con.conparentid = 0
  AND (con.coninhcount = 0 OR NOT c.relispartition) AND $enforced$
ORDER BY con.conrelid, con.conname`

import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'

/** Facts from the catalog about columns, beside their types, that a mask could break. */
export interface MaskFacts {
  /** The checks of a relation and of the domains of its columns, with the columns that each is about. */
  readonly checks: readonly {
    readonly oid: number
    readonly name: string
    readonly columns: readonly string[]
    readonly definition: string
  }[]
  /** The columns in the partition key of a relation. */
  readonly partitionKeys: readonly { readonly oid: number; readonly columns: readonly string[] }[]
  /** The relations that a relation inherits from without being a partition, directly or through others. */
  readonly parents: readonly { readonly oid: number; readonly parent: TableName }[]
  /** All foreign keys of the database. Even those of tables outside the run tie columns of the run together. */
  readonly foreignKeys: readonly MaskedKey[]
}

/** A foreign key between tables, with the root tables of partitions. */
export interface MaskedKey {
  readonly childTable: TableName
  readonly parentTable: TableName
  readonly name: string
  readonly childColumns: readonly string[]
  readonly parentColumns: readonly string[]
  readonly isMatchFull: boolean
  /** For each column, whether its collation treats texts with different bytes as equal. */
  readonly areLoose: readonly boolean[]
}

/** Reads these facts for relations, by their object ids. */
export async function readMaskFacts(session: Session, oids: readonly number[]): Promise<MaskFacts> {
  const [checks, ofDomains, partitionKeys, parents, foreignKeys] = await Promise.all([
    session.query<MaskFacts['checks'][number] & Record<string, unknown>>(CHECKS_SQL, [oids]),
    session.query<MaskFacts['checks'][number] & Record<string, unknown>>(DOMAIN_CHECKS_SQL, [oids]),
    session.query<MaskFacts['partitionKeys'][number] & Record<string, unknown>>(PARTITION_KEYS_SQL, [oids]),
    session.query<MaskFacts['parents'][number] & Record<string, unknown>>(PARENTS_SQL, [oids]),
    session.query<MaskedKey & Record<string, unknown>>(FOREIGN_KEYS_SQL),
  ])
  return { checks: [...checks, ...ofDomains], partitionKeys, parents, foreignKeys }
}

const CHECKS_SQL = `
SELECT con.conrelid AS oid, con.conname AS name, pg_get_constraintdef(con.oid) AS definition,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = con.conrelid AND (a.attnum = ANY (con.conkey) OR con.conkey IS NULL) AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_constraint con
WHERE con.conrelid = ANY ($1::oid[]) AND con.contype = 'c'
ORDER BY con.conrelid, con.conname`

/** A domain over another has the checks of that one, too. */
const DOMAIN_CHECKS_SQL = `
WITH RECURSIVE used (oid, name, type) AS (
  SELECT a.attrelid, a.attname, a.atttypid FROM pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT u.oid, u.name, t.typbasetype FROM used u JOIN pg_type t ON t.oid = u.type AND t.typtype = 'd'
)
SELECT u.oid AS oid, con.conname AS name, pg_get_constraintdef(con.oid) AS definition, ARRAY[u.name::text] AS columns
FROM used u JOIN pg_constraint con ON con.contypid = u.type AND con.contype = 'c'
ORDER BY u.oid, con.conname, u.name`

const PARTITION_KEYS_SQL = `
SELECT p.partrelid AS oid, ARRAY(
  SELECT a.attname::text FROM pg_attribute a
  WHERE a.attrelid = p.partrelid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnum = ANY (p.partattrs::int2[])
    OR p.partexprs IS NOT NULL AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
      AND d.objid = p.partrelid AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = p.partrelid AND d.refobjsubid = a.attnum))) AS columns
FROM pg_partitioned_table p WHERE p.partrelid = ANY ($1::oid[])`

const PARENTS_SQL = `
WITH RECURSIVE up (oid, parent) AS (
  SELECT i.inhrelid, i.inhparent FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhrelid = ANY ($1::oid[]) AND NOT c.relispartition
  UNION SELECT up.oid, i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.parent
)
SELECT up.oid AS oid, json_build_object('schema', n.nspname, 'name', c.relname) AS parent
FROM up JOIN pg_class c ON c.oid = up.parent JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY n.nspname, c.relname, up.oid`

const NAME_SQL = (oid: string) =>
  `(SELECT json_build_object('schema', n.nspname, 'name', c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = coalesce(pg_partition_root(${oid}), ${oid}))`

const COLUMNS_SQL = (relation: string, numbers: string) =>
  `(SELECT json_agg(a.attname ORDER BY k.i) FROM unnest(${numbers}) WITH ORDINALITY AS k (number, i)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number)`

const FOREIGN_KEYS_SQL = `
SELECT con.conname AS name, con.confmatchtype = 'f' AS "isMatchFull", ${NAME_SQL('con.conrelid')} AS "childTable", ${NAME_SQL('con.confrelid')} AS "parentTable",
  ${COLUMNS_SQL('con.conrelid', 'con.conkey')} AS "childColumns", ${COLUMNS_SQL('con.confrelid', 'con.confkey')} AS "parentColumns",
  (SELECT json_agg(NOT coalesce(l.collisdeterministic, true) ORDER BY k.i) FROM unnest(con.confkey) WITH ORDINALITY AS k (number, i)
    JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.number LEFT JOIN pg_collation l ON l.oid = a.attcollation) AS "areLoose"
FROM pg_constraint con WHERE con.contype = 'f' AND con.conparentid = 0
ORDER BY con.conrelid, con.conname`

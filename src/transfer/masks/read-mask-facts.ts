import type { Session } from '../../postgres/session.ts'

/** What the catalog says of columns beside their types, as far as a mask could break it. */
export interface MaskFacts {
  /** The checks of a relation, with the columns that each is about. */
  readonly checks: readonly {
    readonly oid: number
    readonly name: string
    readonly columns: readonly string[]
    readonly definition: string
  }[]
  /** The columns in the partition key of a relation. */
  readonly partitionKeys: readonly { readonly oid: number; readonly columns: readonly string[] }[]
}

/** Reads it for relations, given by their object ids. */
export async function readMaskFacts(session: Session, oids: readonly number[]): Promise<MaskFacts> {
  const [checks, partitionKeys] = await Promise.all([
    session.query<MaskFacts['checks'][number] & Record<string, unknown>>(CHECKS_SQL, [oids]),
    session.query<MaskFacts['partitionKeys'][number] & Record<string, unknown>>(PARTITION_KEYS_SQL, [oids]),
  ])
  return { checks, partitionKeys }
}

const CHECKS_SQL = `
SELECT con.conrelid AS oid, con.conname AS name, pg_get_constraintdef(con.oid) AS definition,
  ARRAY(SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = con.conrelid AND (a.attnum = ANY (con.conkey) OR con.conkey IS NULL) AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_constraint con
WHERE con.conrelid = ANY ($1::oid[]) AND con.contype = 'c'
ORDER BY con.conrelid, con.conname`

const PARTITION_KEYS_SQL = `
SELECT p.partrelid AS oid, ARRAY(
  SELECT a.attname::text FROM pg_attribute a
  WHERE a.attrelid = p.partrelid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnum = ANY (p.partattrs::int2[])
    OR p.partexprs IS NOT NULL AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
      AND d.objid = p.partrelid AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = p.partrelid AND d.refobjsubid = a.attnum))) AS columns
FROM pg_partitioned_table p WHERE p.partrelid = ANY ($1::oid[])`

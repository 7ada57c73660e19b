import { groupBy } from '../../core/group-by.ts'
import type { Session } from '../session.ts'
import { readColumns } from './read-columns.ts'
import { readKeys } from './read-keys.ts'
import { type PartitionRow, readPartitions } from './read-partitions.ts'
import type { Partitioning, Table } from './table.ts'

/** Reads the details of the given tables and partitioned tables, in the order of `oids`; `known` is what holds their rows, if that was read. */
export async function readTables(
  session: Session,
  oids: readonly number[],
  known?: readonly PartitionRow[],
): Promise<Table[]> {
  const partitions = known ?? (await readPartitions(session, oids))
  const partitionOids = partitions.map((partition) => partition.oid)
  const [columns, keys, uniqueColumns, partitioning] = await Promise.all([
    readColumns(session, oids),
    readKeys(session, oids),
    readUniqueColumns(session, partitionOids),
    readPartitioning(session, oids),
  ])
  const partitionsByRoot = groupBy(partitions, (partition) => partition.root)
  const unionOf = unionsOf(uniqueColumns)
  return oids.map((oid) => {
    const own = partitionsByRoot.get(oid) ?? []
    const self = own.find((partition) => partition.oid === oid)
    if (self === undefined) throw new Error(`Table ${oid} is no longer in the catalog`)
    return {
      oid,
      name: self.name,
      isPartitioned: self.kind === 'partitioned',
      partitions: own,
      columns: columns.get(oid) ?? [],
      key: keys.get(oid),
      uniqueColumns: unionOf(own),
      partitioning: partitioning.get(oid),
    }
  })
}

/** The columns of several relations as one set. Equal columns of one have come as the same, and share it. */
function unionsOf(
  columns: ReadonlyMap<number, readonly string[]>,
): (partitions: readonly PartitionRow[]) => ReadonlySet<string> {
  const known = new Map<readonly string[], ReadonlySet<string>>()
  return (partitions) => {
    const [own = NO_COLUMNS, ...others] = partitions.flatMap(({ oid }) => [columns.get(oid) ?? []])
    if (others.length > 0) return new Set([own, ...others].flat())
    const found = known.get(own) ?? new Set(own)
    known.set(own, found)
    return found
  }
}

const NO_COLUMNS: readonly string[] = []

async function readUniqueColumns(session: Session, oids: readonly number[]): Promise<Map<number, string[]>> {
  const rows = await session.query<{ oid: number; columns: string[] }>(UNIQUE_COLUMNS_SQL, [oids])
  return new Map(rows.map((row) => [row.oid, row.columns]))
}

/**
 * An index depends on its plain columns through indkey and on those of its expressions and predicate through
 * pg_depend (on the whole row: on every one); a generated column among them depends in turn on the columns that it is computed from.
 */
const UNIQUE_COLUMNS_SQL = `
WITH indexed AS (
  SELECT i.indrelid AS relid, k.attnum
  FROM pg_index i, unnest(i.indkey::int2[]) AS k (attnum)
  WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND k.attnum > 0
  UNION
  SELECT i.indrelid, d.refobjsubid::int2
  FROM pg_index i
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0
  WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion)
  UNION
  SELECT i.indrelid, a.attnum
  FROM pg_index i
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion)
    AND concat(i.indexprs, i.indpred) ~ ':varattno 0 '
), with_bases AS (
  SELECT relid, attnum FROM indexed
  UNION
  SELECT x.relid, d.refobjsubid::int2
  FROM indexed x
  JOIN pg_attribute a ON a.attrelid = x.relid AND a.attnum = x.attnum AND a.attgenerated <> ''
  JOIN pg_attrdef ad ON ad.adrelid = x.relid AND ad.adnum = x.attnum
  JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.relid AND d.refobjsubid > 0
)
SELECT w.relid AS oid, array_agg(a.attname::text) AS columns
FROM with_bases w
JOIN pg_attribute a ON a.attrelid = w.relid AND a.attnum = w.attnum
GROUP BY w.relid`

async function readPartitioning(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, Partitioning>> {
  const rows = await session.query<{ oid: number; key: string; bounds: string[] }>(PARTITIONING_SQL, [oids])
  return new Map(rows.map(({ oid, key, bounds }) => [oid, { key, bounds }]))
}

const PARTITIONING_SQL = `
SELECT p.partrelid AS oid, pg_get_partkeydef(p.partrelid) AS key,
  ARRAY(
    SELECT pg_get_expr(c.relpartbound, c.oid)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = p.partrelid AND to_jsonb(i) ->> 'inhdetachpending' IS DISTINCT FROM 'true'
    ORDER BY 1
  ) AS bounds
FROM pg_partitioned_table p
WHERE p.partrelid = ANY ($1::oid[])`

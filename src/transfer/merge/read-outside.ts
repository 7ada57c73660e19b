import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Partition, Table } from '../../postgres/catalog/table.ts'
import type { Inspection, MergeMode } from '../inspect/inspection.ts'

/** The foreign keys of a merge, and the tables at their ends. */
export interface Surroundings {
  readonly mode: MergeMode
  readonly tables: readonly Table[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly unprovenForeignKeys: readonly ForeignKey[]
  /** Tables that are not merged, at the other end of a foreign key. */
  readonly neighbours: readonly Partition[]
}

/**
 * The tables outside a merge whose rows it reads: those at the other end of foreign keys that it checks itself in the replica role, and the
 * children of keys with an action, which an owner must not trigger. PostgreSQL checks all other keys itself, whatever policies there are.
 */
export function readOutside(surroundings: Surroundings): Partition[] {
  const { mode, tables, foreignKeys, unprovenForeignKeys, neighbours } = surroundings
  const inside = new Set(tables.flatMap(({ partitions }) => partitions.map(({ oid }) => oid)))
  const read =
    mode === 'replica role'
      ? unprovenForeignKeys.flatMap(({ childOid, parentOid }) => [childOid, parentOid])
      : foreignKeys
          .filter((key) => key.isEnforced && key.onDelete !== 'no action' && inside.has(key.parentOid))
          .map(({ childOid }) => childOid)
  const outside = neighbours.filter(({ oid }) => !inside.has(oid) && read.includes(oid))
  // A partition is listed both by itself and as a partition of its table.
  return [...new Map(outside.map((partition) => [partition.oid, partition])).values()]
}

/** The relations outside a run that a foreign key ties to its tables, including those that only the target has. */
export function neighboursOf({
  pairs,
  target: { tables, neighbours, foreignKeys },
}: Pick<Inspection, 'pairs' | 'target'>): Partition[] {
  const inside = new Set(pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid)))
  const ends = new Set(
    foreignKeys
      .map(({ childOid, parentOid }) => [childOid, parentOid])
      .filter((both) => both.some((oid) => inside.has(oid)))
      .flat(),
  )
  const outside = [...neighbours, ...tables.flatMap(({ partitions }) => partitions)]
  return outside.filter(({ oid }) => ends.has(oid) && !inside.has(oid))
}

/** The object ids of the tables at the other end of foreign keys from or to the given relations. */
export function neighbourOids(foreignKeys: readonly ForeignKey[], oids: readonly number[]): number[] {
  const found = new Set(foreignKeys.flatMap((key) => [key.childOid, key.parentOid]))
  for (const oid of oids) found.delete(oid)
  return [...found]
}

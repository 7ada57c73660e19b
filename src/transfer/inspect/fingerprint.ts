import { hash } from 'node:crypto'
import type { Column, Table } from '../../postgres/catalog/table.ts'
import type { DatabaseCatalog } from './inspection.ts'

/** The types of a catalog, and which of them each table uses. */
export type UsedTypes = Pick<DatabaseCatalog, 'types' | 'typeNames' | 'namingTypes'>

/** A short text that is equal for two sets of facts exactly if these are equal. */
export function digestOf(facts: object): string {
  return hash('sha256', JSON.stringify(facts))
}

/** The facts that decide how stored values of columns are read. */
export function columnFacts(columns: readonly Column[]): unknown[] {
  return columns.map(({ number, name, type, baseType, generated, expression }) => [
    number,
    name,
    type,
    baseType,
    generated,
    // A condition may depend on it, and no row is written when it changes.
    ...(generated === 'virtual' ? [expression] : []),
  ])
}

/** The user-defined types of a table. Their labels can be renamed without any row being written. */
export function typeFacts(oid: number, { types, typeNames }: UsedTypes): unknown[] {
  return (typeNames.get(oid) ?? []).map((name) => types.get(name))
}

/** The relations that hold the rows of a table. Attaching or detaching a partition adds or removes rows without writing any. */
export function partitionsDigest({ partitions }: Pick<Table, 'partitions'>): string {
  return digestOf(partitions.map(({ oid, bounds }) => [oid, bounds]))
}

/**
 * Where the partitions of a table store these columns. A column that was dropped and added again has other values, although no row was
 * written. This can also happen to a partition while it is detached.
 */
export function columnPlacesDigest(
  { partitions, columns }: Pick<Table, 'partitions' | 'columns'>,
  names: readonly string[],
): string {
  const own = [...columns].sort((a, b) => compareBytes(a.name, b.name))
  const wanted = [...names].sort(compareBytes).map((name) => own.findIndex((column) => column.name === name))
  return digestOf(
    partitions.map(({ columnNumbers = own.map(({ number }) => number) }) =>
      wanted.map((at) => columnNumbers[at]),
    ),
  )
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Facts that can change although nothing that matters does. */
const VOLATILE = new Set(['bytes', 'pages', 'estimatedRows', 'fileNode', 'children'])

/** A text that is equal for two catalogs exactly if they describe the same schema. */
export function fingerprintOf(catalog: object): string {
  return JSON.stringify(catalog, (key, value: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (value instanceof Set) return [...value].sort()
    if (value instanceof Map) return [...value]
    return value
  })
}

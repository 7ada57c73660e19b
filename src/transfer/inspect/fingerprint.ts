import { createHash } from 'node:crypto'
import type { Column, Table } from '../../postgres/catalog/table.ts'
import type { DatabaseCatalog } from './inspection.ts'

/** The types of a catalog, and which of them each table uses. */
export type UsedTypes = Pick<DatabaseCatalog, 'types' | 'typeNames' | 'namingTypes'>

/** A short text that two sets of facts share exactly when they are the same. */
export function digestOf(facts: object): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

/** What decides how the stored values of columns are to be read. */
export function columnFacts(columns: readonly Column[]): unknown[] {
  return columns.map(({ number, name, type, baseType, generated }) => [
    number,
    name,
    type,
    baseType,
    generated,
  ])
}

/** What the user-defined types that a table uses may hold: their labels may get other names without any row being written. */
export function typeFacts(oid: number, { types, typeNames }: UsedTypes): unknown[] {
  return (typeNames.get(oid) ?? []).map((name) => types.get(name))
}

/** Which relations hold a table's rows: rows come and go with a partition, without any being written. */
export function partitionsDigest({ partitions }: Pick<Table, 'partitions'>): string {
  return digestOf(partitions.map(({ oid, bounds }) => [oid, bounds]))
}

/**
 * Where the partitions of a table store columns, given by their names: one that was dropped and added again has other values, without any
 * row being written, also if that happened to a partition while it was detached.
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

/** Facts that change while nothing that matters does. */
const VOLATILE = new Set(['bytes', 'pages', 'estimatedRows', 'fileNode', 'children'])

/** A text that two catalogs share exactly when they say the same of their schema. */
export function fingerprintOf(catalog: object): string {
  return JSON.stringify(catalog, (key, value: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (value instanceof Set) return [...value].sort()
    if (value instanceof Map) return [...value]
    return value
  })
}

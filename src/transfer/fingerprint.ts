import { createHash } from 'node:crypto'
import type { Column } from '../postgres/catalog/table.ts'
import type { DatabaseCatalog } from './inspection.ts'

/** The types of a catalog, and which of them each table uses. */
export type UsedTypes = Pick<DatabaseCatalog, 'types' | 'typeNames'>

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

/** Facts that change while nothing that matters does. */
const VOLATILE = new Set(['bytes', 'pages', 'estimatedRows', 'fileNode'])

/** A text that two catalogs share exactly when they say the same of their schema. */
export function fingerprintOf(catalog: object): string {
  return JSON.stringify(catalog, (key, value: unknown) => {
    if (VOLATILE.has(key)) return undefined
    if (value instanceof Set) return [...value].sort()
    if (value instanceof Map) return [...value]
    return value
  })
}

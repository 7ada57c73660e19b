import { mayCall } from '../calls-by-name.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import type { ObjectKind, SchemaObject } from '../schema-object.ts'
import { constraintName } from './drop-statement.ts'
import { nameWithin } from './name-within.ts'
import type { Side } from './sides.ts'

/** Kinds that pass on the result of a function without storing it. */
const PASSING = new Set<ObjectKind>([
  'function',
  'aggregate',
  'operator',
  'operator class',
  'operator family',
  'cast',
])

/** Kinds that store results of functions, or check existing rows by them. */
const STORING = new Set<ObjectKind>(['index', 'constraint', 'statistics', 'domain'])

/**
 * Finds objects that would no longer be correct if a function returned other results: indexes, checks, generated columns, partition keys
 * and statistics that call it directly, by an operator, or through another function. The text of a function is searched for its name,
 * because PostgreSQL does not know what the text calls.
 */
export function storedResultsOf(called: SchemaObject, side: Side): SchemaObject[] {
  const seen = new Set<ObjectId>()
  const found = new Map<ObjectId, SchemaObject>()
  const open = [called]
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    if (seen.has(object.id)) continue
    seen.add(object.id)
    const name = nameWithin(object.identity)
    for (const dependent of side.dependents.get(object.id) ?? []) {
      if (PASSING.has(dependent.kind)) open.push(dependent)
      else if (STORING.has(dependent.kind) || storesByName(dependent, name))
        found.set(dependent.id, dependent)
    }
    open.push(...callersOf(object, side))
  }
  return [...found.values()]
}

/** The statements that rebuild what can be rebuilt: indexes. */
export function reindexStatements(objects: readonly SchemaObject[]): string[] {
  return objects.flatMap((object) => {
    const { kind, identity, of, constraint } = object
    if (kind === 'index') return [`REINDEX ${identity}`]
    if (constraint?.kind !== 'exclusion' || of === undefined) return []
    return [`REINDEX INDEX ${quoteName(of.schema)}.${constraintName(object)}`]
  })
}

/** Whether a table uses this name to compute or check rows. A cast has no name. */
function storesByName({ table }: SchemaObject, name: string): boolean {
  if (table === undefined) return false
  const stored = table.columns.flatMap((column) =>
    column.generated === 'stored' ? (column.default ?? []) : [],
  )
  const checks = table.checks.map(({ definition }) => definition)
  return [...stored, ...checks, table.partitionKey ?? ''].some((text) => text !== '' && text.includes(name))
}

/** Functions whose text may call a function. */
function callersOf({ kind, identity }: SchemaObject, { objects }: Side): SchemaObject[] {
  if (kind !== 'function') return []
  const functions = objects.filter((other) => other.kind === 'function')
  const identities = functions.map((other) => other.identity)
  return functions.filter((other) => other.identity !== identity && mayCall(other, identity, identities))
}

import { listSome } from '../../core/count-of.ts'
import { closingOf, splitList, sqlTokens } from '../../core/sql-tokens.ts'
import { mayCall } from '../calls-by-name.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import type { ObjectKind, SchemaObject } from '../schema-object.ts'
import { review, safe } from './changes.ts'
import type { Change } from './difference.ts'
import { constraintName, dropStatement } from './drop-statement.ts'
import { nameWithin } from './name-within.ts'
import type { Pair, Side, Sides } from './sides.ts'

/**
 * Replaces a function if PostgreSQL allows it: with the same result, the same names of arguments, and no fewer defaults. Nothing may have
 * stored its results.
 */
export function compareFunction({ source, target }: Pair, sides: Sides): Change[] {
  const what = 'is defined differently'
  const [statement = '', ...rest] = source.create
  if (isReplaceable(source, target)) {
    const within = [statement.replace(/^CREATE /, 'CREATE OR REPLACE '), ...rest]
    const storing = storedResultsOf(target, sides.target)
    if (storing.length === 0) return [safe('function', what, { within })]
    const names = storing.map(({ identity }) => identity)
    const reason = `what it returned before is in ${listSome(names, MOST_NAMED)}: each must be computed or checked again`
    return [review('function', what, reason, [...within, ...reindexStatements(storing)])]
  }
  const reason = 'its arguments or its result have changed, so it must be dropped, with all that uses it'
  return [review('function', what, reason, [dropStatement(target) ?? '', ...source.create])]
}

const MOST_NAMED = 5

function isReplaceable(source: SchemaObject, target: SchemaObject): boolean {
  const [to, from] = [headerOf(source), headerOf(target)]
  if (to === undefined || from === undefined) return false
  if (to.kind !== from.kind || to.result !== from.result || to.args.length !== from.args.length) return false
  return from.args.every((arg, index) => {
    const other = to.args[index]
    return other !== undefined && arg.declared === other.declared && (!arg.hasDefault || other.hasDefault)
  })
}

interface Header {
  readonly kind: string | undefined
  readonly args: readonly { readonly declared: string; readonly hasDefault: boolean }[]
  /** From `RETURNS` to `LANGUAGE`. */
  readonly result: string
}

/** The part of a function's definition before its language, attributes and body. */
function headerOf({ create: [statement = ''] }: SchemaObject): Header | undefined {
  const tokens = sqlTokens(statement)
  const open = tokens.indexOf('(')
  const close = closingOf(tokens, open)
  const end = tokens.indexOf('LANGUAGE', close)
  if (open < 0 || close < 0 || end < 0) return undefined
  const args = splitList(tokens.slice(open + 1, close)).map((arg) => {
    const at = arg.indexOf('DEFAULT')
    return { declared: arg.slice(0, at < 0 ? undefined : at).join(' '), hasDefault: at >= 0 }
  })
  const [, kind] = tokens
  // Replacing a function cannot change whether it is a window function, either.
  const isWindow = /\n WINDOW\b/.test(statement)
  return { kind, args, result: `${tokens.slice(close + 1, end).join(' ')}${isWindow ? ' WINDOW' : ''}` }
}

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
function storedResultsOf(called: SchemaObject, side: Side): SchemaObject[] {
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
function reindexStatements(objects: readonly SchemaObject[]): string[] {
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

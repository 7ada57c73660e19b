import { closingOf, splitList, sqlTokens } from '../../core/sql-tokens.ts'
import type { SchemaObject } from '../schema-object.ts'
import { review, safe } from './changes.ts'
import type { Change } from './difference.ts'
import { dropStatement } from './drop-statement.ts'
import type { Pair, Sides } from './sides.ts'
import { reindexStatements, storedResultsOf } from './stored-results.ts'

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
    const reason = `what it returned before is in ${listed(storing)}: each must be computed or checked again`
    return [review('function', what, reason, [...within, ...reindexStatements(storing)])]
  }
  const reason = 'its arguments or its result have changed, so it must be dropped, with all that uses it'
  return [review('function', what, reason, [dropStatement(target) ?? '', ...source.create])]
}

const MOST_NAMED = 5

function listed(objects: readonly SchemaObject[]): string {
  const names = objects.slice(0, MOST_NAMED).map(({ identity }) => identity)
  const more = objects.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}

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

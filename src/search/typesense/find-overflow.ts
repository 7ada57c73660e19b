import type { IndexDocument } from '../search-index.ts'
import type { ControlPlane } from './control-plane.ts'
import { parsedJson, valuesAt } from './json-values.ts'

/** Says why a document is not sent, because a number in it does not fit its field; undefined if all fit. */
export type OverflowCheck = (json: string) => string | undefined

/** A check of documents for the fields of their collection, which is asked for its schema once, and not before it matters. */
export function openOverflowChecks({
  call,
}: ControlPlane): (collection: string, documents: readonly IndexDocument[]) => Promise<OverflowCheck> {
  const checks = new Map<string, Promise<OverflowCheck>>()
  return async (collection, documents) => {
    if (!documents.some(({ json }) => MAY_OVERFLOW.test(json))) return () => undefined
    const known = checks.get(collection)
    if (known !== undefined) return known
    const opened = call((client) => client.collections(collection).retrieve()).then(({ fields }) =>
      overflowCheck(fields),
    )
    checks.set(collection, opened)
    opened.catch(() => checks.delete(collection))
    return opened
  }
}

/** No whole number with fewer digits is beyond 32 bits. */
const MAY_OVERFLOW = /\d{10}/

/**
 * A server takes whole numbers beyond 32 bits into fields of type int32, gives them back, and finds them by no filter. Those beyond 64 bits become
 * other numbers in fields of type int64, or are rejected without the name of a reason.
 */
export function overflowCheck(
  fields: readonly { readonly name: string; readonly type: string }[],
): OverflowCheck {
  const checked = fields.flatMap(({ name, type }) => {
    const [, bits] = /^int(32|64)(?:\[\])?$/.exec(type) ?? []
    return bits === undefined ? [] : [{ name, bits: Number(bits), path: name.split('.') }]
  })
  const narrow = checked.filter(({ bits }) => bits === 32)
  return (json) => {
    if (!MAY_OVERFLOW.test(json)) return undefined
    // Times in seconds are in many documents: these are not parsed for them.
    const isLong = MAY_EXCEED_64_BITS.test(json)
    const relevant = isLong ? checked : narrow
    if (relevant.length === 0) return undefined
    const document = parsedJson(isLong ? withExactIntegers(json) : json)
    const found = relevant.find(({ path, bits }) =>
      valuesAt(document, path)
        .flat(2)
        .some((value) => isBeyond(value, bits)),
    )
    if (found === undefined) return undefined
    const cure =
      found.bits === 32
        ? 'Give the field the type int64.'
        : 'Give the field the type string, and cast the column to text.'
    return `Field \`${found.name}\` must be an int${found.bits}: its value is beyond ${found.bits} bits, and no filter would find it. ${cure}`
  }
}

/** No whole number with fewer digits is beyond 64 bits. */
const MAY_EXCEED_64_BITS = /\d{19}/
/** Strings, so that nothing is found in them, and whole numbers that may be beyond 64 bits, which JavaScript rounds. */
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{19,}(?![\d.eE])/g
/** Before the digits of such a number: what no number has in a document. */
const EXACT = '\\ufffe'
const IS_EXACT = /^\ufffe-?\d+$/

function withExactIntegers(json: string): string {
  return json.replaceAll(STRING_OR_LONG_INTEGER, (token) =>
    token.startsWith('"') ? token : `"${EXACT}${token}"`,
  )
}

function isBeyond(value: unknown, bits: number): boolean {
  if (typeof value === 'string' && IS_EXACT.test(value)) {
    const exact = BigInt(value.slice(1))
    return BigInt.asIntN(bits, exact) !== exact
  }
  return bits === 32 && Number.isInteger(value) && Math.abs((value as number) + 0.5) > 2 ** 31
}

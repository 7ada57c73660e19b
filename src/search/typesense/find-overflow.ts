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
      overflowCheck(fields.filter(({ type }) => type.startsWith('int32')).map(({ name }) => name)),
    )
    checks.set(collection, opened)
    opened.catch(() => checks.delete(collection))
    return opened
  }
}

/** No whole number with fewer digits is beyond 32 bits. */
const MAY_OVERFLOW = /\d{10}/

/** A server takes whole numbers beyond 32 bits into fields of type int32, gives them back, and finds them by no filter. */
export function overflowCheck(int32Fields: readonly string[]): OverflowCheck {
  const paths = int32Fields.map((name) => ({ name, path: name.split('.') }))
  return (json) => {
    if (paths.length === 0 || !MAY_OVERFLOW.test(json)) return undefined
    const document = parsedJson(json)
    const found = paths.find(({ path }) => valuesAt(document, path).flat(2).some(isBeyond))
    if (found === undefined) return undefined
    return `Field \`${found.name}\` must be an int32: its value is beyond 32 bits, and no filter would find it. Give the field the type int64.`
  }
}

function isBeyond(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs((value as number) + 0.5) > 2 ** 31
}

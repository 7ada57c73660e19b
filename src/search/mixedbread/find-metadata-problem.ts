// One less than Mixedbread takes: managed_by is added.
const MOST_KEYS = 255
const MOST_VALUE_BYTES = 8 * 1024
const MOST_BYTES = 128 * 1024 - 64

/** What Mixedbread would refuse of a document's metadata; names keys, never values. */
export function findMetadataProblem(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return 'metadata: is not an object'
  }
  const entries = Object.entries(metadata)
  if (entries.length > MOST_KEYS) return `metadata: has more than ${MOST_KEYS} keys`
  const tooLong = entries.find(([, value]) => bytesOf(value) > MOST_VALUE_BYTES)
  if (tooLong !== undefined) return `metadata.${tooLong[0]}: has more than ${MOST_VALUE_BYTES} bytes`
  const inexact = entries.find(([, value]) => hasInexactNumber(value))
  if (inexact !== undefined)
    return `metadata.${inexact[0]}: has a number too large to be sent exactly; make it a text`
  return bytesOf(metadata) > MOST_BYTES ? `metadata: has more than ${MOST_BYTES} bytes` : undefined
}

/** JSON numbers are read as those of JavaScript, and sent as what they became. */
function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactNumber)
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}

import { createHash } from 'node:crypto'
import { countByte } from '../core/count-byte.ts'
import { FailedError, RefusedError } from '../core/errors.ts'
import { findContradiction } from './find-contradiction.ts'
import { type Manifest, manifestSchema, NEWEST_FORMAT_VERSION } from './manifest.ts'

/** The manifest of some 20,000 tables with 20 columns each; to read it takes less than a gigabyte. */
export const LARGEST_MANIFEST = 128 * 1024 * 1024
/** What begins another value in JSON. A manifest of the largest size has fewer; each takes far more memory than its text. */
const VALUE_STARTS = ['{', '[', ',']
const MOST_VALUES = 6_000_000

/**
 * The manifest as text, with its own checksum as the last key.
 * @throws FailedError if it holds what could not be read back: names and figures are the source's own
 */
export function encodeManifest(manifest: Manifest): string {
  const valid = validate(manifest)
  if (typeof valid === 'string') throw unwritable(valid)
  const text = `${JSON.stringify({ ...manifest, sha256: checksumOf(manifest) }, null, 2)}\n`
  if (isTooLarge(Buffer.from(text))) throw unwritable('would be far too large')
  return text
}

/**
 * Reads a manifest.
 * @throws RefusedError if it is none, is damaged or was edited, or is of a newer format
 */
export function decodeManifest(text: Buffer, shown: string): Manifest {
  if (isTooLarge(text)) throw damaged(shown, 'is far too large')
  const value = parseJson(text.toString('utf8'), shown)
  refuseNewerFormat(value, shown)
  const { sha256: expected, ...rest } = value
  if (!fits(rest, expected)) {
    throw damaged(shown, 'does not match its own checksum: it was damaged or edited')
  }
  const valid = validate(rest)
  if (typeof valid === 'string') throw damaged(shown, valid)
  return valid
}

/** The manifest, or what is wrong with it. */
function validate(value: unknown): Manifest | string {
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) return `is not valid at ${parsed.error.issues[0]?.path.join('.') || 'its root'}`
  const contradiction = findContradiction(parsed.data)
  return contradiction === undefined ? parsed.data : `contradicts itself: ${contradiction}`
}

/** Counted before it is parsed, which is where the memory would go. */
function isTooLarge(text: Buffer): boolean {
  if (text.length > LARGEST_MANIFEST) return true
  const values = VALUE_STARTS.map((start) => countByte(text, start.charCodeAt(0)))
  return values.reduce((total, count) => total + count, 0) > MOST_VALUES
}

function unwritable(what: string): FailedError {
  return new FailedError(`The manifest of the dump ${what}`, {
    hint: 'Leave tables out (--exclude). If the named object is not unusual in the source, please report it as a bug.',
  })
}

function parseJson(text: string, shown: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Said below, without the text: it may hold anything.
  }
  throw damaged(shown, 'is not a JSON object')
}

function refuseNewerFormat({ format, formatVersion }: Record<string, unknown>, shown: string): void {
  if (format !== 'mbsync dump') throw damaged(shown, 'is not a manifest of an mbsync dump')
  if (typeof formatVersion !== 'number' || formatVersion <= NEWEST_FORMAT_VERSION) return
  throw new RefusedError(
    `${shown} is of format version ${formatVersion}; this mbsync reads up to ${NEWEST_FORMAT_VERSION}`,
    { hint: 'Update mbsync, or restore it with `gunzip -c … | psql -1 -v ON_ERROR_STOP=1 "$URL"`.' },
  )
}

function damaged(shown: string, what: string): RefusedError {
  return new RefusedError(`${shown}: the manifest ${what}`, {
    hint: 'Use another dump. Nothing has changed in the target.',
  })
}

function fits(manifest: object, expected: unknown): boolean {
  try {
    return checksumOf(manifest) === expected
  } catch {
    // What is nested deeper than a stack is high was not written by mbsync.
    return false
  }
}

/** Over the compact text, so that the layout of the file does not count. */
function checksumOf(manifest: object): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}

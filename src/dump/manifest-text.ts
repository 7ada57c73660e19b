import { createHash } from 'node:crypto'
import { countByte } from '../core/count-byte.ts'
import { FailedError, RefusedError } from '../core/errors.ts'
import { groupByTable, TableSet } from '../core/table-map.ts'
import { displayName, nameKey } from '../core/table-name.ts'
import { OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import { allFiles } from './all-files.ts'
import { METHODS } from './compression.ts'
import {
  type DumpFile,
  FORMAT_VERSIONS,
  type Manifest,
  type ManifestFile,
  type ManifestTable,
  manifestSchema,
  NEWEST_FORMAT_VERSION,
} from './manifest.ts'

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

/** What a compressed file holds beside the compressed bytes, generously. */
const OVERHEAD = 1024
/** The settings and the COPY statement before the rows: 1,600 long column names fit. */
const LONGEST_HEADER = 4 * 1024 * 1024
const LONGEST_TRAILER = 1024

/** What cannot be true of a manifest whose every field is valid; undefined if all of it can. */
function findContradiction(manifest: Manifest): string | undefined {
  const { tables, sequences, files } = manifest
  const all: DumpFile[] = allFiles(manifest)
  const path = findRepeated(all.map((file) => file.path))
  if (path !== undefined) return `two files are named ${path}`
  const foreign = [...tables, ...sequences].find(({ schema }) => isNeverDumped(schema))
  if (foreign !== undefined) return `${displayName(foreign)} is never part of a dump`
  if (findRepeated(tables.map(nameKey)) !== undefined) return 'a table is described twice'
  const known = new TableSet(tables)
  const stray = files.find(({ table }) => !known.has(table))
  if (stray !== undefined) return `${stray.path} is of a table that is not described`
  const { method } = manifest.compression
  if (method !== 'gzip' && manifest.formatVersion < FORMAT_VERSIONS[method])
    return `no dump of its format version has ${method}`
  const { suffix, largestRatio } = METHODS[method]
  const other = all.find((file) => !file.path.endsWith(suffix))
  if (other !== undefined) return `${other.path} is not named as a file of its compression`
  const impossible = all.find(({ bytes, rawBytes }) => rawBytes > bytes * largestRatio + OVERHEAD)
  if (impossible !== undefined) return `${impossible.path} cannot hold as many bytes as it claims`
  const misfit = files.find((file) => !areRowsInPlace(file))
  if (misfit !== undefined) return `the rows of ${misfit.path} do not fit in it`
  const byTable = groupByTable(files, ({ table }) => table)
  const wrong = tables.find((table) => !addsUp(table, byTable.get(table) ?? []))
  return wrong === undefined ? undefined : `the files of ${displayName(wrong)} do not add up`
}

/** Schemas of the system and of mbsync itself. */
function isNeverDumped(schema: string): boolean {
  return /^(pg_|information_schema$)/.test(schema) || OWN_SCHEMAS.some((own) => own === schema)
}

function areRowsInPlace({ rowsStart, rowsBytes, rawBytes }: ManifestFile): boolean {
  const trailerBytes = rawBytes - rowsStart - rowsBytes
  return rowsStart <= LONGEST_HEADER && trailerBytes >= 0 && trailerBytes <= LONGEST_TRAILER
}

function addsUp(table: ManifestTable, files: readonly ManifestFile[]): boolean {
  const numbers = new Set(files.map(({ part }) => part))
  const total = (pick: (file: ManifestFile) => number) => files.reduce((sum, file) => sum + pick(file), 0)
  return (
    numbers.size === files.length &&
    files.every(({ part, parts }) => parts === files.length && part <= parts) &&
    total(({ rows }) => rows) === table.rows &&
    total(({ rowsBytes }) => rowsBytes) === table.bytes
  )
}

function findRepeated(texts: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => {
    if (seen.has(text)) return true
    seen.add(text)
    return false
  })
}

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { RefusedError } from '../core/errors.ts'
import { findContradiction } from './find-contradiction.ts'

/** The version that this mbsync writes. A change that older readers would misread raises it. */
export const FORMAT_VERSION = 1

/** Far beyond the manifest of a hundred thousand tables, and what can be read at once. */
export const LARGEST_MANIFEST = 256 * 1024 * 1024

/** The name of the manifest in a dump that is a folder. */
export const MANIFEST_FILE = 'manifest.json'

const name = z.string().min(1)
const count = z.int().min(0)
const integerText = z.string().regex(/^-?\d{1,19}$/)
const tableName = z.object({ schema: name, name })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const column = z.object({
  name,
  type: z.string(),
  baseType: z.string(),
  isNotNull: z.boolean(),
  hasDefault: z.boolean(),
  generated: z.enum(['no', 'stored', 'virtual']),
  expression: z.string().nullable(),
  identity: z.enum(['no', 'always', 'by default']),
})

const table = tableName.extend({
  isPartitioned: z.boolean(),
  columns: z.array(column),
  keyColumns: z.array(name).nullable(),
  partitioning: z.object({ key: z.string(), bounds: z.array(z.string()) }).nullable(),
  where: z.string().nullable(),
  rows: count,
  bytes: count,
})

const type = z.object({
  name: z.string(),
  kind: z.enum(['enum', 'composite', 'domain', 'range', 'base', 'other']),
  parts: z.array(z.string()),
})

const foreignKey = z.object({
  child: tableName,
  parent: tableName,
  childColumns: z.array(name),
  parentColumns: z.array(name),
  isValid: z.boolean(),
  isEnforced: z.boolean(),
})

const sequence = tableName.extend({
  table: tableName.nullable(),
  type: z.string(),
  minimum: integerText,
  maximum: integerText,
  lastValue: integerText,
  isCalled: z.boolean(),
})

/** Names of files come from outside: one folder, plain characters, no way out of the dump. */
const path = z.string().regex(/^data\/[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.sql\.gz$/)

const file = z.object({ path, bytes: count, rawBytes: count, sha256 })

const rowFile = file.extend({
  table: tableName,
  part: z.int().min(1),
  parts: z.int().min(1),
  rows: count,
  rowsStart: count,
  rowsBytes: count,
})

const origin = z.object({
  name: z.string(),
  database: z.string(),
  databaseOid: count,
  systemIdentifier: z.string().nullable(),
})

const manifestSchema = z.object({
  format: z.literal('mbsync dump'),
  formatVersion: z.int().min(1),
  mbsyncVersion: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  source: z.object({
    name: z.string(),
    database: z.string(),
    databaseOid: count,
    systemIdentifier: z.string().nullable(),
    version: z.string(),
    encoding: z.string(),
    /** Older dumps do not say it. */
    origins: z.array(origin).nullable().optional(),
  }),
  snapshot: z.string(),
  encoding: z.enum(['UTF8', 'SQL_ASCII']),
  compression: z.object({ method: z.literal('gzip'), level: z.int().min(1).max(9) }),
  filters: z.object({
    include: z.array(z.string()),
    exclude: z.array(z.string()),
    only: z.array(z.string()),
  }),
  tables: z.array(table),
  types: z.array(type),
  foreignKeys: z.array(foreignKey),
  violated: z.array(z.object({ relation: tableName, definition: z.string() })),
  sequences: z.array(sequence),
  /** In the order in which psql should run them; the last one sets the sequences. */
  files: z.array(rowFile),
  sequencesFile: file,
})

/** All there is to know of a dump beside its rows; `docs/DUMP-FORMAT.md` describes every field. */
export type Manifest = z.infer<typeof manifestSchema>
export type ManifestTable = Manifest['tables'][number]
export type ManifestFile = Manifest['files'][number]
/** What every file of a dump is known by. */
export type DumpFile = Manifest['sequencesFile']

/** The manifest as text, with its own checksum as the last key. */
export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, sha256: checksumOf(manifest) }, null, 2)}\n`
}

/**
 * Reads a manifest.
 * @throws RefusedError if it is none, is damaged or was edited, or is of a newer format
 */
export function decodeManifest(text: string, shown: string): Manifest {
  const value = parseJson(text, shown)
  refuseNewerFormat(value, shown)
  const { sha256: expected, ...rest } = value
  if (!fits(rest, expected)) {
    throw damaged(shown, 'does not fit its own checksum: it was damaged or edited')
  }
  const parsed = manifestSchema.safeParse(rest)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw damaged(shown, `is not valid at ${issue?.path.join('.') || 'its root'}`)
  }
  const contradiction = findContradiction(parsed.data)
  if (contradiction !== undefined) throw damaged(shown, `contradicts itself: ${contradiction}`)
  return parsed.data
}

function parseJson(text: string, shown: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below, without the text: it may hold anything.
  }
  throw damaged(shown, 'is not a JSON object')
}

function refuseNewerFormat({ format, formatVersion }: Record<string, unknown>, shown: string): void {
  if (format !== 'mbsync dump') throw damaged(shown, 'is not a manifest of an mbsync dump')
  if (typeof formatVersion !== 'number' || formatVersion <= FORMAT_VERSION) return
  throw new RefusedError(
    `${shown} is of format version ${formatVersion}; this mbsync reads up to ${FORMAT_VERSION}`,
    { hint: 'Update mbsync, or restore it with `gunzip -c … | psql`.' },
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

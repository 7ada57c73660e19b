import { z } from 'zod'
import { SCRIPT_VERSION } from '../schema/write-script.ts'
import { METHODS, type Method } from './compression.ts'

/** The versions that this mbsync writes: a change that older readers would misread raises them, so only what they cannot unpack has a newer one. */
export const FORMAT_VERSIONS: Readonly<Record<Method, number>> = { gzip: 2, zstd: 3 }
/** The newest version that this mbsync reads. */
export const NEWEST_FORMAT_VERSION = Math.max(...Object.values(FORMAT_VERSIONS))

/** The name of the manifest in a dump that is a folder. */
export const MANIFEST_FILE = 'manifest.json'

/** PostgreSQL has no text with NUL, and takes none. */
const text = z.string().regex(/^[^\0]*$/)
const name = text.min(1)
const count = z.int().min(0)
const integerText = z.string().regex(/^-?\d{1,19}$/)
const tableName = z.object({ schema: name, name })
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** An array whose first wrong item is the only one to be reported: there may be millions. */
function list<T>(item: z.ZodType<T>) {
  return z.array(z.unknown()).transform((values, context): T[] => {
    const items: T[] = []
    for (const [index, value] of values.entries()) {
      const parsed = item.safeParse(value)
      if (!parsed.success) {
        const path = [index, ...(parsed.error.issues[0]?.path ?? [])]
        context.addIssue({ code: 'custom', path })
        return z.NEVER
      }
      items.push(parsed.data)
    }
    return items
  })
}

const column = z.object({
  name,
  type: text,
  baseType: text,
  isNotNull: z.boolean(),
  hasDefault: z.boolean(),
  generated: z.enum(['no', 'stored', 'virtual']),
  expression: text.nullable(),
  identity: z.enum(['no', 'always', 'by default']),
})

const table = tableName.extend({
  isPartitioned: z.boolean(),
  columns: list(column),
  keyColumns: list(name).nullable(),
  partitioning: z.object({ key: text, bounds: list(text) }).nullable(),
  where: text.nullable(),
  /** The columns whose values are masked; absent where none are. */
  masked: list(name).optional(),
  /** Digests of their masks, by column; absent where none are, and in dumps of earlier versions. */
  maskDigests: z.record(name, sha256).optional(),
  /** The columns that the profile leaves out; absent where it leaves out none. */
  leftOut: list(name).optional(),
  rows: count,
  bytes: count,
})

const type = z.object({
  name: text,
  kind: z.enum(['enum', 'composite', 'domain', 'range', 'base', 'other']),
  parts: list(text),
})

const foreignKey = z.object({
  child: tableName,
  parent: tableName,
  childColumns: list(name),
  parentColumns: list(name),
  isValid: z.boolean(),
  isEnforced: z.boolean(),
  /** Absent in dumps of earlier versions, as all that follows. */
  isMatchFull: z.boolean().optional(),
  hasPeriod: z.boolean().optional(),
  /** Absent where its triggers are not altered. */
  firing: z.enum(['always', 'off']).optional(),
  comparisons: list(
    z.object({ collation: text.nullable(), isLoose: z.boolean(), looseRules: text.nullable() }),
  ).optional(),
})

/** Absent in dumps of earlier versions. */
const restrictions = z.object({
  ofTables: list(
    z.object({
      table: tableName,
      relation: tableName,
      name,
      kind: z.enum(['check', 'exclusion', 'unique']),
      definition: text,
      elements: list(text),
      predicate: text.nullable(),
      nullsConflict: z.boolean(),
      isValid: z.boolean(),
    }),
  ),
  ofDomains: list(z.object({ type: text, name, definition: text, isValid: z.boolean() })),
})

const sequence = tableName.extend({
  table: tableName.nullable(),
  /** Absent in dumps of earlier versions. */
  columns: list(
    z.object({
      table: tableName,
      relation: tableName,
      column: name,
      isOwner: z.boolean(),
      isDefault: z.boolean(),
    }),
  ).optional(),
  type: text,
  minimum: integerText,
  maximum: integerText,
  /** Absent in dumps of earlier versions. */
  increment: integerText.optional(),
  lastValue: integerText,
  isCalled: z.boolean(),
})

/** Absent in dumps of earlier versions. */
const leftOut = z.object({
  parents: list(z.object({ table: tableName, children: count, example: tableName })),
  largeObjects: count,
  extensionTables: list(z.object({ table: tableName, extension: text, isKnown: z.boolean() })),
})

/** Names of files come from outside: one folder, plain characters, no way out of the dump. */
const path = z.string().regex(/^data\/[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.sql\.(gz|zst)$/)

const fileFacts = { bytes: z.int().min(1), rawBytes: count, sha256 }
const file = z.object({ path, ...fileFacts })

/** What can be created of a table, as statements, and what must be known of it to choose it. */
const schemaObject = z.object({
  id: name,
  kind: name,
  identity: name,
  schema: name.optional(),
  of: tableName.optional(),
  section: z.enum(['pre-data', 'post-data']),
  create: list(text),
  describe: list(text),
  owner: name.optional(),
  grants: list(text),
  roles: list(name).optional(),
  grantedTo: list(name).optional(),
  dependsOn: list(name),
  placeholderOf: name.optional(),
  isPopulated: z.boolean().optional(),
  superuserReason: text.optional(),
  since: z.object({ version: count, feature: text }).optional(),
  extension: z.object({ name, version: text }).optional(),
  table: z.object({ name: tableName, parent: tableName.optional() }).optional(),
  sequence: tableName.optional(),
})

/** Absent in dumps of earlier versions, and where it was not asked for. */
const schema = z.object({
  serverVersion: count,
  /** In which way the scripts are written; the first way in dumps that do not say it. */
  scriptVersion: z.literal([1, SCRIPT_VERSION]).optional(),
  objects: list(schemaObject),
  unsupported: list(
    z.object({ id: name, identity: name, reason: text, hint: text.optional(), of: tableName.optional() }),
  ),
  /** What psql runs before all other scripts, and after them. */
  preDataFile: z.object({
    path: z.enum(['schema/pre-data.sql.gz', 'schema/pre-data.sql.zst']),
    ...fileFacts,
  }),
  postDataFile: z.object({
    path: z.enum(['schema/post-data.sql.gz', 'schema/post-data.sql.zst']),
    ...fileFacts,
  }),
})

function compression<M extends Method>(method: M) {
  return z.object({ method: z.literal(method), level: z.int().min(1).max(METHODS[method].highestLevel) })
}

const rowFile = file.extend({
  table: tableName,
  part: z.int().min(1),
  parts: z.int().min(1),
  rows: count,
  rowsStart: count,
  rowsBytes: count,
})

const origin = z.object({
  name: text,
  database: text,
  databaseOid: count,
  systemIdentifier: text.nullable(),
})

export const manifestSchema = z.object({
  format: z.literal('mbsync dump'),
  formatVersion: z.int().min(1),
  mbsyncVersion: text,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  source: z.object({
    name: text,
    database: text,
    databaseOid: count,
    systemIdentifier: text.nullable(),
    version: text,
    encoding: text,
    /** Older dumps do not say it. */
    origins: list(origin).nullable().optional(),
  }),
  /** The profile that was exported; absent in dumps of earlier versions, and where none was named. */
  profile: text.optional(),
  snapshot: text,
  encoding: z.enum(['UTF8', 'SQL_ASCII']),
  /** What psql is restricted with while it runs the scripts; dumps of earlier versions have none. */
  restrictKey: z
    .string()
    .regex(/^[0-9A-Za-z]{32,128}$/)
    .optional(),
  /** In which way the scripts begin; dumps of earlier versions do not say it. */
  openingVersion: z.literal(2).optional(),
  /** Whose search path the scripts with rows set; dumps of earlier versions have none. */
  searchPath: z.literal('target').optional(),
  compression: z.discriminatedUnion('method', [compression('gzip'), compression('zstd')]),
  filters: z.object({
    include: list(text),
    exclude: list(text),
    only: list(text),
  }),
  tables: list(table),
  types: list(type),
  /** Absent in dumps of earlier versions. */
  extensionNames: list(z.object({ name: text, extension: text })).optional(),
  foreignKeys: list(foreignKey),
  /** Empty: only older versions write into it, and read it. */
  violated: list(z.object({ relation: tableName, definition: text })),
  restrictions: restrictions.optional(),
  leftOut: leftOut.optional(),
  sequences: list(sequence),
  /** In the order in which psql should run them; the last one sets the sequences. */
  files: list(rowFile),
  sequencesFile: file,
  schema: schema.optional(),
})

/** All there is to know of a dump beside its rows; `docs/DUMP-FORMAT.md` describes every field. */
export type Manifest = z.infer<typeof manifestSchema>
export type ManifestTable = Manifest['tables'][number]
export type ManifestFile = Manifest['files'][number]
/** What every file of a dump is known by. */
export type DumpFile = Manifest['sequencesFile']
export type ManifestSchema = NonNullable<Manifest['schema']>

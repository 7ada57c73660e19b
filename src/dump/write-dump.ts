import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ReadonlyTableMap, TableMap, TableSet } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import { explainFileError, onFile } from '../files/file-error.ts'
import type { Report } from '../progress/progress.ts'
import type { CreatableSchema } from '../schema/creatable-object.ts'
import type { Section } from '../schema/schema-object.ts'
import type { LiveCatalog } from '../transfer/inspect/inspect-source.ts'
import { type Copied, NOTHING_COPIED } from '../transfer/land/copied.ts'
import { announce, copyParts } from '../transfer/land/copy-parts.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import type { LivePart } from '../transfer/source/plan-parts.ts'
import { type PartWriter, type RowSink, readersOf } from '../transfer/source/row-source.ts'
import { openCompressedFile } from './compressed-file.ts'
import { type Compression, METHODS } from './compression.ts'
import { describeCatalog, describeTable } from './describe-catalog.ts'
import { describeSchema, schemaOf } from './describe-schema.ts'
import {
  type DumpFile,
  FORMAT_VERSIONS,
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
  type ManifestSchema,
} from './manifest.ts'
import { encodeManifest } from './manifest-text.ts'
import { type FilePlan, planFiles } from './plan-files.ts'
import { restoreOrder } from './restore-order.ts'
import { newRestrictKey, type ScriptKind, schemaScript, sequenceScript } from './script.ts'

/** What writing a dump needs beside its source. */
export interface DumpRequest {
  /** An empty folder with an empty folder `data` in it. */
  readonly folder: string
  readonly facts: Pick<Manifest, 'mbsyncVersion' | 'startedAt' | 'filters' | 'source' | 'profile'>
  /** Chooses what creates the tables; missing for a dump of rows alone. */
  readonly chooseSchema?: (() => Promise<CreatableSchema>) | undefined
  readonly compression: Compression
  readonly jobs: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** Writes everything that the source has into a folder, the manifest last. */
export async function writeDump(source: LiveSource, request: DumpRequest): Promise<Manifest> {
  const { folder, compression, jobs, report, signal } = request
  const { catalog, encoding } = source
  const order = restoreOrder(
    catalog.tables.map(({ name }) => name),
    [...enforcedReferences(catalog), ...readByChecks(catalog)],
  )
  const parts = source.planParts(order.tables, jobs, order.selfReferring)
  const suspended = new TableSet([...order.cyclic, ...unvalidatedKeys(catalog)])
  for (const { table, of } of parts) {
    // Partitions are parts of their own, whatever their size.
    if (of > 1 && order.selfReferring.has(table)) suspended.add(table)
  }
  const restrictKey = newRestrictKey()
  const searchPath = 'target'
  const kind = { encoding, restrictKey, openingVersion: 2 } as const
  const plan = planFiles(parts, order, suspended, {
    ...kind,
    searchPath,
    hasSchema: request.chooseSchema !== undefined,
    method: compression.method,
  })
  const written: ManifestFile[] = []
  // One session reads the definitions while the others begin with the rows.
  const choosing = request.chooseSchema?.()
  choosing?.catch(() => undefined)
  announce({ parts, report })
  const copied = await copyParts({
    parts,
    openReader: source.openReader,
    openWriter: async () => new DumpWriter(folder, plan, compression, written),
    jobs: readersOf(source, jobs),
    report,
    signal,
  })
  const schema = await choosing
  const script = sequenceScript(catalog.sequences, kind)
  const manifest: Manifest = {
    format: 'mbsync dump',
    formatVersion: FORMAT_VERSIONS[compression.method],
    ...request.facts,
    finishedAt: new Date().toISOString(),
    snapshot: source.snapshot,
    encoding: encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8',
    restrictKey,
    openingVersion: kind.openingVersion,
    searchPath,
    compression,
    tables: describeTables(catalog, order.tables, copied),
    ...describeCatalog(catalog),
    files: inOrder(written, plan.paths),
    sequencesFile: await writeScript(folder, plan.sequencesPath, script, compression),
    ...(schema && { schema: await writeSchema(schema, request, kind) }),
  }
  const path = join(folder, MANIFEST_FILE)
  await onFile(path, () =>
    writeFile(path, encodeManifest(manifest), { mode: 0o600, flag: 'wx', flush: true }),
  )
  return manifest
}

async function writeSchema(
  schema: CreatableSchema,
  { folder, compression }: DumpRequest,
  kind: ScriptKind,
): Promise<ManifestSchema> {
  const described = describeSchema(schema)
  // They are written from what is read back, as they are compared with that.
  const { objects } = schemaOf(described)
  const { suffix } = METHODS[compression.method]
  await onFile(folder, () => mkdir(join(folder, 'schema'), { mode: 0o700 }))
  const write = async <P extends string>(path: P, section: Section) => {
    const script = schemaScript(objects, section, { ...kind, scriptVersion: described.scriptVersion })
    return { ...(await writeScript(folder, path, script, compression)), path }
  }
  return {
    ...described,
    preDataFile: await write(`schema/pre-data${suffix}`, 'pre-data'),
    postDataFile: await write(`schema/post-data${suffix}`, 'post-data'),
  }
}

function enforcedReferences({ foreignKeys }: LiveCatalog) {
  return foreignKeys
    .filter((key) => key.isEnforced)
    .map(({ childTable, parentTable }) => ({ child: childTable, parent: parentTable }))
}

/** What a check reads must be there before the rows that it is asked about. */
function readByChecks({ functionReads }: LiveCatalog) {
  return functionReads.map(({ table, read }) => ({ child: table, parent: read }))
}

/** Rows that violate a NOT VALID foreign key cannot be written while it is checked. Whether there are any is not asked of the source. */
function unvalidatedKeys({ foreignKeys }: LiveCatalog): TableName[] {
  return foreignKeys.filter((key) => key.isEnforced && !key.isValid).map(({ childTable }) => childTable)
}

function describeTables(
  { tables }: LiveCatalog,
  order: readonly TableName[],
  copied: ReadonlyTableMap<Copied>,
): Manifest['tables'] {
  const byName = new TableMap(tables.map((table) => [table.name, table]))
  return order.flatMap((name) => {
    const table = byName.get(name)
    const { rows, bytes } = copied.get(name) ?? NOTHING_COPIED
    return table === undefined ? [] : [describeTable(table, { rows, bytes })]
  })
}

function inOrder(files: readonly ManifestFile[], paths: readonly string[]): ManifestFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return paths.flatMap((path) => byPath.get(path) ?? [])
}

/** Writes parts as compressed psql scripts into a folder. */
class DumpWriter implements PartWriter<LivePart> {
  readonly #folder: string
  readonly #plan: FilePlan
  readonly #compression: Compression
  readonly #written: ManifestFile[]
  #synced: Promise<void> = Promise.resolve()

  /** `written` takes in the description of every file that is complete. */
  constructor(folder: string, plan: FilePlan, compression: Compression, written: ManifestFile[]) {
    this.#folder = folder
    this.#plan = plan
    this.#compression = compression
    this.#written = written
  }

  write<T>(part: LivePart, use: (sink: RowSink) => Promise<T>): Promise<T> {
    const { path, script } = this.#plan.fileOf(part)
    const file = openCompressedFile(join(this.#folder, path), script, this.#compression)
    return use({
      stages: file.stages,
      written: () => {
        const facts = file.written()
        const { table, number, of } = part
        this.#sync(path)
        this.#written.push({ path, table, part: number, parts: of, ...facts })
        return { rows: facts.rows, storedBytes: facts.bytes }
      },
    })
  }

  explain(error: unknown): unknown {
    return explainFileError(error, this.#folder)
  }

  async end(): Promise<void> {
    await this.#synced
  }

  /** Has the next part not wait for the disk. */
  #sync(path: string): void {
    this.#synced = this.#synced.then(() => syncFile(join(this.#folder, path)))
    // `end` awaits it, unless something else has failed before.
    this.#synced.catch(() => undefined)
  }
}

/** Returns when a file is on disk, not only in the page cache. */
async function syncFile(path: string): Promise<void> {
  await onFile(path, async () => {
    const handle = await open(path, 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
}

/** Writes a whole script as one compressed file. */
async function writeScript(
  folder: string,
  path: string,
  script: Buffer,
  compression: Compression,
): Promise<DumpFile> {
  const nothing = Buffer.alloc(0)
  const whole = join(folder, path)
  const file = openCompressedFile(whole, { header: nothing, trailer: nothing }, compression)
  await onFile(folder, () => pipeline([Readable.from([script]), ...file.stages]))
  await syncFile(whole)
  const { bytes, rawBytes, sha256 } = file.written()
  return { path, bytes, rawBytes, sha256 }
}

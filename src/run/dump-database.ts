import { basename, dirname, resolve } from 'node:path'
import { RefusedError } from '../core/errors.ts'
import { coded, type Finding } from '../core/finding.ts'
import { isSameTable } from '../core/table-name.ts'
import type { TablePattern } from '../core/table-pattern.ts'
import { VERSION } from '../core/version.ts'
import type { Compression } from '../dump/compression.ts'
import { findDumps } from '../dump/find-dumps.ts'
import type { Manifest } from '../dump/manifest.ts'
import { claimFolder, freeBytesAt } from '../dump/partial-folder.ts'
import { joinFiles } from '../dump/single-file.ts'
import { writeDump } from '../dump/write-dump.ts'
import type { Database } from '../postgres/database.ts'
import type { JobContext } from '../progress/job-context.ts'
import { readForeignSources } from '../state/read-foreign-sources.ts'
import type { RowOrigin } from '../state/sources.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'
import { type LiveSource, withLiveSource } from '../transfer/source/live-source.ts'
import { chooseSchema } from './choose-schema.ts'
import { rawColumns, refuseRaw } from './find-unmasked-again.ts'
import { identifyDatabase } from './identify-database.ts'
import { refuseFindings } from './refuse-findings.ts'

/** Where a dump is written, and how. */
export interface DumpTarget {
  /** The folder or file that the dump will be. */
  readonly output: string
  readonly isSingleFile: boolean
  readonly compression: Compression
  readonly jobs: number
  readonly phase: 'export' | 'backup'
  /** Whether the dump includes the schema that its tables need. */
  readonly hasSchema: boolean
  /** The profile whose rules it follows; undefined for none. */
  readonly profile?: string | undefined
}

/** A complete dump on disk. */
export interface WrittenDump {
  readonly manifest: Manifest
  /** Harmless findings about the source. */
  readonly notes: readonly Finding[]
}

/** Free space below this share of the tables' size on disk is too little even for rows that compress very well. */
const LEAST_ROOM = 0.1
const SAFE_ROOM = 0.5

/**
 * Writes a dump of the selected tables. The dump gets its name only when it is complete. A failure leaves nothing behind.
 * @throws RefusedError if the database cannot be read in full, or the name is taken; FailedError, InterruptedError
 */
export async function dumpDatabase(
  database: Database,
  selection: Selection,
  target: DumpTarget,
  context: JobContext,
): Promise<WrittenDump> {
  const startedAt = new Date().toISOString()
  const folder = await claimFolder(target.output)
  try {
    const identity = await identifyDatabase(database)
    const origins = await readOrigins(database, context)
    const written = await withLiveSource(database, selection, target.jobs, async (source) => {
      const { output, profile } = target
      const writing = { output, profile, database: identity.database }
      refuseFindings([...source.findings, ...(await findUnmaskedInDump(source, selection, writing))])
      await checkRoom(source, target, context)
      context.report({ type: 'phase', phase: target.phase })
      const { server } = source.catalog
      const notes = [...source.findings]
      const choose = async () => {
        const chosen = await chooseSchema(source)
        notes.push(...chosen.notes)
        return chosen.schema
      }
      const manifest = await writeDump(source, {
        folder: folder.path,
        facts: {
          mbsyncVersion: VERSION,
          startedAt,
          filters: describeFilters(selection),
          source: { name: database.name, ...identity, encoding: server.encoding, origins },
          ...(target.profile === undefined ? {} : { profile: target.profile }),
        },
        chooseSchema: target.hasSchema ? choose : undefined,
        compression: target.compression,
        jobs: target.jobs,
        report: context.report,
        signal: context.signal,
      })
      return { manifest, notes }
    })
    const joined = target.isSingleFile ? await joinFiles(folder.path, written.manifest) : undefined
    context.signal.throwIfAborted()
    await folder.publish(joined)
    return written
  } catch (error) {
    await folder.discard()
    throw error
  }
}

/** The databases that the rows had come from, so that no import writes them back there; null if the state does not say. */
async function readOrigins(database: Database, { report }: JobContext): Promise<RowOrigin[] | null> {
  const session = await database.session()
  const state = await readForeignSources(session)
  database.giveBack(session)
  if (state.kind === 'known') return [...state.origins]
  report({
    type: 'warning',
    message: `${database.name}: ${state.table} cannot be read, so the dump does not say where the rows of the database came from`,
    hint:
      state.kind === 'forbidden'
        ? `Grant the role USAGE on schema mbsync and SELECT on ${state.table}. Until then, an import cannot detect that the dump came from its own target.`
        : `${state.table} was not made by mbsync: rename or drop the schema mbsync there.`,
  })
  return null
}

async function checkRoom(
  { catalog }: LiveSource,
  { output }: DumpTarget,
  { report }: JobContext,
): Promise<void> {
  const free = await freeBytesAt(dirname(resolve(output)))
  if (free === undefined) return
  const bytes = catalog.tables
    .flatMap(({ partitions }) => partitions)
    .reduce((total, partition) => total + partition.bytes, 0)
  if (free >= bytes * SAFE_ROOM) return
  const text = `${megabytes(free)} are free for a dump of tables that take ${megabytes(bytes)} on disk`
  if (free < bytes * LEAST_ROOM) {
    throw new RefusedError(`${output}: only ${text}`, {
      hint: 'Free some space, write the dump elsewhere, or leave tables out.',
    })
  }
  report({ type: 'warning', message: `${output}: ${text}` })
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`
}

function describeFilters({ include, exclude, only }: Selection): Manifest['filters'] {
  const texts = (patterns: readonly TablePattern[]) => patterns.map(({ text }) => text)
  return { include: texts(include), exclude: texts(exclude), only: texts(only) }
}

/**
 * Finds columns that the newest dump of the profile beside the new one has masked, and that the new one would have raw. An export has no target whose state
 * would show it.
 */
async function findUnmaskedInDump(
  { catalog: { server, tables } }: Pick<LiveSource, 'catalog'>,
  { masks }: Pick<Selection, 'masks'>,
  {
    output,
    profile,
    database,
  }: { readonly output: string; readonly profile?: string | undefined; readonly database: string },
): Promise<Finding[]> {
  if (profile === undefined) return []
  const dumps = await findEarlier(dirname(resolve(output)), { profile, source: server.name, database })
  const findings = tables.flatMap((table) => {
    for (const { path, manifest } of dumps) {
      const then = manifest.tables.find((each) => isSameTable(each, table.name))
      if (then === undefined) continue
      const before = new Set(then.masked)
      const raw = rawColumns(table, masks).filter((column) => before.has(column))
      return refuseRaw(table, raw, `was masked in the dump ${basename(path)} and is not masked now`)
    }
    return []
  })
  return coded('mask', findings)
}

/** The complete dumps of a profile in a folder, the newest first. */
async function findEarlier(
  folder: string,
  { profile, source, database }: Record<'profile' | 'source' | 'database', string>,
): Promise<{ readonly path: string; readonly manifest: Manifest }[]> {
  const found = await findDumps(folder)
  return found
    .flatMap((each) => (each.state === 'complete' ? [each.dump] : []))
    .filter(({ manifest: { profile: own, source: from } }) => {
      return own === profile && from.name === source && from.database === database
    })
    .sort((a, b) => Date.parse(b.manifest.startedAt) - Date.parse(a.manifest.startedAt))
}

import type { DatabaseConfig, RunRules } from '../config/config.ts'
import type { Finding } from '../core/finding.ts'
import { groupByTable } from '../core/table-map.ts'
import { type Compression, expectMethod } from '../dump/compression.ts'
import { type DumpSummary, summarizeDump } from '../dump/dump-summary.ts'
import type { Manifest } from '../dump/manifest.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withSource } from '../run/databases.ts'
import { dumpDatabase } from '../run/dump-database.ts'
import { type SelectionOptions, selectionOf } from '../run/selection-of.ts'

/** What an export reads: a profile without its target. */
export interface ExportRules
  extends Pick<
    RunRules,
    'include' | 'exclude' | 'where' | 'columns' | 'mask' | 'maskKey' | 'privacy' | 'jobs' | 'timeouts'
  > {
  /** The profile; undefined for a database that is named without one. */
  readonly name?: string
  readonly from: DatabaseConfig
}

/** What `mbsync export` can be asked beyond its rules. */
export interface ExportOptions extends SelectionOptions {
  /** The folder, or with `isSingleFile` the file, that the dump is to be. */
  readonly output: string
  readonly isSingleFile: boolean
  readonly compression: Compression
  /** Whether the schema is in the dump; it is unless this is false. */
  readonly hasSchema?: boolean
}

/** What was exported. */
export interface ExportResult extends DumpSummary {
  readonly durationMs: number
  readonly tables: readonly ExportedTable[]
  readonly notes: readonly Finding[]
}

/** What was exported of one table. */
export interface ExportedTable
  extends Pick<Manifest['tables'][number], 'schema' | 'name' | 'rows' | 'bytes'> {
  /** Bytes of its files on disk. */
  readonly storedBytes: number
}

/**
 * Writes a dump of one snapshot of the source. It has its name only when it is complete.
 * @throws RefusedError if the source cannot be read as a whole, or the name is taken; FailedError, InterruptedError
 */
export async function exportDump(
  rules: ExportRules,
  options: ExportOptions,
  context: JobContext,
): Promise<ExportResult> {
  const startedAt = performance.now()
  const { output, isSingleFile, compression, hasSchema = true } = options
  expectMethod(compression.method, 'The dump')
  // A dump is also loaded into a schema that has just been created, whose history is empty.
  const selection = { ...selectionOf(rules, options), takesHistories: true }
  context.report({ type: 'phase', phase: 'validate' })
  const target = {
    ...{ output, isSingleFile, compression, hasSchema },
    jobs: rules.jobs,
    phase: 'export' as const,
    profile: rules.name,
  }
  const { manifest, notes } = await withSource(rules, context, (source) =>
    dumpDatabase(source, selection, target, context),
  )
  const files = groupByTable(manifest.files, ({ table }) => table)
  return {
    ...summarizeDump(output, isSingleFile ? 'file' : 'folder', manifest),
    durationMs: Math.round(performance.now() - startedAt),
    tables: manifest.tables.map(({ schema, name, rows, bytes }) => {
      const own = files.get({ schema, name }) ?? []
      return { schema, name, rows, bytes, storedBytes: own.reduce((total, file) => total + file.bytes, 0) }
    }),
    notes,
  }
}

import { type Command, Option } from 'commander'
import type { Config } from '../../config/config.ts'
import { findDatabase } from '../../config/find-database.ts'
import { findProfile } from '../../config/find-profile.ts'
import { countOf, formatCount } from '../../core/count-of.ts'
import { UsageError } from '../../core/errors.ts'
import { shellWord } from '../../core/shell-word.ts'
import { type Compression, METHODS, restoreCommand } from '../../dump/compression.ts'
import { SINGLE_FILE_SUFFIXES } from '../../dump/single-file.ts'
import type { ExportedTable, ExportResult, ExportRules } from '../../jobs/export.ts'
import type { SharedFlags } from '../common-flags.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable, printableName } from '../format/printable.ts'
import { exportResultToJson } from '../json/dump-to-json.ts'
import type { Presentation } from '../presentation.ts'
import { findingLines } from '../print/finding-lines.ts'
import type { Page } from '../print/page.ts'
import { type Column, printTable } from '../print/print-table.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { compressOption, excludeOption, jobsOption, PROFILE_DESCRIPTION, tableOption } from './arguments.ts'

interface ExportFlags extends SharedFlags {
  readonly from?: string
  readonly output?: string
  readonly singleFile?: string
  readonly jobs?: number
  readonly table: readonly string[]
  readonly exclude: readonly string[]
  readonly compress: Compression
  readonly schema: boolean
}

const TEXT = {
  name: 'export',
  summary: 'write a dump of a source to disk',
  description:
    'Writes the tables of a profile, or of a database, as one snapshot to disk: compressed psql scripts and a manifest. ' +
    'A dump gets its name only when it is complete.',
  examples: [
    ['mbsync export prod-to-staging --output dumps/monday', "the tables of a profile's source, as a folder"],
    ['mbsync export --from production --output dumps/monday', 'a whole database'],
    ['mbsync export --single-file monday.sql.gz', 'one file instead of a folder'],
    ['mbsync export --output dumps/monday --compress zstd', 'smaller and faster than gzip; needs Node 22.15'],
    [restoreCommand('gzip', 'monday.sql.gz'), 'restore a dump without mbsync, into an empty database'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'locked', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<ExportResult> = {
  audience: 'person',
  print: printExportResult,
  toJson: exportResultToJson,
  logMessage: 'export finished',
  figuresOf: ({ bytes }) => ({ bytes }),
}

/** Adds `mbsync export [profile]`. */
export function addExportCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .option('--from <database>', 'read this database (its name in mbsync.yaml, or a URL)')
    .addOption(new Option('--output <folder>', 'the folder to write the dump to').conflicts('singleFile'))
    .option('--single-file <file>', 'the file to write the dump to')
    .addOption(jobsOption())
    .addOption(tableOption())
    .addOption(excludeOption())
    .addOption(compressOption())
    .option('--no-schema', 'write only the rows, without the schema')
    .action(async (name: string | undefined, _: ExportFlags, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>()
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { exportDump } = await import('../../jobs/export.ts')
          const options = {
            ...outputOf(flags),
            compression: flags.compress,
            hasSchema: flags.schema,
            tables: flags.table,
            excluded: flags.exclude,
          }
          return exportDump(rulesOf(config(), name, flags), options, context)
        },
        presentation: PRESENTATION,
        notified: { command: 'export', profile: flags.from === undefined ? name : (name ?? null) },
      })
    })
}

function outputOf({ output, singleFile, compress }: ExportFlags): { output: string; isSingleFile: boolean } {
  const path = output ?? singleFile
  const { suffix } = METHODS[compress.method]
  if (singleFile !== undefined && !singleFile.endsWith(suffix)) {
    throw new UsageError(`The name of a single-file dump must end in ${suffix}`, {
      hint: `Such as --single-file monday${suffix}: \`mbsync dumps\` recognises it by that name.`,
    })
  }
  if (output !== undefined && SINGLE_FILE_SUFFIXES.some((each) => output.endsWith(each)))
    throw new UsageError(`--output takes the name of a folder, but ${output} is that of a file`, {
      hint: `For a dump that is one file: --single-file ${output}.`,
    })
  if (path !== undefined) return { output: path, isSingleFile: singleFile !== undefined }
  throw new UsageError('Missing --output or --single-file', {
    hint: 'Say where to write the dump: --output <folder>, or --single-file <file>.',
  })
}

/** A database that is named without a profile is read whole. */
function rulesOf(config: Config, name: string | undefined, { from, jobs }: ExportFlags): ExportRules {
  const rules = from !== undefined && name === undefined ? config.defaultRules : findProfile(config, name)
  const source = from === undefined ? findProfile(config, name).from : findDatabase(config, from, '--from')
  return { ...rules, from: source, ...(jobs === undefined ? {} : { jobs }) }
}

/** Prints what was exported: every table, the totals, and notes. */
function printExportResult(result: ExportResult, page: Page): void {
  const { paint } = page
  const { path, tables, rows, bytes, storedBytes, sequences, durationMs } = result
  page.line()
  printTable(page, COLUMNS, tables)
  page.line()
  const facts = [
    countOf(tables.length, 'table'),
    countOf(rows, 'row'),
    countOf(sequences, 'sequence'),
    `${formatBytes(bytes)} in ${formatBytes(storedBytes)}`,
  ]
  const done = paint.bold(`Exported to ${printable(path)} in ${formatDuration(durationMs)}`)
  page.prose(`${paint.green('✔')} ${done}: ${facts.join(', ')}.`)
  page.line(paint.dim(`  To restore it: mbsync import ${printable(shellWord(path))} --to <database>`))
  const notes = findingLines(result.notes, paint)
  if (notes.length > 0) page.line()
  for (const line of notes) page.prose(line)
}

const COLUMNS: Column<ExportedTable>[] = [
  { head: 'Table', isElastic: true, cell: (table) => printableName(table) },
  { head: 'Rows', align: 'right', cell: ({ rows }) => formatCount(rows) },
  { head: 'Size', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { head: 'On disk', align: 'right', cell: ({ storedBytes }) => formatBytes(storedBytes) },
]

import { type Command, Option } from 'commander'
import { UsageError } from '../../core/errors.ts'
import type { ScopeChoice } from '../../indexing/search-task.ts'
import type { DocumentExport, DocumentFormat } from '../../jobs/search/export-documents.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printDocumentExport } from '../print/print-mixedbread.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand, type CommandText } from './add-command.ts'
import { PROFILE_DESCRIPTION, parseCount } from './arguments.ts'
import { chooseStore, indexOption, parseTenant } from './mixedbread-arguments.ts'

interface ExportFlags extends SharedFlags {
  readonly index?: string
  readonly scope?: 'global' | 'tenant'
  readonly tenant?: string
  readonly type?: string
  readonly limit?: number
  readonly output: string
  readonly format?: DocumentFormat
}

const TEXT = {
  name: 'export',
  summary: 'write documents to a file, as they would be sent',
  description: 'Writes documents to a file, exactly as they would be sent. Sends nothing.',
  examples: [
    ['mbsync mixedbread export --output documents.ndjson', 'every document, one per line'],
    [
      'mbsync mixedbread export --scope global --type material --limit 10 --output ten.json',
      'ten, as an array',
    ],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'incomplete', 'interrupted', 'terminated'],
} as const satisfies CommandText

const EXPORT: Presentation<DocumentExport> = {
  audience: 'person',
  print: printDocumentExport,
  toJson: (result) => result,
  logMessage: 'documents written',
}

/** Adds `mbsync mixedbread export`. */
export function addMixedbreadExport(mixedbread: Command, runJob: RunJob): void {
  addCommand(mixedbread, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .addOption(indexOption())
    .addOption(new Option('--scope <scope>', 'only this scope').choices(['global', 'tenant']))
    .option('--tenant <tenant>', 'only this tenant: its uuid, or the number that is its key', parseTenant)
    .option('--type <name>', 'only this entity type')
    .option('--limit <n>', 'at most n documents', (text) => parseCount(text, 999_999_999))
    .requiredOption('--output <file>', 'the file')
    .addOption(
      new Option(
        '--format <format>',
        'one document per line, or an array (default: depends on the file name)',
      ).choices(['ndjson', 'json']),
    )
    .action(async (name: string | undefined, _: ExportFlags, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>()
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { exportDocuments } = await import('../../jobs/search/export-documents.ts')
          const { type, limit, output, format = output.endsWith('.json') ? 'json' : 'ndjson' } = flags
          const selection = { choice: choiceOf(flags), type, limit }
          const config = chooseStore(profile(name), flags)
          return exportDocuments(profile(name), config, selection, { output, format }, context)
        },
        presentation: EXPORT,
      })
    })
}

function choiceOf({ scope, tenant }: ExportFlags): ScopeChoice {
  if (tenant !== undefined && scope === 'global')
    throw new UsageError('The scope global has no tenants', { hint: 'Leave out --scope or --tenant.' })
  if (tenant !== undefined) return { kind: 'tenant', tenantId: tenant }
  return { kind: scope === undefined ? 'all' : scope === 'global' ? 'global' : 'tenants' }
}

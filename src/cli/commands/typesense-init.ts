import type { Command } from 'commander'
import { shellWord } from '../../core/shell-word.ts'
import type { InitialIndex } from '../../jobs/search/init-index.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand, type CommandText } from './add-command.ts'

interface InitIndexFlags extends SharedFlags {
  readonly profile?: string
  readonly name?: string
  readonly nest: readonly string[]
  readonly print?: boolean
}

const TEXT = {
  name: 'init',
  summary: 'write a search index for a table or a query into mbsync.yaml',
  description:
    'Inspects a table or a query of the target and writes a search index for it into mbsync.yaml: fields with types that its columns ' +
    'fit, facets for columns with few values, a field to sort by, and the SQL that converts values for Typesense.',
  examples: [
    ['mbsync typesense init \'public."Product"\'', 'write it, and list what could be nested'],
    ['mbsync typesense init public.book --nest author_id', 'with the row of the author as an object'],
    ['mbsync typesense init "SELECT id, title FROM public.book" --name books --print', 'only print it'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
} as const satisfies CommandText

const PRESENTATION: Presentation<InitialIndex> = {
  audience: 'anyone',
  print: printInitialIndex,
  toJson: ({ path = null, ...result }) => ({ ...result, path }),
}

/** Adds `mbsync typesense init <table or query>`. */
export function addTypesenseInit(typesense: Command, runJob: RunJob): void {
  addCommand(typesense, TEXT)
    .argument('<table or query>', 'a table or view with its schema, or a SELECT')
    .option('--profile <name>', 'the profile that gets the search index; its target is inspected')
    .option('--name <index>', 'the name of the search index, instead of that of the table')
    .option(
      '--nest <column>',
      'nest the row that the foreign key of this column refers to; may be repeated',
      (column: string, earlier: readonly string[]) => [...earlier, column],
      [],
    )
    .option('--print', 'print the search index instead of writing it')
    .action(async (what: string, _: InitIndexFlags, command: Command) => {
      const flags = command.optsWithGlobals<InitIndexFlags>()
      return runJob({
        flags,
        job: async ({ config, profile, context }) => {
          const { initIndex } = await import('../../jobs/search/init-index.ts')
          const options = { what, name: flags.name, nest: flags.nest, isPrinted: flags.print === true }
          return initIndex(config(), profile(flags.profile), options, context)
        },
        presentation: PRESENTATION,
      })
    })
}

/** Prints a search index that was written, or only described, with what is not in it. */
function printInitialIndex(result: InitialIndex, page: Page): void {
  const { searchIndex, path, yaml, leftOut, foreignKeys } = result
  for (const line of yaml.trimEnd().split('\n')) page.line(printable(line))
  if (path === undefined) return
  page.line('')
  for (const { column, reason } of leftOut)
    page.prose(`${printable(column)} is left out: ${printable(reason)}.`)
  for (const { column, table } of foreignKeys)
    page.prose(
      `${printable(column)} refers to ${printable(table)}: --nest ${printable(shellWord(column))} adds its row as an object.`,
    )
  page.prose(
    `${page.paint.green('✔')} The search index ${printable(searchIndex)} is in ${printable(path)}. \`mbsync check\` checks it; \`mbsync typesense --create\` fills it.`,
  )
}

import { type Command, Option } from 'commander'
import type { Config, DatabaseConfig } from '../../config/config.ts'
import { findDatabase } from '../../config/find-database.ts'
import { findProfile } from '../../config/find-profile.ts'
import type { SchemaExport } from '../../jobs/schema/export-schema.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import type { Section } from '../../schema/schema-object.ts'
import { describeTablespaces } from '../../schema/tablespaces.ts'
import type { SharedFlags } from '../common-flags.ts'
import { printable } from '../format/printable.ts'
import type { Presentation } from '../presentation.ts'
import type { Page } from '../print/page.ts'
import { printSql } from '../print/print-sql.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { PROFILE_DESCRIPTION, skipUnsupportedOption } from './arguments.ts'

interface SchemaExportFlags extends SharedFlags {
  readonly from?: string
  readonly output?: string
  readonly section?: Section
  readonly owner: boolean
  readonly grants: boolean
  readonly skipUnsupported?: boolean
}

const TEXT = {
  name: 'export',
  summary: 'write the schema of a database as SQL',
  description:
    'Writes the whole schema of a database, or of the source of a profile, as a psql script: one object after another, ' +
    'each under a comment, in an order that does not change from run to run. Reads catalogs only.',
  examples: [
    ['mbsync schema export --output schema.sql', 'the source of the only profile, to a file'],
    ['mbsync schema export --from staging', 'another database, to standard output'],
    ['mbsync schema export --section post-data --no-owner', 'only what comes after the rows'],
  ],
  statuses: ['done', 'failed', 'usage', 'refused', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<SchemaExport> = {
  audience: 'anyone',
  print: printSchemaExport,
  toJson: ({ created, ...result }) => ({ ...result, created: Object.fromEntries(created) }),
  warningsOf: ({ leftOut, placed }) => [
    ...leftOut.map(({ identity, reason }) => ({ message: `${identity} is left out: ${reason}` })),
    ...describeTablespaces(placed).map(({ identity, contents }) => ({
      message: `${identity} is left out: the script creates what is in it in the default tablespace (${contents})`,
    })),
  ],
}

/** Adds `mbsync schema export [profile]`. */
export function addSchemaExportCommand(schema: Command, runJob: RunJob): void {
  addCommand(schema, TEXT)
    .argument('[profile]', PROFILE_DESCRIPTION)
    .option('--from <database>', 'read this database (its name in mbsync.yaml, or a URL)')
    .option('--output <file>', 'write to this file instead of standard output')
    .addOption(
      new Option('--section <section>', 'only what comes before the rows, or after them').choices([
        'pre-data',
        'post-data',
      ]),
    )
    .option('--no-owner', 'leave out the owners')
    .option('--no-grants', 'leave out the privileges of other roles')
    .addOption(
      skipUnsupportedOption('leave out objects that cannot be written as SQL, instead of refusing to write'),
    )
    .action(async (name: string | undefined, _: SchemaExportFlags, command: Command) => {
      const flags = command.optsWithGlobals<SchemaExportFlags>()
      return runJob({
        flags,
        job: async ({ config, context }) => {
          const { exportSchema } = await import('../../jobs/schema/export-schema.ts')
          const { timeouts } = config().defaultRules
          const options = {
            output: flags.output,
            section: flags.section,
            owner: flags.owner ? ('source' as const) : ('connecting role' as const),
            grants: flags.grants ? ('source' as const) : ('none' as const),
            skipsUnsupported: flags.skipUnsupported === true,
          }
          return exportSchema({ from: sourceOf(config(), name, flags), timeouts }, options, context)
        },
        presentation: PRESENTATION,
      })
    })
}

function sourceOf(
  config: Config,
  name: string | undefined,
  { from }: Pick<SchemaExportFlags, 'from'>,
): DatabaseConfig {
  return from === undefined ? findProfile(config, name).from : findDatabase(config, from, '--from')
}

/** Prints the script itself, or what has been written to a file. */
function printSchemaExport({ output, script, created }: SchemaExport, page: Page): void {
  if (script === null) {
    page.prose(`${page.paint.green('✔')} ${printable(output ?? '')}: ${describeCreated(created)}.`)
    return
  }
  printSql(script, page)
}

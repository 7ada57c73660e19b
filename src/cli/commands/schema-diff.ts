import type { Command } from 'commander'
import { tableToJson } from '../../api/json/table-to-json.ts'
import type { SchemaComparison } from '../../jobs/schema/diff-schemas.ts'
import { allStatements } from '../../schema/diff/difference.ts'
import { isSafe, type Step } from '../../schema/diff/safe-statements.ts'
import { scriptSteps } from '../../schema/diff/write-diff-script.ts'
import type { SharedFlags } from '../common-flags.ts'
import type { Presentation } from '../presentation.ts'
import { printDiffScript, printSchemaDiff } from '../print/print-schema-diff.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'
import { addSides, PROFILE_DESCRIPTION, type SidesFlags, tableOption } from './arguments.ts'

interface SchemaDiffFlags extends SharedFlags, SidesFlags {
  readonly table: readonly string[]
  readonly sql?: boolean
}

const TEXT = {
  name: 'diff',
  summary: 'show how the schemas of both sides differ',
  description:
    'Compares the whole schemas of both databases of a profile, object by object, and prints the statements that adapt the target to the source: ' +
    'those that lose nothing, and those to review, with reasons. Reads catalogs only, and changes nothing.',
  examples: [
    ['mbsync schema diff prod-to-staging', 'what differs, as a table'],
    ['mbsync schema diff --sql > changes.sql', 'the statements, with those to review in comments'],
    ["mbsync schema diff --table 'public.order*'", 'only some tables, and what they need'],
  ],
  statuses: ['done', 'failed', 'usage', 'different', 'interrupted', 'terminated'],
} as const

const PRESENTATION: Presentation<SchemaComparison> = {
  audience: 'anyone',
  print: printSchemaDiff,
  toJson: schemaDiffToJson,
  statusOf: ({ differences }) => (differences.length === 0 ? 'done' : 'different'),
  isGoodNews: ({ differences }) => differences.length === 0,
}

/** Adds `mbsync schema diff [profile]`. */
export function addSchemaDiffCommand(schema: Command, runJob: RunJob): void {
  addSides(addCommand(schema, TEXT).argument('[profile]', PROFILE_DESCRIPTION))
    .addOption(tableOption())
    .option('--sql', 'print a script: statements that lose nothing as SQL, all others in comments')
    .action(async (name: string | undefined, _: SchemaDiffFlags, command: Command) => {
      const flags = command.optsWithGlobals<SchemaDiffFlags>()
      return runJob({
        flags,
        job: async ({ profile, context }) => {
          const { diffSchemas } = await import('../../jobs/schema/diff-schemas.ts')
          return diffSchemas(profile(name, flags), { tables: flags.table }, context)
        },
        presentation: flags.sql === true ? { ...PRESENTATION, print: printDiffScript } : PRESENTATION,
      })
    })
}

/** The result of `schema diff` as `--json` prints it; documented in docs/JSON.md. */
function schemaDiffToJson(comparison: SchemaComparison): object {
  const { source, target, compared, differences, notes } = comparison
  const { before, within, single, after } = scriptSteps(comparison)
  const sqlOf = (steps: readonly Step[]) => steps.map(({ sql }) => sql)
  return {
    source,
    target,
    compared,
    isEqual: differences.length === 0,
    differences: differences.map(({ kind, identity, of, changes }) => ({
      kind,
      object: identity,
      ...(of === undefined ? {} : tableToJson(of)),
      changes: changes.map(({ topic, what, review, statements, part }) => ({
        ...(part === undefined ? {} : { object: part }),
        topic,
        what,
        isSafe: isSafe({ review }),
        ...(review === undefined ? {} : { reason: review }),
        statements: allStatements(statements),
      })),
    })),
    safe: {
      before: sqlOf(before),
      transaction: sqlOf(within),
      transactions: single.map(sqlOf),
      after: sqlOf(after),
    },
    notes,
  }
}

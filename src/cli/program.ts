import { Command } from 'commander'
import { EXIT_CODES } from '../core/exit-codes.ts'
import { VERSION } from '../core/version.ts'
import { addCheckCommand } from './commands/check.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addDumpsCommand } from './commands/dumps.ts'
import { addExportCommand } from './commands/export.ts'
import { addForgetSourceCommand } from './commands/forget-source.ts'
import { addFullSyncCommand } from './commands/full-sync.ts'
import { addHelpCommand } from './commands/help.ts'
import { addImportCommand } from './commands/import.ts'
import { addInitCommand } from './commands/init.ts'
import { addMixedbreadCommand } from './commands/mixedbread.ts'
import { addPrivacyCommand } from './commands/privacy.ts'
import { addRollbackCommand } from './commands/rollback.ts'
import { addSchemaCommand } from './commands/schema.ts'
import { addStatusCommand } from './commands/status.ts'
import { addSwapCommand } from './commands/swap.ts'
import { addSyncCommand } from './commands/sync.ts'
import { addTypesenseCommand } from './commands/typesense.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { addSharedFlags } from './common-flags.ts'
import type { RunJob } from './run-job.ts'
import type { OutputStream } from './surroundings.ts'

/** The command line of mbsync. It throws a CommanderError where commander would exit; `runJob` runs what was asked. */
export function buildProgram(
  runJob: RunJob,
  { stdout, stderr }: { readonly stdout: OutputStream; readonly stderr: OutputStream },
): Command {
  const program = new Command('mbsync')
    .description('Refreshes staging from production PostgreSQL: atomic, fast, and safe to schedule.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .showHelpAfterError('(--help lists commands and flags)')
    .exitOverride()
    .hook('preAction', (_, command) => refuseEmptyValues(command))
  addSharedFlags(program)
  addSyncCommand(program, runJob)
  addFullSyncCommand(program, runJob)
  addCheckCommand(program, runJob)
  addStatusCommand(program, runJob)
  addRollbackCommand(program, runJob)
  addSwapCommand(program, runJob)
  addVerifyCommand(program, runJob)
  addPrivacyCommand(program, runJob)
  addTypesenseCommand(program, runJob)
  addMixedbreadCommand(program, runJob)
  addExportCommand(program, runJob)
  addImportCommand(program, runJob)
  addDumpsCommand(program, runJob)
  addSchemaCommand(program, runJob)
  addForgetSourceCommand(program, runJob)
  addInitCommand(program, runJob)
  addCompletionCommand(program, runJob)
  addHelpCommand(program)
  return program
}

/**
 * Refuses empty arguments and values of flags, which is what the shell makes of a variable that is not set: `--output ""` would mean the working
 * directory. No argument or flag has a meaning for an empty one.
 */
function refuseEmptyValues(command: Command): void {
  const empty = emptyArgument(command) ?? emptyOption(command)
  if (empty !== undefined)
    command.error(`error: ${empty} is empty (is a variable of the shell not set?)`, {
      exitCode: EXIT_CODES.usage.code,
    })
}

function emptyArgument({ args, registeredArguments }: Command): string | undefined {
  const index = args.indexOf('')
  return index === -1 ? undefined : `argument '${registeredArguments[index]?.name() ?? ''}'`
}

function emptyOption(command: Command): string | undefined {
  const found = command.options.find((option) => {
    const name = option.attributeName()
    const value: unknown = command.getOptionValue(name)
    const isGiven = command.getOptionValueSource(name) === 'cli'
    return isGiven && (Array.isArray(value) ? value.includes('') : value === '')
  })
  if (found !== undefined) return `option '${found.flags}'`
  return command.parent === null ? undefined : emptyOption(command.parent)
}

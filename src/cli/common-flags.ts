import { type Command, Option } from 'commander'

/** The flags that every command takes. */
export interface SharedFlags {
  readonly config?: string
  readonly dotenv?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly progress: boolean
  readonly logFile?: string
  readonly logLevel?: (typeof LOG_LEVELS)[number]
  readonly logFormat?: (typeof LOG_FORMATS)[number]
  readonly metricsFile?: string
  /** Milliseconds; only of commands that take the run lock. */
  readonly waitLock?: number
  /** What to say of flags that are called otherwise now. */
  readonly renamed?: readonly string[]
  /** Only of commands that ask before they overwrite something. */
  readonly yes?: boolean
}

const LOG_FORMATS = ['auto', 'text', 'json'] as const

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Adds the flags that every command takes, before or after its name. */
export function addSharedFlags(program: Command): void {
  program
    .option('--config <file>', 'use this configuration file instead of mbsync.yaml')
    .option('--dotenv <file>', 'read variables from this file instead of .env')
    // Node takes this flag for itself, even behind the name of a script: it reads the file, too, and ends where there is none.
    .addOption(new Option('--env-file <file>').hideHelp())
    .on('option:env-file', (file: string) => {
      program.setOptionValueWithSource('dotenv', file, 'cli')
      noteRenamed(program, '--env-file is now called --dotenv, because Node itself takes --env-file')
    })
    .option('--json', 'print the result, or the error, as one JSON object on stdout')
    .addOption(new Option('--quiet', 'print only warnings and errors').conflicts('verbose'))
    .option(
      '--verbose',
      'print more: every statement with its time, every part in a log, every unchanged table in a summary',
    )
    .option('--no-progress', 'print lines instead of bars and spinners')
    .option('--log-file <file>', 'append the log to this file as JSON lines, and print text on stderr')
    .addOption(
      new Option(
        '--log-format <format>',
        'the format of stderr: text, JSON lines, or auto (text on terminals and in CI)',
      ).choices(LOG_FORMATS),
    )
    .addOption(new Option('--log-level <level>', 'the lowest level that is logged').choices(LOG_LEVELS))
    .option('--metrics-file <file>', 'write run metrics to this file, for Prometheus')
}

/** Has a notice printed of a flag that goes on working under its old name. */
export function noteRenamed(command: Command, notice: string): void {
  const earlier: readonly string[] = command.getOptionValue('renamed') ?? []
  command.setOptionValueWithSource('renamed', [...earlier, notice], 'cli')
}

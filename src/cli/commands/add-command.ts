import type { Command, CommandOptions } from 'commander'
import { EXIT_CODES, type ExitStatus } from '../../core/exit-codes.ts'

/** What the help of a command tells beside its arguments and flags. */
export interface CommandText {
  readonly name: string
  readonly summary: string
  readonly description: string
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[]
  /** The exit statuses that the command can end with. */
  readonly statuses: readonly ExitStatus[]
}

const DEFAULTS = new WeakSet<Command>()

/** Whether this is what its parent does where no subcommand is named. */
export function isDefaultCommand(command: Command): boolean {
  return DEFAULTS.has(command)
}

/** Adds a command whose help ends with examples and exit statuses. */
export function addCommand(program: Command, text: CommandText, options: CommandOptions = {}): Command {
  const command = program.command(text.name, options)
  if (options.isDefault) DEFAULTS.add(command)
  return command
    .summary(text.summary)
    .description(text.description)
    .addHelpText('after', `\n${describeExamples(text)}\n\n${describeStatuses(text)}`)
}

function describeExamples({ examples }: CommandText): string {
  const width = Math.max(...examples.map(([commandLine]) => commandLine.length))
  const lines = examples.map(([commandLine, meaning]) => `  ${commandLine.padEnd(width)}  ${meaning}`)
  return ['Examples:', ...lines].join('\n')
}

function describeStatuses({ statuses }: CommandText): string {
  const lines = statuses.map((status) => {
    const { code, meaning } = EXIT_CODES[status]
    return `  ${String(code).padStart(3)}  ${meaning}`
  })
  return ['Exit status:', ...lines].join('\n')
}

import type { Command } from 'commander'
import { EXIT_CODES } from '../core/exit-codes.ts'

/**
 * Refuses empty arguments and values of flags, which is what the shell makes of a variable that is not set: `--output ""` would mean the working
 * directory. No argument or flag has a meaning for an empty one.
 */
export function refuseEmptyValues(command: Command): void {
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

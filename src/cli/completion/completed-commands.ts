import type { Argument, Command, Option } from 'commander'
import { isDefaultCommand } from '../commands/add-command.ts'

/** What may stand as a value: nothing that is known, one of some words, or a name on disk. */
export type Value =
  | { readonly kind: 'unknown' | 'file' | 'folder' | 'profile' }
  | { readonly kind: 'one of'; readonly words: readonly string[] }

/** A flag, by its names. */
export interface CompletedFlag {
  readonly names: readonly string[]
  readonly description: string
  /** What follows it; undefined if nothing does. */
  readonly value: Value | undefined
}

/** A command, with what may follow it on the command line. */
export interface CompletedCommand {
  /** The words that lead to it: empty for mbsync itself, `dumps list` for a command of a command. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  /** Its own flags and those of every command. */
  readonly flags: readonly CompletedFlag[]
  readonly value: Value | undefined
  /** The name of the command of a command that is meant where none is named: its flags and its value may follow, too. */
  readonly standard?: string
}

/** Every command that `program` knows, itself first, as completion scripts need it. */
export function completedCommands(program: Command): CompletedCommand[] {
  return describe(program, '', program.options)
}

function describe(command: Command, path: string, shared: readonly Option[]): CompletedCommand[] {
  const standard = command.commands.find(isDefaultCommand)
  const own = (standard ?? command).options.filter(({ hidden }) => !hidden)
  const options = path === '' ? shared : [...own, ...shared]
  const described: CompletedCommand = {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), description: child.summary() })),
    flags: [
      ...options.map(describeFlag),
      { names: ['--help'], description: 'print the help', value: undefined },
    ],
    value: (standard ?? command).registeredArguments.map(valueNamed)[0],
    ...(standard === undefined ? {} : { standard: standard.name() }),
  }
  const children = command.commands.flatMap((child) =>
    describe(child, `${path} ${child.name()}`.trim(), shared),
  )
  return [described, ...children]
}

function describeFlag(option: Option): CompletedFlag {
  const names = [option.long, option.short].filter((name) => name !== undefined && name !== null)
  const takesValue = option.required || option.optional
  return { names, description: option.description, value: takesValue ? valueNamed(option) : undefined }
}

/** What is named `<file>`, `<folder>` or `[profile]` is one. */
function valueNamed(part: Option | Argument): Value {
  if (part.argChoices !== undefined) return { kind: 'one of', words: part.argChoices }
  const [, name = part.name()] = 'flags' in part ? (/[<[]([^>\]]+)/.exec(part.flags) ?? []) : []
  switch (name) {
    case 'file':
    case 'dump':
      return { kind: 'file' }
    case 'folder':
      return { kind: 'folder' }
    case 'profile':
      return { kind: 'profile' }
    default:
      return { kind: 'unknown' }
  }
}

/** The command that prints the names of profiles, for the scripts; it must stay silent when there is something wrong. */
export const LIST_PROFILES = 'mbsync completion --profiles 2>/dev/null'

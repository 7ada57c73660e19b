import { type Command, Option } from 'commander'
import { parseCount } from './arguments.ts'

const MOST_LISTED = 100_000

/** What means something only where documents are sent. */
const OF_AN_UPDATE = ['rebuild', 'reconcile', 'create', 'allowMassDelete']

/** What were flags of `mbsync typesense`, and the subcommands that they are now. */
export const MEANT_NOW = {
  rebuild: 'rebuild',
  rollback: 'rollback',
  rejected: 'rejected',
  sample: 'sample',
  forget: 'forget <index>',
}

/** The flags that are subcommands now. */
export interface FormerFlags {
  readonly rebuild?: boolean
  readonly rollback?: boolean
  readonly rejected?: boolean
  readonly sample?: boolean
  readonly forget?: string
}

/** `--index <name>`, which may be repeated. */
export function indexesOption(): Option {
  return new Option('--index <name>', 'only this search index, of any type; may be repeated')
    .argParser((name: string, earlier: readonly string[]) => [...earlier, name])
    .default([], 'all of the profile')
}

/** `--limit <n>` of listed documents. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'list at most n documents')
    .argParser((text) => parseCount(text, MOST_LISTED))
    .default(20)
}

/** `--output <file>` of listed documents. */
export function outputOption(): Option {
  return new Option('--output <file>', 'write them to this file, one JSON object per line')
}

/** Adds the flags that are subcommands now: they go on working, and help does not show them. */
export function addFormerFlags(command: Command): Command {
  const rebuild = new Option('--rebuild').conflicts('reconcile')
  const rollback = new Option('--rollback').conflicts([...OF_AN_UPDATE, 'rejected'])
  const rejected = new Option('--rejected').conflicts(OF_AN_UPDATE)
  const sample = new Option('--sample').conflicts([...OF_AN_UPDATE, 'rejected', 'rollback'])
  const forget = new Option('--forget <index>').conflicts([
    ...OF_AN_UPDATE,
    'rejected',
    'rollback',
    'index',
    'sample',
  ])
  for (const option of [rebuild, rollback, rejected, sample, forget, limitOption(), outputOption()])
    command.addOption(option.hideHelp())
  return command
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import { isOneOff } from '../../config/one-off.ts'
import { ONE_OFF_PROFILE } from '../../config/read/built-in.ts'
import { EXIT_CODES } from '../../core/exit-codes.ts'
import { type Compression, METHODS } from '../../dump/compression.ts'
import { isPartial, type SelectionOptions } from '../../run/selection-of.ts'
import { noteRenamed } from '../common-flags.ts'
import type { Notified } from '../notifier.ts'
import { parseDurationFlag } from './duration-argument.ts'

/** The description of the `[profile]` argument. */
export const PROFILE_DESCRIPTION = 'the profile in mbsync.yaml; not needed when there is only one'

const MOST_JOBS = 32

/** `--jobs <n>`: overrides what the profile says. */
export function jobsOption(
  meaning = 'use this many connections to read the source, and as many to write the target',
): Option {
  return new Option('--jobs <n>', `${meaning} (1 to ${MOST_JOBS})`).argParser((text) =>
    parseCount(text, MOST_JOBS),
  )
}

/** `--table <pattern>`, which may be repeated. */
export function tableOption(): Option {
  return patternOption('--table <pattern>', 'only these tables; may be repeated').default([], 'all of them')
}

/** `--exclude <pattern>`, which may be repeated. */
export function excludeOption(): Option {
  return patternOption('--exclude <pattern>', 'leave these tables out; may be repeated').default([], 'none')
}

/** Adds the flags that select tables and rows, `--jobs` before them and `--skip-drift` after them. */
export function addSelection(
  command: Command,
  jobs?: string,
  skipDrift = 'skip tables that do not fit into the target, and tables that foreign keys tie to them',
): Command {
  const where = patternOption(
    '--where <table>=<condition>',
    'only the rows of a table that meet an SQL condition; may be repeated',
  )
  return command
    .addOption(jobsOption(jobs))
    .addOption(tableOption())
    .addOption(excludeOption())
    .addOption(where.default([], 'all of them'))
    .option('--skip-drift', skipDrift)
}

/** The flags that select tables and rows. */
export interface SelectionFlags {
  readonly table: readonly string[]
  readonly exclude: readonly string[]
  readonly where: readonly string[]
}

/** What the flags select beyond a profile. */
export function selectionOptions({ table, exclude, where }: SelectionFlags): SelectionOptions {
  return { tables: table, excluded: exclude, conditions: where }
}

function patternOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text, earlier: readonly string[]) => [...earlier, text])
}

/** `--compress <method>`. */
export function compressOption(): Option {
  const usual: Compression = { method: 'gzip', level: METHODS.gzip.usualLevel }
  return new Option(
    '--compress <method>',
    'gzip or zstd, with a level: gzip:1 (fastest) to gzip:9 (smallest), zstd:1 to zstd:19; a plain number is a level of gzip',
  )
    .default(usual, `${usual.method}:${usual.level}`)
    .argParser(parseCompression)
}

function parseCompression(text: string): Compression {
  const [, named, digits = ''] = /^(?:(gzip|zstd)(?::|$))?(\d{0,2})$/.exec(text) ?? []
  const method = named === 'zstd' ? 'zstd' : 'gzip'
  const { highestLevel, usualLevel } = METHODS[method]
  if (text === method) return { method, level: usualLevel }
  if (/^\d+$/.test(digits)) return { method, level: parseCount(digits, highestLevel) }
  throw new InvalidArgumentError('Use gzip, zstd, or either with a level, such as zstd:3.')
}

/** `--to <database>`. */
export function targetOption(description: string): Option {
  return new Option('--to <database>', `${description} (its name in mbsync.yaml, or a URL)`)
}

/** Adds `--from` and `--to`, which name two databases instead of a profile. */
export function addSides(command: Command): Command {
  return command
    .option(
      '--from <database>',
      'instead of a profile: read this database (its name in mbsync.yaml, or a URL)',
    )
    .option('--to <database>', 'with --from: write this database, or compare with it')
}

/** The flags that name two databases instead of a profile. */
export interface SidesFlags {
  readonly from?: string
  readonly to?: string
}

/** Whose endings are notified, and as what. */
export function notifiedAs(
  command: string,
  name: string | undefined,
  flags: SidesFlags & SelectionFlags,
): Notified {
  return {
    command,
    profile: isOneOff(flags) ? ONE_OFF_PROFILE : name,
    isPartial: isPartial(selectionOptions(flags)),
  }
}

/** `--backup <method>`. */
export function backupOption(): Option {
  return new Option(
    '--backup <method>',
    'undo: keep what changes in the target, for a rollback; dump: also write tables of the target to disk before the run',
  ).choices(['undo', 'dump'])
}

/** `--strategy <strategy>`. */
export function strategyOption(): Option {
  return new Option(
    '--strategy <strategy>',
    'merge: write what differs; load: copy into tables that are all empty; swap: build a new database; auto: choose',
  ).choices(['auto', 'merge', 'load', 'swap'])
}

/** `--allow-mass-delete`. */
export function massDeleteOption(): Option {
  return new Option(
    '--allow-mass-delete',
    'allow deleting all documents of a search index, or more than its maxDeletePercent',
  )
}

/** `--yes`. */
export function yesOption(meaning: string): Option {
  return new Option('--yes', `${meaning}; MBSYNC_YES=1 does the same`)
}

/** `--yes` of commands that bring rows into a database. */
export function firstRunOption(): Option {
  return yesOption('confirm the first run into a database with rows, without being asked')
}

/** `--wait-lock <duration>`. */
export function waitOption(): Option {
  return new Option(
    '--wait-lock <duration>',
    'if another run holds the lock on the target, wait up to this long for it to finish, such as 1h',
  ).argParser(parseWait)
}

/** Adds `--wait-lock <duration>`, and what it was called before: `--wait <seconds>`, which goes on working. */
export function addLockWait(command: Command): Command {
  command.addOption(waitOption()).addOption(new Option('--wait <seconds>').argParser(parseWait).hideHelp())
  return command.on('option:wait', (text: string) => {
    command.setOptionValueWithSource('waitLock', parseWait(text), 'cli')
    noteRenamed(command, '--wait is now called --wait-lock, and takes a duration such as 1h')
  })
}

/** Milliseconds. A number without a unit is one of seconds. */
function parseWait(text: string): number {
  return parseDurationFlag(text, { bareUnit: 's' })
}

/** `--after <path>`, which may be repeated. */
export function afterOption(): Option {
  return new Option(
    '--after <path>',
    "run SQL files after the rows, such as 'migrations/*.sql' (may be repeated)",
  )
    .argParser((path, before: readonly string[]) => [...before, path])
    .default([], 'none')
}

/** `--create-schema`. */
export function createSchemaOption(from = 'the source'): Option {
  return new Option(
    '--create-schema',
    `create tables that the target lacks, and everything that they need, as they are in ${from}; in an empty database, everything`,
  )
}

/** `--follow-schema`. */
export function followSchemaOption(): Option {
  return new Option(
    '--follow-schema',
    'create missing tables, and adapt existing ones to the source where nothing is lost: the changes that `mbsync schema diff` calls safe',
  )
}

/** `--skip-unsupported`. */
export function skipUnsupportedOption(
  meaning = 'leave out objects that cannot be created in the target, instead of refusing the run',
): Option {
  return new Option('--skip-unsupported', meaning)
}

/** The flags that decide what is created. */
export interface CreationFlags {
  readonly createSchema?: boolean
  readonly followSchema?: boolean
  readonly skipUnsupported?: boolean
}

/** What the flags say of what is created. */
export function creationOptions({
  createSchema = false,
  followSchema = false,
  skipUnsupported = false,
}: CreationFlags): {
  readonly createsSchema: boolean
  readonly followsSchema: boolean
  readonly skipsUnsupported: boolean
} {
  return { createsSchema: createSchema, followsSchema: followSchema, skipsUnsupported: skipUnsupported }
}

/** `--allow-blocking`. */
export function allowBlockingOption(): Option {
  return new Option('--allow-blocking', 'allow locks that block readers, if the merge needs them')
}

/** Refuses flags that mean nothing without another one. */
export function expectWith(
  command: Command,
  other: string,
  flags: readonly string[],
  ownerOfFlags?: string,
): void {
  if (command.getOptionValue(other) !== undefined) return
  const lonely = flags.find((flag) => command.getOptionValueSource(flag) === 'cli')
  if (lonely !== undefined)
    command.error(
      ownerOfFlags === undefined
        ? `error: option '${flagOf(lonely)}' cannot be used without '${flagOf(other)}'`
        : `error: option '${flagOf(lonely)}' belongs to ${ownerOfFlags}`,
      { exitCode: EXIT_CODES.usage.code },
    )
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Reads a whole number from 1 up to `most`. */
export function parseCount(text: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= most) return count
  throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`)
}

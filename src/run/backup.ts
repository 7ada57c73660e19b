import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { BackupSettings, RunRules } from '../config/config.ts'
import { FailedError, RefusedError } from '../core/errors.ts'
import { displayName } from '../core/table-name.ts'
import { parseTablePattern, patternOf, type TablePattern } from '../core/table-pattern.ts'
import { findDumps } from '../dump/find-dumps.ts'
import { pruneDumps } from '../dump/list-dumps.ts'
import { onFile } from '../files/file-error.ts'
import { lstatIfThere } from '../files/lstat-if-there.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { Inspection, Selection, SequencePair, TablePair } from '../transfer/inspect/inspection.ts'
import { withReadTarget } from './databases.ts'
import { dumpDatabase } from './dump-database.ts'

/** Fast: a backup is written before every run, and rarely read. */
const COMPRESSION = { method: 'gzip', level: 1 } as const

/**
 * Writes a dump of the target's tables that a run is about to change, and of their sequences.
 * @returns its path
 */
export async function backUpTarget(
  rules: RunRules,
  settings: BackupSettings,
  runId: number,
  inspection: Inspection,
  context: JobContext,
): Promise<string> {
  const { folder } = settings
  await onFile(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }))
  const output = join(folder, nameOf(rules.to.name, new Date(), runId))
  const target = {
    output,
    isSingleFile: false,
    compression: COMPRESSION,
    jobs: rules.jobs,
    phase: 'backup' as const,
    hasSchema: false,
  }
  await withReadTarget({ to: rules.to, timeouts: rules.timeouts }, context, (database) =>
    dumpDatabase(database, selectionOfPairs(inspection), target, context).catch((error: unknown) => {
      throw ofTarget(error)
    }),
  )
  return output
}

/** The target is read as a source would be. If that is not possible, the message says so. */
function ofTarget(error: unknown): unknown {
  if (!(error instanceof RefusedError) || error.findings.length === 0) return error
  return new RefusedError('The target cannot be backed up as a whole; nothing has changed', {
    cause: error,
    findings: error.findings.map(({ message, ...finding }) => {
      return { ...finding, message: message.replace(/\b(in|of) the source\b/, '$1 the target') }
    }),
    hint: 'Run with --backup undo, which needs no dump, or let the role read all rows of these tables.',
  })
}

/** Removes the target's backups that the settings no longer keep. Other files in the folder are left alone. */
export async function pruneBackups(
  target: string,
  { folder, keepLast, keepDays }: BackupSettings,
): Promise<void> {
  const prefix = `${plainName(target)}-`
  const isMeant = (name: string) => name.startsWith(prefix) && BACKUP_END.test(name.slice(prefix.length))
  await pruneDumps(folder, { keepLast, keepDays }, { isDryRun: false, isMeant })
}

/** The part of a backup's name after the target, also while it is being written or removed. */
const BACKUP_END = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-run-\d+(-\d+)?(\.partial)?$/

/** `staging-2025-11-21T02-00-00Z-run-42`: sorts by time, and is a valid name on every file system. */
function nameOf(database: string, now: Date, runId: number): string {
  const time = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-')
  return `${plainName(database)}-${time}-run-${runId}`
}

function plainName(database: string): string {
  return database.replaceAll(/[^A-Za-z0-9._-]/g, '_')
}

function selectionOfPairs({ pairs, sequences }: Inspection): Selection {
  const isReadable = ({ target }: SequencePair) => target.canSelect
  const names = [...pairs, ...sequences.filter(isReadable)].map((pair) => pair.target.name)
  const unread = sequences.filter((pair) => !isReadable(pair)).map((pair) => pair.target.name)
  return { include: names.map(exactly), exclude: unread.map(exactly), only: [], where: [], columns: [] }
}

function exactly(name: TablePair['target']['name']): TablePattern {
  const pattern = parseTablePattern(patternOf(name))
  if (pattern === undefined) throw new FailedError(`${displayName(name)} cannot be written as a pattern`)
  return pattern
}

/** The folders of the target's backups that some runs have written. */
export async function findBackups(
  target: string,
  { folder }: BackupSettings,
  runIds: readonly number[],
): Promise<string[]> {
  const prefix = `${plainName(target)}-`
  const ofRuns = new RegExp(`-run-(${runIds.join('|')})(-\\d+)?(\\.partial)?$`)
  const isMeant = (name: string) =>
    name.startsWith(prefix) && BACKUP_END.test(name.slice(prefix.length)) && ofRuns.test(name)
  if (runIds.length === 0 || (await lstatIfThere(folder)) === undefined) return []
  return (await findDumps(folder)).flatMap(({ path }) => (isMeant(basename(path)) ? [path] : []))
}

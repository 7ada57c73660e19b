import { resolve } from 'node:path'
import { type DestinationStream, type Level, type Logger, pino } from 'pino'
import { UsageError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { ProgressEvent } from '../../progress/progress.ts'
import { RunProgress } from '../../progress/run-progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import type { Surroundings } from '../surroundings.ts'
import { copyingLabel } from './describe-phase.ts'
import type { Outcome, Reporter } from './reporter.ts'

const PROGRESS_EVERY_MS = 5000

/** Tells a log what a job does, as JSON lines: where nobody watches. */
export class LogReporter implements Reporter {
  readonly #log: Logger
  readonly #progress = new RunProgress()
  readonly #timer: NodeJS.Timeout
  #runId: number | undefined

  /** With `run`, every line carries it: an id of this start of mbsync. */
  constructor(level: Level, destination: DestinationStream, run?: string) {
    const options = {
      level,
      base: run === undefined ? null : { run },
      // Its number is known only when the run has been opened.
      mixin: () => (this.#runId === undefined ? {} : { runId: this.#runId }),
      // The facts are chosen already; pino would add a type and a stack.
      serializers: { err: (facts: object) => facts },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    }
    this.#log = pino(options, destination)
    this.#timer = setInterval(() => this.#logProgress(), PROGRESS_EVERY_MS).unref()
  }

  report(event: ProgressEvent): void {
    const landed = this.#progress.observe(event, Date.now())
    this.#logEvent(event)
    if (event.type === 'run-opened') this.#runId = event.runId
    if (landed !== undefined) {
      this.#log.debug({ ...landed, table: displayName(landed.table) }, 'table copied')
    }
  }

  notice(message: string): void {
    this.#log.warn(message)
  }

  finished(outcome: Outcome): void {
    for (const warning of outcome.warnings) this.#warn(warning)
    const { logMessage } = outcome
    if (logMessage !== undefined && this.#log.isLevelEnabled('info'))
      this.#log.info(outcome.facts, logMessage)
  }

  failed({ message, stack, ...facts }: ErrorFacts): void {
    this.#log.error({ err: stack === undefined ? { message } : { message, stack }, ...facts }, message)
  }

  pause(): void {
    // A log has no screen.
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #logEvent(event: ProgressEvent): void {
    switch (event.type) {
      case 'phase':
        this.#log.info({ phase: event.phase }, 'phase started')
        break
      case 'run-opened':
      case 'copy-planned':
      case 'merge-planned':
      case 'documents-planned':
      case 'search-step':
        this.#log.info(factsOf(event), event.type.replace('-', ' '))
        break
      case 'part-started':
      case 'part-finished':
      case 'table-compared':
      case 'rows-written':
      case 'table-merged':
        this.#log.debug(factsOf(event), event.type.replace('-', ' '))
        break
      case 'statement':
        this.#log.debug({ ...factsOf(event), durationMs: Math.round(event.durationMs) }, event.type)
        break
      case 'info':
        this.#log.info(event.message)
        break
      case 'warning':
        this.#warn(event)
        break
      case 'bytes':
      case 'problems-found':
      case 'snapshot':
      case 'documents-answered':
      case 'documents-deleted':
      case 'documents-ingesting':
      case 'search-ended':
        break
    }
  }

  #warn({ message, hint }: { readonly message: string; readonly hint?: string }): void {
    this.#log.warn(hint === undefined ? {} : { hint }, message)
  }

  #logProgress(): void {
    const facts = progressFacts(this.#progress, Date.now())
    if (facts !== undefined) this.#log.info(facts, 'progress')
  }
}

function factsOf({ type: _, ...facts }: ProgressEvent): object {
  return 'table' in facts ? { ...facts, table: displayName(facts.table) } : facts
}

/** The facts of a progress line in a log, or nothing in the phases that are short. */
function progressFacts(progress: RunProgress, nowMs: number): object | undefined {
  const { phase, copying, merge, work } = progress
  if (copyingLabel(phase) !== '' && copying.isCopying) return copyFacts(progress, nowMs)
  if (phase === 'search') return searchFacts(progress, nowMs)
  const state = work.at(nowMs)
  if (state === undefined && phase !== 'merge') return undefined
  const { tables, compared, merged, rowsChanged, rowsWritten } = merge
  const ofMerge = { tables, tablesCompared: compared, tablesMerged: merged, rowsChanged, rowsWritten }
  const left = state?.secondsLeft
  return {
    phase,
    ...(phase === 'merge' ? ofMerge : {}),
    stage: state?.stage ?? null,
    done: state?.done ?? 0,
    total: state?.total ?? 0,
    percent: Math.floor((state?.fraction ?? 0) * 100),
    secondsLeft: left === undefined ? null : Math.ceil(left),
  }
}

function copyFacts({ phase, copying }: RunProgress, nowMs: number): object {
  const { fraction, doneBytes, totalBytes, rows, rowsPerSecond, bytesPerSecond, secondsLeft } =
    copying.at(nowMs)
  return {
    phase,
    percent: Math.floor(fraction * 100),
    bytes: doneBytes,
    estimatedBytes: totalBytes,
    rows,
    rowsPerSecond: Math.round(rowsPerSecond),
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: secondsLeft === undefined ? null : Math.ceil(secondsLeft),
    tables: [...new Set(copying.running.map(({ table }) => displayName(table)))],
  }
}

function searchFacts({ search }: RunProgress, nowMs: number): object {
  const { searchIndex, step, planned, answered, rejected, deletions, deleted } = search
  const left = search.secondsLeft(nowMs)
  return {
    phase: 'search',
    searchIndex: searchIndex ?? null,
    step: step ?? null,
    changed: planned,
    answered,
    rejected,
    deletions,
    deleted,
    secondsLeft: left === undefined ? null : Math.ceil(left),
  }
}

/** Where log lines go when they go to stderr. Written synchronously, so that no line is lost when the process ends. */
export function logToStderr({ stderr }: Pick<Surroundings, 'stderr'>): DestinationStream {
  if (stderr !== process.stderr) return { write: (line) => stderr.write(line) }
  const destination = pino.destination({ dest: 2, sync: true })
  // The reader of the log has closed it; the run goes on without.
  destination.on('error', () => undefined)
  return destination
}

/**
 * Opens a log file to append to it: lines of several processes do not mix, and a file that is copied and truncated goes on from its start.
 * @throws UsageError if it cannot be opened
 */
export function logToFile(file: string, { cwd, stderr }: Surroundings): DestinationStream {
  try {
    const destination = pino.destination({ dest: resolve(cwd, file), append: true, sync: true, mode: 0o640 })
    destination.once('error', (error: NodeJS.ErrnoException) => {
      destination.on('error', () => undefined)
      stderr.write(`The log file ${file} cannot be written (${error.code}); the run continues without it\n`)
    })
    return destination
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    throw new UsageError(`The log file ${file} cannot be opened${code}`, {
      hint: 'Check that its folder exists and that this user may write there.',
      cause,
    })
  }
}

import { EXIT_CODES } from '../core/exit-codes.ts'
import type { Finding } from '../core/finding.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import { isUpToDate } from '../indexing/is-up-to-date.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import { TimelineRecorder } from '../progress/timeline.ts'
import { insertTimeline } from '../state/run-timelines.ts'
import { endRun } from '../state/runs.ts'
import { ProgressBroadcast } from './broadcast-progress.ts'
import type { Warning } from './run-result.ts'
import { ServerWatch } from './watch-server.ts'

/** The common parts of all results. */
export interface RunEnding {
  readonly search?: readonly SearchOutcome[]
  /** The tables that were skipped. */
  readonly skipped?: readonly unknown[]
  /** What does not follow the schema of the source yet. */
  readonly unfollowed?: readonly string[]
  readonly warnings?: readonly Warning[]
  readonly notes?: readonly Finding[]
}

/** The course of a run: it is broadcast to watchers while it lasts, and recorded in the state. */
export class RunCourse {
  /** The reporter of the run's progress. */
  readonly context: JobContext
  readonly #target: Database
  readonly #runId: number
  readonly #broadcast: ProgressBroadcast
  readonly #watch: ServerWatch
  readonly #timeline = new TimelineRecorder(Date.now())
  readonly #warnings: Warning[] = []

  constructor(target: Database, runId: number, profile: string, context: JobContext) {
    this.#target = target
    this.#runId = runId
    this.#broadcast = new ProgressBroadcast(target, runId, profile)
    const report = (event: ProgressEvent) => {
      this.#observe(event)
      context.report(event)
    }
    this.#watch = new ServerWatch(target, () => this.#broadcast.session(), report)
    this.context = { ...context, report }
  }

  /** Records how the run ended, over `idle` if that session can be used. Never throws: a lost record does not make a finished run fail. */
  async end(ending: RunEnding | { readonly exitCode: number }, idle: Session): Promise<void> {
    await this.#watch.end()
    // Before the record: a watcher waits for that, and must not miss the last progress.
    await this.#broadcast.end()
    const timeline = this.#timeline.end(Date.now())
    const warnings = [...this.#warnings, ...('warnings' in ending ? (ending.warnings ?? []) : [])]
    const exitCode = 'exitCode' in ending ? ending.exitCode : exitCodeOf(ending)
    await this.#target
      .withClosingSession(async (session) => {
        await Promise.all([
          insertTimeline(session, this.#runId, { timeline, warnings }).catch(() => undefined),
          endRun(session, this.#runId, exitCode, 'notes' in ending ? (ending.notes ?? []) : []),
        ])
      }, idle)
      .catch(() => undefined)
  }

  /** Ends it without recording how, which is not known. Never throws. */
  async leaveOpen(): Promise<void> {
    await this.#watch.end()
    await this.#broadcast.end()
  }

  #observe(event: ProgressEvent): void {
    this.#timeline.observe(event, Date.now())
    this.#broadcast.observe(event)
    this.#watch.observe(event)
    if (event.type !== 'warning') return
    const { message, hint } = event
    this.#warnings.push(hint === undefined ? { message } : { message, hint })
  }
}

function exitCodeOf({ search = [], skipped = [], unfollowed = [] }: RunEnding): number {
  const isDone = isUpToDate(search) && skipped.length + unfollowed.length === 0
  return EXIT_CODES[isDone ? 'done' : 'incomplete'].code
}

import { countOf } from '../../core/count-of.ts'
import type { CopiedTable } from '../../progress/copied-tables.ts'
import type { Phase } from '../../progress/phases.ts'
import type { ProgressEvent } from '../../progress/progress.ts'
import { RunProgress } from '../../progress/run-progress.ts'
import type { ErrorFacts } from '../error-facts.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { createPaint, type Paint } from '../format/paint.ts'
import { printableName } from '../format/printable.ts'
import { errorLines } from '../print/error-lines.ts'
import type { Surroundings } from '../surroundings.ts'
import { describeFinishedPhase, describePhase, isPhaseDone } from './describe-phase.ts'
import { eventLines } from './event-lines.ts'
import type { Reporter } from './reporter.ts'

/** How often a phase that lasts says how far it has come. */
const PROGRESS_EVERY_MS = 30_000

/** Shows a job in lines that stay: one for each phase and each table that has landed. A CI system folds what a phase does. */
export class PlainReporter implements Reporter {
  readonly #stream: Surroundings['stderr']
  readonly #paint: Paint
  readonly #isVerbose: boolean
  readonly #progress = new RunProgress()
  readonly #groups: LogGroups | undefined
  readonly #timer: NodeJS.Timeout

  constructor({ stderr, env }: Surroundings, isVerbose = false) {
    this.#isVerbose = isVerbose
    this.#stream = stderr
    this.#paint = createPaint(stderr, env)
    this.#groups = logGroupsOf(env)
    this.#timer = setInterval(() => this.#tellProgress(), PROGRESS_EVERY_MS).unref()
  }

  report(event: ProgressEvent): void {
    if (event.type === 'phase') this.#finishPhase()
    const landed = this.#progress.observe(event, Date.now())
    if (event.type === 'phase') this.#startPhase(event.phase)
    this.#tell(
      landed === undefined
        ? eventLines(event, this.#paint, this.#statementColumns())
        : [this.#describeCopied(landed)],
    )
  }

  notice(message: string): void {
    this.#tell([this.#paint.yellow(message)])
  }

  finished(): void {
    this.#finishPhase()
  }

  failed(error: ErrorFacts): void {
    this.#endGroup()
    this.#tell(errorLines(error, this.#paint))
  }

  pause(): void {
    // Nothing on the screen moves.
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #startPhase(phase: Phase): void {
    const title = `${describePhase(phase, this.#progress, Date.now())}…`
    this.#tell([this.#groups?.start(title, Date.now()) ?? title])
  }

  #tellProgress(): void {
    const { phase } = this.#progress
    if (phase === undefined) return
    const nowMs = Date.now()
    const took = formatDuration(nowMs - this.#progress.phaseStartedMs)
    this.#tell([`  ${describePhase(phase, this.#progress, nowMs)} ${this.#paint.dim(`(${took})`)}`])
  }

  #endGroup(): void {
    if (this.#groups !== undefined && this.#progress.phase !== undefined)
      this.#tell([this.#groups.end(Date.now())])
  }

  #finishPhase(): void {
    const { phase } = this.#progress
    if (phase === undefined) return
    this.#endGroup()
    const sign = isPhaseDone(phase, this.#progress) ? this.#paint.green('✔') : this.#paint.red('✖')
    this.#tell([`${sign} ${describeFinishedPhase(phase, this.#progress, Date.now())}`])
  }

  #describeCopied({ table, rows, bytes, durationMs }: CopiedTable): string {
    const facts = `${countOf(rows, 'row')}, ${formatBytes(bytes)} in ${formatDuration(durationMs)}`
    return `  ${printableName(table)} ${this.#paint.dim(facts)}`
  }

  #statementColumns(): number | undefined {
    return this.#isVerbose ? this.#stream.columns || 80 : undefined
  }

  #tell(lines: readonly string[]): void {
    if (lines.length > 0) this.#stream.write(`${lines.join('\n')}\n`)
  }
}

/** The lines with which a CI system folds what is between them; empty where it has none. */
interface LogGroups {
  readonly start: (title: string, nowMs: number) => string
  readonly end: (nowMs: number) => string
}

/** How the CI system that the environment names folds a part of its log; undefined if it cannot. */
function logGroupsOf(env: NodeJS.ProcessEnv): LogGroups | undefined {
  if (env.GITHUB_ACTIONS === 'true')
    return { start: (title) => `::group::${title}`, end: () => '::endgroup::' }
  if (env.TF_BUILD !== undefined) return { start: (title) => `##[group]${title}`, end: () => '##[endgroup]' }
  if (env.GITLAB_CI !== 'true') return undefined
  // https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
  const section = (kind: string, nowMs: number) =>
    `\u001b[0Ksection_${kind}:${Math.floor(nowMs / 1000)}:mbsync\r\u001b[0K`
  return { start: (title, nowMs) => section('start', nowMs) + title, end: (nowMs) => section('end', nowMs) }
}

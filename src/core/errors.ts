import { EXIT_CODES, type ExitStatus } from './exit-codes.ts'
import type { Finding } from './finding.ts'

/** How to build an {@link MbsyncError}: what to do next, and the error underneath. */
export interface ErrorOptionsWithHint {
  /** One sentence that tells the reader what to do next. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * An error that mbsync expects: it is shown as a message and a hint, never as a stack.
 * Its text never holds credentials or row values.
 */
export class MbsyncError extends Error {
  readonly hint: string | undefined
  readonly status: ExitStatus

  constructor(message: string, status: ExitStatus, options: ErrorOptionsWithHint = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.status = status
    this.hint = options.hint
  }

  /** The process exit code that this error ends mbsync with. */
  get exitCode(): number {
    return EXIT_CODES[this.status].code
  }
}

/** The run failed; the target is as it was before. */
export class FailedError extends MbsyncError {
  constructor(message: string, options: ErrorOptionsWithHint = {}) {
    super(message, 'failed', options)
  }
}

/** The command line or the configuration is wrong; `problems` lists every one of them. */
export class UsageError extends MbsyncError {
  readonly problems: readonly string[]

  constructor(
    message: string,
    options: ErrorOptionsWithHint & { readonly problems?: readonly string[] } = {},
  ) {
    super(message, 'usage', options)
    this.problems = options.problems ?? []
  }
}

/** An error with reasons. */
interface FindingsOptions extends ErrorOptionsWithHint {
  readonly findings?: readonly Finding[]
}

/** Validation refused the run before anything changed; `findings` lists every reason. */
export class RefusedError extends MbsyncError {
  readonly findings: readonly Finding[]

  constructor(message: string, options: FindingsOptions = {}) {
    super(message, 'refused', options)
    this.findings = options.findings ?? []
  }
}

/** The target must not be written, not even to remember that it was refused. */
export class UnsafeTargetError extends RefusedError {}

/** What an error found, if it lists that. */
export function findingsOf(error: unknown): readonly Finding[] {
  return error instanceof RefusedError || error instanceof SearchError ? error.findings : []
}

/** Another run holds the target's lock. */
export class LockedError extends MbsyncError {
  constructor(message: string, options: ErrorOptionsWithHint = {}) {
    super(message, 'locked', options)
  }
}

/** The database is done, or was not asked for, but a search index is not up to date; `findings` lists every reason. */
export class SearchError extends MbsyncError {
  readonly findings: readonly Finding[]

  constructor(message: string, options: FindingsOptions = {}) {
    super(message, 'incomplete', options)
    this.findings = options.findings ?? []
  }
}

/** The answer to COMMIT was lost, and the server did not say how it ended. The state is left as it is: the run row is written by that COMMIT. */
export class UnknownOutcomeError extends MbsyncError {
  constructor(message: string, options: ErrorOptionsWithHint = {}) {
    super(message, 'unknown', options)
  }
}

/** The signals that stop a job. */
export type StoppingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What stops a job: a signal of the process, or the AbortSignal of the program that runs it. */
export type Interrupter = StoppingSignal | 'AbortSignal'

/** A signal ended the job; what it was to write is as it was before. */
export class InterruptedError extends MbsyncError {
  readonly signal: Interrupter

  constructor(signal: Interrupter, state = 'nothing has changed', cause?: unknown) {
    const isTermination = signal === 'SIGTERM' || signal === 'SIGHUP'
    super(`Interrupted by ${signal}; ${state}`, isTermination ? 'terminated' : 'interrupted', { cause })
    this.signal = signal
  }
}

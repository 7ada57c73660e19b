import { MbsyncError, RefusedError, SearchError, UsageError } from '../core/errors.ts'
import { EXIT_CODES, type ExitStatus } from '../core/exit-codes.ts'
import type { Finding } from '../core/finding.ts'

/** What is told of an error, on a terminal, in a log or as JSON. */
export interface ErrorFacts {
  readonly message: string
  readonly hint?: string
  readonly status: ExitStatus
  readonly exitCode: number
  readonly findings?: readonly Finding[]
  readonly problems?: readonly string[]
  /** Only of an error that mbsync did not expect. */
  readonly stack?: string
}

const BUG_HINT = 'This is a bug in mbsync. Please report it with the lines above.'

/** The facts of anything thrown. Fields of foreign errors, which may hold row values, are left out. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof MbsyncError)) return unexpectedFacts(error)
  return {
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    status: error.status,
    exitCode: error.exitCode,
    ...(error instanceof RefusedError || error instanceof SearchError ? { findings: error.findings } : {}),
    ...(error instanceof UsageError ? { problems: error.problems } : {}),
  }
}

function unexpectedFacts(error: unknown): ErrorFacts {
  const facts = { hint: BUG_HINT, status: 'failed', exitCode: EXIT_CODES.failed.code } as const
  if (!(error instanceof Error)) return { message: String(error), ...facts }
  return { message: error.message, ...facts, ...(error.stack === undefined ? {} : { stack: error.stack }) }
}

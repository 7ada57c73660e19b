import { MbsyncError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import type { FindingCode } from '../../core/finding-codes.ts'

/** One thing that a run needs, and how it stands. A `failure` would end or refuse the run. */
export interface Check {
  readonly status: 'ok' | 'warning' | 'failure'
  /** The database, table, file or search index that it is about, ready to print. */
  readonly subject: string
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
  /** Of what is no more than ok: `accept` in a profile silences it. */
  readonly code?: FindingCode
}

/** Collects checks: what one of them finds does not keep the others from being made. */
export class Checklist {
  readonly #checks: Check[] = []
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** All checks so far, in the order they were made. */
  get checks(): readonly Check[] {
    return this.#checks
  }

  /** Adds checks that have been made. */
  add(...checks: readonly Check[]): void {
    this.#checks.push(...checks)
  }

  /** Adds checks whose warnings have a code. */
  addCoded(code: FindingCode, ...checks: readonly Check[]): void {
    this.add(...checks.map((check) => (check.status === 'warning' ? { ...check, code } : check)))
  }

  /** Adds what validation found. */
  addFindings(findings: readonly Finding[]): void {
    this.add(...findings.map(checkOf))
  }

  /** Does what must work, and adds a failure if it does not: an expected error. */
  async attempt<T>(subject: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!(error instanceof MbsyncError)) throw error
      const { hint } = error
      // Errors of a database begin with its name, which stands before the line already.
      const message = error.message.replace(`${subject}: `, '')
      // What stands in the way of a look at one side stands in the way of the plan, too.
      const isKnown = this.#checks.some((known) => known.hint === hint && message.endsWith(known.message))
      if (isKnown && hint !== undefined) return undefined
      this.add({ status: 'failure', subject, message, ...(hint === undefined ? {} : { hint }) })
      return undefined
    }
  }
}

/** A note that asks for something is a warning; another is only told. */
function checkOf({ severity, tables: _, ofEach: __, ...facts }: Finding): Check {
  if (severity === 'error') return { status: 'failure', ...facts }
  return { status: facts.hint === undefined ? 'ok' : 'warning', ...facts }
}

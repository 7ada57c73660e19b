import { setTimeout as delay } from 'node:timers/promises'

/** How a request is repeated that failed for a reason that passes. */
export interface RetryPolicy {
  readonly attempts: number
  /** The longest wait before the second attempt; it doubles from one to the next. */
  readonly firstWaitMs: number
  /** No wait is longer, whatever the server asks for. */
  readonly longestWaitMs: number
  /** How to wait, where time is not the machine's own; rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What to make of a failure: give up, or try again, not before the server said so. */
export type RetryVerdict =
  | { readonly kind: 'give up' }
  | {
      readonly kind: 'again'
      readonly leastWaitMs?: number | undefined
      /** How long it may go on, counted from the first of such failures in a row; they use up no attempts. */
      readonly patienceMs?: number | undefined
    }

/**
 * Runs `work` until it succeeds, its failure is final, or the attempts are used up. Waits are drawn between half and all of an exponentially
 * growing time, so that many workers do not come back at once.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  judge: (error: unknown) => RetryVerdict,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  const { sleep = sleepForReal } = policy
  let usedUp = 0
  let endured: number | undefined
  for (let attempt = 1; ; attempt += 1) {
    try {
      signal.throwIfAborted()
      return await work(attempt)
    } catch (error) {
      signal.throwIfAborted()
      const verdict = judge(error)
      if (verdict.kind === 'give up') throw error
      if (verdict.patienceMs === undefined) {
        usedUp += 1
        endured = undefined
      } else endured ??= performance.now()
      const isOver = endured !== undefined && performance.now() - endured >= (verdict.patienceMs ?? 0)
      if (usedUp >= policy.attempts || isOver) throw error
      const growing = policy.firstWaitMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
      const waitMs = Math.min(Math.max(growing, verdict.leastWaitMs ?? 0), policy.longestWaitMs)
      await sleep(waitMs, signal).catch(() => signal.throwIfAborted())
    }
  }
}

async function sleepForReal(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal })
}

/** The wait that a `Retry-After` header asks for, in seconds or as a date; undefined if it says nothing. */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  const waitMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined
}

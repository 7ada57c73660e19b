import { withDeadline } from '../../core/with-deadline.ts'
import { type RetryPolicy, withRetries } from '../retry.ts'
import { explainFailure, type RequestSubject } from './explain-failure.ts'
import type { OperationClass, RateLimiter } from './rate-limiter.ts'
import { RequestError } from './request-error.ts'
import type { MixedbreadSettings } from './settings.ts'

/** Sends something through the SDK, and stops when the signal aborts. */
type Send<T> = (signal: AbortSignal) => PromiseLike<T>

/** Sends requests at the rate that their class allows. Every error is a {@link RequestError}, or the reason of the signal. */
export interface Requests {
  /** Sends once. */
  send<T>(operation: OperationClass, subject: RequestSubject, send: Send<T>): Promise<T>
  /** Repeats work that sends, for as long as its failures may pass. */
  repeat<T>(work: (attempt: number) => Promise<T>): Promise<T>
}

const RETRY_POLICY: RetryPolicy = { attempts: 5, firstWaitMs: 2000, longestWaitMs: 60_000 }

/** Requests that end when the signal aborts. */
export function requests(settings: MixedbreadSettings, limiter: RateLimiter, signal: AbortSignal): Requests {
  const { apiKey, clock, requestMs } = settings
  const policy = { ...RETRY_POLICY, sleep: clock.sleep }
  return {
    send: async (operation, { action, secrets }, send) => {
      await limiter[operation].take(signal)
      try {
        return await withDeadline(requestMs, signal, async (within) => await send(within))
      } catch (error) {
        signal.throwIfAborted()
        const explained = explainFailure(error, { action, secrets: [apiKey, ...secrets] }, clock.now())
        const { httpStatus, retryAfterMs = 0 } = explained.failure
        if (httpStatus === 429) limiter[operation].pause(Math.min(retryAfterMs, policy.longestWaitMs))
        throw explained
      }
    },
    repeat: (work) => withRetries(policy, signal, judge, work),
  }
}

function judge(error: unknown) {
  if (!(error instanceof RequestError) || !error.failure.passes) return { kind: 'give up' } as const
  return { kind: 'again', leastWaitMs: error.failure.retryAfterMs } as const
}

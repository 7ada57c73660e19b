import { errorReply, type Reply } from './reply.ts'

/** How Retry-After is written: HTTP allows both. */
export type RetryAfterForm = 'seconds' | 'date'

/** What a 429 says: when to come back, and what the limit is. */
export interface RateLimitFacts {
  readonly waitMs: number
  readonly perMinute: number
  readonly nowMs: number
  readonly form: RetryAfterForm
}

/** A 429, which says in its headers and its body when to come back. */
export function rateLimitReply({ waitMs, perMinute, nowMs, form }: RateLimitFacts): Reply {
  const details = {
    retry_after: Math.max(1, Math.ceil(waitMs / 1000)),
    limit: String(perMinute),
    remaining: '0',
    reset: String(Math.ceil((nowMs + waitMs) / 1000)),
  }
  return errorReply(429, 'Rate limit exceeded. Please try again later.', details, {
    'retry-after': retryAfter(form, waitMs, nowMs),
  })
}

/** Retry-After in either form, never earlier than after the wait. */
export function retryAfter(form: RetryAfterForm, waitMs: number, nowMs: number): string {
  // Dates have no fractions of a second.
  if (form === 'date') return new Date(Math.ceil((nowMs + waitMs) / 1000) * 1000).toUTCString()
  return String(Math.max(1, Math.ceil(waitMs / 1000)))
}

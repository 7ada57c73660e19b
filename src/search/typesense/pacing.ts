import type { RetryPolicy } from '../retry.ts'

/** How long is waited for a server, and how often. */
export interface Pacing {
  readonly retry: RetryPolicy
  /** The least wait for a server that lags or has no leader; up to as much again is added at random. */
  readonly lagWaitMs: number
  /** Between two reads of the number of documents. */
  readonly settleMs: number
  /** How often the number of documents is read before it is given up on. */
  readonly settleReads: number
}

/** The waits for a server in production: some minutes of trouble are outlasted. */
export const DEFAULT_PACING: Pacing = {
  retry: { attempts: 8, firstWaitMs: 1000, longestWaitMs: 60_000 },
  lagWaitMs: 10_000,
  settleMs: 400,
  settleReads: 75,
}

import type { RetryVerdict } from '../retry.ts'
import { type FailureKind, TypesenseFailure } from './typesense-failure.ts'

/** Whether a failure passes, and how long that takes at least. */
export function judgeFailure(error: unknown, lagWaitMs: number): RetryVerdict {
  if (!(error instanceof TypesenseFailure) || !PASSING.has(error.kind)) return { kind: 'give up' }
  // Clients that were turned away together are not to come back together.
  const lagMs = error.kind === 'lagging' ? lagWaitMs * (1 + Math.random()) : 0
  return { kind: 'again', leastWaitMs: Math.max(lagMs, error.retryAfterMs ?? 0) }
}

const PASSING: ReadonlySet<FailureKind> = new Set([
  'lagging',
  'rate limited',
  'update in progress',
  'timeout',
  'network',
  'server trouble',
  'broken reply',
])

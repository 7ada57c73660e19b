import type { FaultPolicy } from './create-faults.ts'
import { type Fault, selects } from './fault.ts'

/** Faults that a client is to get over by sending the request again. */
export const TRANSIENT_FAULTS: readonly Fault[] = [
  { kind: 'not-ready' },
  { kind: 'no-leader' },
  { kind: 'rate-limited', retryAfter: '0' },
  { kind: 'answer', status: 502, body: '<html>Bad gateway</html>' },
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'reset-mid-reply' },
  { kind: 'slow', delayMs: 5 },
  { kind: 'short-reply', missing: 1, isWhollyApplied: true, on: 'import' },
  { kind: 'short-reply', missing: 2, isWhollyApplied: false, on: 'import' },
  { kind: 'padded-reply', on: 'import' },
  { kind: 'padded-reply', start: '\n', between: '\n', on: 'import' },
]

/** How often which faults strike. */
export interface RandomFaults {
  /** The share of requests that meet a fault, from 0 to 1. */
  readonly rate: number
  readonly faults?: readonly Fault[]
  /** After how many faults the same request gets through, so that enough attempts always suffice. */
  readonly mostPerRequest?: number
}

/** A policy that follows from the numbers in [0, 1) that `random` gives, two for each fault. */
export function randomFaults(
  random: () => number,
  { rate, faults = TRANSIENT_FAULTS, mostPerRequest = Number.POSITIVE_INFINITY }: RandomFaults,
): FaultPolicy {
  const struck = new Map<string, number>()
  return ({ method, url, operation, documentIds }) => {
    const fitting = faults.filter((fault) => selects(fault, operation))
    const request = `${method} ${url} ${documentIds.join('\n')}`
    const before = struck.get(request) ?? 0
    if (random() >= rate || before >= mostPerRequest) return undefined
    const fault = fitting[Math.floor(random() * fitting.length)]
    if (fault !== undefined) struck.set(request, before + 1)
    return fault
  }
}

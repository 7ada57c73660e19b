import { type Fault, type FaultPolicy, type FaultSelector, isMeant } from './faults.ts'

/** How often what goes wrong. */
export interface RandomFaultsOptions {
  /** Numbers from 0 up to 1: the policy depends on these and on the order of requests alone. */
  readonly random: () => number
  /** The share of the picked requests that go wrong, from 0 to 1. */
  readonly share: number
  /** What they go wrong with; by default everything that passes when tried again. */
  readonly faults?: readonly Fault[]
  /** Which requests are picked; all by default. */
  readonly on?: FaultSelector
  /** How many go wrong at most, so that a client that tries again can be sure to get there. */
  readonly atMost?: number
}

/** What a client has to get over by itself. */
export const PASSING_FAULTS: readonly Fault[] = [
  { status: 429, waitMs: 1000 },
  { status: 500 },
  { status: 503 },
  { status: 503, isApplied: true },
  { status: 502, html: '<html><body>502 Bad Gateway</body></html>' },
  { cut: 'before-applying' },
  { cut: 'after-applying' },
  { cut: 'mid-reply' },
]

/** A policy that draws two numbers for every picked request, whatever comes of it. */
export function randomFaults(options: RandomFaultsOptions): FaultPolicy {
  const { random, share, faults = PASSING_FAULTS, on = 'any', atMost = Number.POSITIVE_INFINITY } = options
  let faultCount = 0
  return (request) => {
    if (!isMeant(on, request)) return undefined
    const chance = random()
    const fault = faults[Math.floor(random() * faults.length)]
    if (chance >= share || faultCount >= atMost) return undefined
    faultCount += 1
    return fault
  }
}

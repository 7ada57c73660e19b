import { type Fault, type Operation, selects } from './fault.ts'

/** A request that something may go wrong with. */
export interface FaultTarget {
  readonly method: string
  /** The path with its query. */
  readonly url: string
  readonly operation: Operation
  readonly documentIds: readonly string[]
}

/** Decides request by request what goes wrong. */
export type FaultPolicy = (target: FaultTarget) => Fault | undefined

/** What is to go wrong with the requests to come. */
export interface Faults {
  /** Queues a fault for the next request that it selects, and for those after it if `times` is more than 1. */
  next(fault: Fault, times?: number): void
  /** Applies a fault to every request that it selects, besides those queued or decided on. */
  always(fault: Fault): void
  /** Asks a policy about each request that no queued fault selects. */
  decideBy(policy: FaultPolicy): void
  /** Ends all of it. */
  clear(): void
  /** The queued faults that no request has met yet. */
  readonly queued: readonly Fault[]
}

/** Nothing that goes wrong yet, and what takes the faults of a request. */
export function createFaults(): { readonly faults: Faults; take(target: FaultTarget): Fault[] } {
  const queued: Fault[] = []
  const lasting: Fault[] = []
  let decide: FaultPolicy = () => undefined
  const faults: Faults = {
    queued,
    next: (fault, times = 1) => {
      queued.push(...Array<Fault>(times).fill(fault))
    },
    always: (fault) => {
      lasting.push(fault)
    },
    decideBy: (policy) => {
      decide = policy
    },
    clear: () => {
      queued.length = 0
      lasting.length = 0
      decide = () => undefined
    },
  }
  const take = (target: FaultTarget) => {
    const index = queued.findIndex((fault) => selects(fault, target.operation))
    const taken = index === -1 ? decide(target) : queued.splice(index, 1)[0]
    const kept = lasting.filter((fault) => selects(fault, target.operation))
    return taken === undefined ? kept : [taken, ...kept]
  }
  return { faults, take }
}

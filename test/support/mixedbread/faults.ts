import type { OperationClass, RouteName } from './find-route.ts'

/** A way in which a request goes wrong. */
export type Fault =
  | {
      readonly status: 401 | 402 | 404 | 409 | 422 | 429 | 500 | 502 | 503
      /** What Retry-After asks for. */
      readonly waitMs?: number
      /** Whether the request is carried out all the same, as behind a gateway that gave up. */
      readonly isApplied?: boolean
      /** A page of HTML in place of JSON, as gateways answer. */
      readonly html?: string
    }
  | { readonly cut: 'before-applying' | 'after-applying' | 'mid-reply' }
  /** Carried out at once, answered late. */
  | { readonly delayMs: number }
  /** Carried out at once, but the second half of the reply comes late. */
  | { readonly stallMs: number }

/** What of a request its faults are chosen by. */
export interface RequestFacts {
  readonly method: string
  readonly path: string
  readonly route: RouteName
  readonly operation: OperationClass
  readonly externalId: string | undefined
}

/** The requests that a fault is meant for: a class, a route, any, or those that a function picks. */
export type FaultSelector = OperationClass | RouteName | 'any' | ((request: RequestFacts) => boolean)

/** Decides by itself which requests go wrong. */
export type FaultPolicy = (request: RequestFacts) => Fault | undefined

/** What shall go wrong. */
export interface Faults {
  /** Queues a fault for the next requests that the selector picks: once, or as many times as given. */
  next(selector: FaultSelector, fault: Fault, times?: number): void
  /** Asked for every request that no queued fault is meant for. */
  setPolicy(policy: FaultPolicy | undefined): void
  /** How many queued faults wait for their request. */
  waiting(): number
  /** Forgets what is queued, and the policy. */
  clear(): void
  /** The fault of a request, which is thereby used up. */
  take(request: RequestFacts): Fault | undefined
}

/** Nothing goes wrong, yet. */
export function noFaults(): Faults {
  const queue: { readonly selector: FaultSelector; readonly fault: Fault; timesLeft: number }[] = []
  let policy: FaultPolicy | undefined
  return {
    next: (selector, fault, times = 1) => {
      queue.push({ selector, fault, timesLeft: times })
    },
    setPolicy: (next) => {
      policy = next
    },
    waiting: () => queue.reduce((sum, { timesLeft }) => sum + timesLeft, 0),
    clear: () => {
      queue.length = 0
      policy = undefined
    },
    take: (request) => {
      const index = queue.findIndex(({ selector }) => isMeant(selector, request))
      const entry = queue[index]
      if (entry === undefined) return policy?.(request)
      entry.timesLeft -= 1
      if (entry.timesLeft <= 0) queue.splice(index, 1)
      return entry.fault
    },
  }
}

/** Whether a selector picks a request. */
export function isMeant(selector: FaultSelector, request: RequestFacts): boolean {
  if (typeof selector === 'function') return selector(request)
  return selector === 'any' || selector === request.operation || selector === request.route
}

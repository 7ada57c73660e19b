import type { Clock } from '../../../../src/search/mixedbread/rate-limiter.ts'
import { findRoute } from '../../../support/mixedbread/find-route.ts'
import { PUBLISHED_RATE_LIMITS, tokenBuckets } from '../../../support/mixedbread/token-buckets.ts'

/** A service that keeps its limits and remembers nothing else, without a network, for runs that are too long for one. */
export interface LimitedFetch {
  readonly fetch: typeof fetch
  /** The status of a request. */
  answer(method: string, path: string): number
  /** How many requests were answered with each status. */
  readonly statuses: ReadonlyMap<number, number>
}

/** Takes every upload, and has no file until it is put into the store. */
export function limitedFetch(clock: Clock): LimitedFetch {
  const buckets = tokenBuckets(PUBLISHED_RATE_LIMITS, clock.now)
  const statuses = new Map<number, number>()
  const statusOf = (method: string, path: string) => {
    const route = findRoute(method, path)
    if (typeof route === 'number') return route
    if (buckets.take(route.operation) !== undefined) return 429
    return route.operation === 'write' ? 201 : 404
  }
  const answer = (method: string, path: string) => {
    const status = statusOf(method, path)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    return status
  }
  return {
    statuses,
    answer,
    fetch: async (input, init) => {
      const url = new URL(String(input))
      // The SDK asks for this once, to see whether forms can be sent.
      if (url.protocol === 'data:') return new Response()
      const status = answer(init?.method ?? 'GET', url.pathname)
      return Response.json({ id: 'file', external_id: 'id' }, { status })
    },
  }
}

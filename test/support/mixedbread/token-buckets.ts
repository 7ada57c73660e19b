import type { OperationClass } from './find-route.ts'

/** How many requests of a class are allowed: refilled per minute, up to the burst. */
interface RateLimit {
  readonly perMinute: number
  readonly burst: number
}

/** The limits of every class. */
export type RateLimits = Readonly<Record<OperationClass, RateLimit>>

/** The limits that Mixedbread publishes. */
export const PUBLISHED_RATE_LIMITS: RateLimits = {
  read: { perMinute: 1200, burst: 1000 },
  list: { perMinute: 600, burst: 200 },
  write: { perMinute: 360, burst: 120 },
  update: { perMinute: 480, burst: 160 },
  delete: { perMinute: 240, burst: 80 },
}

/** One bucket for each class of operation. */
export interface TokenBuckets {
  /** Takes a token; where there is none, says after how many milliseconds there will be one. */
  take(operation: OperationClass): { readonly waitMs: number; readonly perMinute: number } | undefined
}

/** Full buckets, refilled as the clock goes on. */
export function tokenBuckets(limits: RateLimits, now: () => number): TokenBuckets {
  const buckets = new Map<OperationClass, { tokens: number; at: number }>()
  return {
    take: (operation) => {
      const { perMinute, burst } = limits[operation]
      const at = now()
      const last = buckets.get(operation) ?? { tokens: burst, at }
      const tokens = Math.min(burst, last.tokens + (Math.max(0, at - last.at) * perMinute) / 60_000)
      const isAllowed = tokens >= 1
      buckets.set(operation, { tokens: isAllowed ? tokens - 1 : tokens, at })
      if (isAllowed) return undefined
      return { waitMs: ((1 - tokens) * 60_000) / perMinute, perMinute }
    },
  }
}

import type { Clock } from './clock.ts'
import { type Rate, type TokenBucket, tokenBucket } from './token-bucket.ts'

/** The classes that Mixedbread counts requests in. */
export type OperationClass = 'read' | 'list' | 'write' | 'update' | 'delete'

/** The rate of every class. */
export type Rates = Readonly<Record<OperationClass, Rate>>

/** The rates that Mixedbread documents. */
export const DOCUMENTED_RATES: Rates = {
  read: { perMinute: 1200, burst: 1000 },
  list: { perMinute: 600, burst: 200 },
  write: { perMinute: 360, burst: 120 },
  update: { perMinute: 480, burst: 160 },
  delete: { perMinute: 240, burst: 80 },
}

/** A share of them, or more for an account that has more. */
export function scaledRates(percent: number): Rates {
  const scale = ({ perMinute, burst }: Rate): Rate => {
    return { perMinute: (perMinute * percent) / 100, burst: Math.max(1, Math.floor((burst * percent) / 100)) }
  }
  const { read, list, write, update, delete: deletions } = DOCUMENTED_RATES
  return {
    read: scale(read),
    list: scale(list),
    write: scale(write),
    update: scale(update),
    delete: scale(deletions),
  }
}

/** One bucket for each class of operations. */
export type RateLimiter = Readonly<Record<OperationClass, TokenBucket>>

/** Full buckets; whatever shares an account should share them. */
export function rateLimiter(rates: Rates, clock: Clock): RateLimiter {
  return {
    read: tokenBucket(rates.read, clock),
    list: tokenBucket(rates.list, clock),
    write: tokenBucket(rates.write, clock),
    update: tokenBucket(rates.update, clock),
    delete: tokenBucket(rates.delete, clock),
  }
}

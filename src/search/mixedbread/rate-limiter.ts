import { setTimeout as delay } from 'node:timers/promises'

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

/** How many requests are allowed: refilled per minute, up to the burst. */
export interface Rate {
  readonly perMinute: number
  readonly burst: number
}

/** Lets requests through at a rate, in the order in which they asked. */
interface TokenBucket {
  /** Resolves when a request may be sent. */
  take(signal: AbortSignal): Promise<void>
  /** Lets nothing through for a while, and nothing in a burst after that. */
  pause(ms: number): void
}

/** A full bucket, refilled as the clock goes on. */
export function tokenBucket({ perMinute, burst }: Rate, clock: Clock): TokenBucket {
  let tokens = burst
  // Ahead of the clock during a pause, in which nothing is refilled.
  let filledAtMs = clock.now()
  let lastTurn: Promise<unknown> = Promise.resolve()

  const refill = () => {
    const elapsedMs = Math.max(0, clock.now() - filledAtMs)
    tokens = Math.min(burst, tokens + (elapsedMs * perMinute) / 60_000)
    filledAtMs += elapsedMs
  }
  const waitForToken = async (signal: AbortSignal) => {
    for (;;) {
      signal.throwIfAborted()
      refill()
      if (tokens >= 1) break
      const refillMs = ((1 - tokens) * 60_000) / perMinute
      await clock.sleep(Math.ceil(filledAtMs - clock.now() + refillMs), signal)
    }
    tokens -= 1
  }
  return {
    take: (signal) => {
      // One waits at a time, so that a pause holds back everyone and the order is kept.
      const turn = lastTurn.then(() => waitForToken(signal))
      lastTurn = turn.catch(() => undefined)
      return turn
    },
    pause: (ms) => {
      refill()
      tokens = Math.min(tokens, 0)
      filledAtMs = Math.max(filledAtMs, clock.now() + ms)
    },
  }
}

/** The time that rates and waits are measured by. */
export interface Clock {
  /** Milliseconds since 1970; never goes back. */
  now(): number
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The time of this machine, whatever happens to its date meanwhile. */
export const MACHINE_CLOCK: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
  },
}

import type { Clock } from './clock.ts'

/** How many requests are allowed: refilled per minute, up to the burst. */
export interface Rate {
  readonly perMinute: number
  readonly burst: number
}

/** Lets requests through at a rate, in the order in which they asked. */
export interface TokenBucket {
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

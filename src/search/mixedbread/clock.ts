import { setTimeout as delay } from 'node:timers/promises'

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

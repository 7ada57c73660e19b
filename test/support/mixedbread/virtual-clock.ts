import type { Clock } from '../../../src/search/mixedbread/rate-limiter.ts'

/** A clock that jumps to the end of the next sleep as soon as nothing else is due. */
export function virtualClock(): Clock {
  let nowMs = Date.UTC(2026, 0, 1)
  const sleepers: { readonly atMs: number; readonly wake: () => void }[] = []
  const wakeNext = () => {
    const next = sleepers.toSorted((a, b) => a.atMs - b.atMs)[0]
    if (next === undefined) return
    sleepers.splice(sleepers.indexOf(next), 1)
    nowMs = Math.max(nowMs, next.atMs)
    next.wake()
  }
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const fail = () => reject(signal.reason)
        signal.addEventListener('abort', fail, { once: true })
        const wake = () => {
          signal.removeEventListener('abort', fail)
          resolve()
        }
        sleepers.push({ atMs: nowMs + ms, wake })
        setImmediate(wakeNext)
      }),
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { withSignals } from '../../../src/cli/signals.ts'
import { InterruptedError } from '../../../src/core/errors.ts'

/** Signals are delivered to the listeners only, so that the runner does not stop with them. */
function deliver(signal: NodeJS.Signals): void {
  for (const listen of process.listeners(signal)) listen(signal)
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s aborts with an error whose exit code is %d', async (name, exitCode) => {
  const onFirst = vi.fn()
  const reason = await withSignals({ onFirst, onSecond: () => undefined }, async (signal) => {
    deliver(name)
    return signal.reason
  })
  expect(reason).toBeInstanceOf(InterruptedError)
  expect(reason.exitCode).toBe(exitCode)
  expect(reason.message).toMatch(name)
  expect(onFirst).toHaveBeenCalledOnce()
})

test('a second signal ends at once with its own exit code; the echo of the first press does not', async () => {
  const onSecond = vi.fn()
  await withSignals({ onFirst: () => undefined, onSecond }, async () => {
    deliver('SIGINT')
    deliver('SIGINT')
    expect(onSecond).not.toHaveBeenCalled()
    await sleep(350)
    deliver('SIGTERM')
  })
  expect(onSecond).toHaveBeenCalledExactlyOnceWith(143)
})

test('work that does not stop is left behind some seconds after the first signal', async () => {
  vi.useFakeTimers()
  try {
    const handlers = { onFirst: () => undefined, onSecond: () => undefined }
    const left = withSignals(handlers, () => {
      deliver('SIGTERM')
      return new Promise(() => undefined)
    })
    const outcome = expect(left).rejects.toThrow(/did not stop in time/)
    await vi.advanceTimersByTimeAsync(10_000)
    await outcome
  } finally {
    vi.useRealTimers()
  }
})

test('the listeners are gone at the end, however it ends', async () => {
  const before = process.listenerCount('SIGINT')
  const handlers = { onFirst: () => undefined, onSecond: () => undefined }
  await expect(withSignals(handlers, () => Promise.reject(new Error('boom')))).rejects.toThrow('boom')
  expect(process.listenerCount('SIGINT')).toBe(before)
})

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { NoAnswerError, within } from '../../../src/postgres/within.ts'

test('work that is not done in time, or not before an abort, is no longer waited for', async () => {
  await expect(within(5, undefined, () => sleep(60_000, undefined, { ref: false }))).rejects.toThrow(
    NoAnswerError,
  )
  const stop = new AbortController()
  const waiting = within(60_000, stop.signal, () => sleep(60_000, undefined, { ref: false }))
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})

test('after an abort nothing is begun, and what fails once nobody waits for it is no unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  const stopped = AbortSignal.abort(new Error('stopped'))
  let isBegun = false
  const begin = async () => {
    isBegun = true
  }
  await expect(within(1000, stopped, begin)).rejects.toThrow('stopped')
  const failLate = () => sleep(20).then(() => Promise.reject(new Error('late')))
  await expect(within(5, undefined, failLate)).rejects.toThrow(NoAnswerError)
  await sleep(60)
  process.off('unhandledRejection', note)
  expect([isBegun, unhandled]).toEqual([false, []])
})

test('Node.js warns of no leak, however many wait at once without a signal', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  try {
    await Promise.all(Array.from({ length: 30 }, () => within(10_000, undefined, async () => nextTurn())))
    await nextTurn()
  } finally {
    process.off('warning', onWarning)
  }
  expect(warnings).toEqual([])
})

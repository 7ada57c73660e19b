import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { settledInOrder } from '../../../src/core/settled-in-order.ts'

test('all results come in the order in which they were asked for', async () => {
  const late = sleep(5).then(() => 'late')
  expect(await settledInOrder([late, Promise.resolve(2)])).toEqual(['late', 2])
})

test('of several failures, the first that was asked for is thrown, once all have ended', async () => {
  let hasEnded = false
  const first = sleep(5).then(() => {
    throw new Error('first')
  })
  const last = sleep(10).then(() => {
    hasEnded = true
  })
  await expect(settledInOrder([first, Promise.reject(new Error('second')), last])).rejects.toThrow('first')
  expect(hasEnded).toBe(true)
})

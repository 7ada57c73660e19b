import { expect, test } from 'vitest'
import { readRetryAfter, withRetries } from '../../../src/search/retry.ts'

const POLICY = { attempts: 4, firstWaitMs: 1, longestWaitMs: 5 }
const NEVER = new AbortController().signal

test('what passes is tried again, as often as the policy says', async () => {
  const attempts: number[] = []
  const work = async (attempt: number) => {
    attempts.push(attempt)
    throw new Error(`attempt ${attempt}`)
  }
  await expect(withRetries(POLICY, NEVER, () => ({ kind: 'again' }), work)).rejects.toThrow('attempt 4')
  expect(attempts).toEqual([1, 2, 3, 4])
})

test('what does not pass is thrown at once', async () => {
  let attempts = 0
  const work = async () => {
    attempts += 1
    throw new Error('final')
  }
  await expect(withRetries(POLICY, NEVER, () => ({ kind: 'give up' }), work)).rejects.toThrow('final')
  expect(attempts).toBe(1)
})

test('a wait ends with the signal, and with its reason', async () => {
  const controller = new AbortController()
  const patient = { attempts: 9, firstWaitMs: 60_000, longestWaitMs: 60_000 }
  const waiting = withRetries(
    patient,
    controller.signal,
    () => ({ kind: 'again' }),
    async () => {
      setTimeout(() => controller.abort(new Error('stop')), 5)
      throw new Error('busy')
    },
  )
  await expect(waiting).rejects.toThrow('stop')
})

test.each([
  ['3', 3000],
  ['0', 0],
  ['Sat, 21 Nov 2026 12:00:10 GMT', 10_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After: %s asks for %s ms', (header, waitMs) => {
  expect(readRetryAfter(header, Date.parse('2026-11-21T12:00:00Z'))).toBe(waitMs)
})

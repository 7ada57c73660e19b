import { expect, test } from 'vitest'
import { endingOf } from '../../../src/api/ending-of.ts'
import { FailedError, InterruptedError, LockedError } from '../../../src/core/errors.ts'

const interruption = new InterruptedError('SIGINT')
const aborted = AbortSignal.abort(interruption)
const cancelled = Object.assign(new Error('canceling statement due to user request'), { code: '57014' })

test('without an abort the error is what it is', () => {
  expect(endingOf(cancelled, new AbortController().signal)).toBe(cancelled)
})

test.each([
  ['the interruption itself', interruption],
  ['an abort', new DOMException('aborted', 'AbortError')],
  ['a cancelled statement, also underneath', new FailedError('Copying failed', { cause: cancelled })],
  ['an unexpected error', new TypeError('destroyed')],
])('after an abort, %s is told as the interruption', (_, error) => {
  expect(endingOf(error, aborted)).toBe(interruption)
})

test('after an abort, an expected error of its own keeps its message', () => {
  const locked = new LockedError('Another run holds the lock')
  expect(endingOf(locked, aborted)).toBe(locked)
})

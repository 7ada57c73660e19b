import pg from 'pg'
import { expect, test } from 'vitest'
import { awaitRoom } from '../../../src/postgres/await-room.ts'

const { signal } = new AbortController()

function refusal(message: string, code = 'XX000'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code })
}

/** Fails once with the error. */
function opening(error: Error) {
  let attempts = 0
  return async () => {
    attempts += 1
    if (attempts === 1) throw error
    return attempts
  }
}

test.each([
  ['53300', 'in another language'],
  [
    'XX000',
    'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
  ],
  ['08P01', 'no more connections allowed (max_client_conn)'],
  ['53300', 'remaining connection slots are reserved for roles with the SUPERUSER attribute'],
])('%s %s: it is tried again', async (code, message) => {
  const limits = { limitMs: 60_000, signal }
  expect(await awaitRoom(limits, opening(refusal(message, code)))).toBe(2)
})

test.each([
  refusal('password authentication failed for user "me"', '28P01'),
  refusal('Tenant or user not found'),
  new Error('max clients reached'),
])('another problem is thrown at once: $message', async (problem) => {
  await expect(awaitRoom({ limitMs: 60_000, signal }, opening(problem))).rejects.toBe(problem)
})

test('what lasts is thrown, and an abort ends the waiting', async () => {
  const full = refusal('max clients reached')
  await expect(awaitRoom({ limitMs: 0, signal }, () => Promise.reject(full))).rejects.toBe(full)
  const reason = new Error('stopped')
  const controller = new AbortController()
  const waiting = awaitRoom({ limitMs: 60_000, signal: controller.signal }, () => Promise.reject(full))
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

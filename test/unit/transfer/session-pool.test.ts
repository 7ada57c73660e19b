import { expect, test } from 'vitest'
import type { Session } from '../../../src/postgres/session.ts'
import { SessionPool } from '../../../src/transfer/session-pool.ts'

/** Sessions that only remember what they are to execute. */
const executed: string[] = []
const sessions = (count: number) =>
  Array.from({ length: count }, (_, pid) => {
    const execute = async (sql: string) => executed.push(`${sql} on ${pid}`)
    return { execute } as unknown as Session
  })

const isSettled = async (promise: Promise<unknown>) => {
  const pending = Symbol('pending')
  await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

test('who finds no session left has the next that comes back, in turn', async () => {
  const pool = new SessionPool(sessions(1))
  const first = await pool.take()
  const [second, third] = [pool.take(), pool.take()]
  expect(await isSettled(second)).toBe(false)
  pool.giveBack(first)
  expect(await second).toBe(first)
  expect(await isSettled(third)).toBe(false)
  pool.giveBack(first)
  expect(await third).toBe(first)
})

test('a statement runs on all sessions only when nobody has one of them', async () => {
  const pool = new SessionPool(sessions(3))
  const [one, other] = [await pool.take(), await pool.take()]
  const done = pool.executeOnAll('SET')
  pool.giveBack(one)
  expect(await isSettled(done)).toBe(false)
  expect(executed).toEqual([])
  pool.giveBack(other)
  await done
  expect(executed.sort()).toEqual(['SET on 0', 'SET on 1', 'SET on 2'])
  expect(new Set([await pool.take(), await pool.take(), await pool.take()])).toEqual(new Set(pool.all))
})

test('after a failure nobody waits for a session that may never come back', async () => {
  const pool = new SessionPool(sessions(1))
  await pool.take()
  const waiting = pool.take()
  pool.fail(new Error('lost'))
  pool.fail(new Error('a second failure'))
  await expect(waiting).rejects.toThrow('lost')
  await expect(pool.take()).rejects.toThrow('lost')
  await expect(new SessionPool([]).take()).rejects.toThrow('without sessions')
})

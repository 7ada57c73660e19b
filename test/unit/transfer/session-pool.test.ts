import { expect, test } from 'vitest'
import { DatabaseError, LOCK_NOT_AVAILABLE } from '../../../src/postgres/explain-error.ts'
import type { Session } from '../../../src/postgres/session.ts'
import { SessionPool } from '../../../src/postgres/session-pool.ts'

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

test('where the sessions hold no locks, each takes those of the tables that it reads, in place of the last ones', async () => {
  executed.length = 0
  const [session, holder] = sessions(2)
  if (session === undefined || holder === undefined) throw new Error('Two sessions were asked for')
  const pool = new SessionPool([session], holder)
  const reader = await pool.reading(session, [{ schema: 'public', name: 't' }], async (given) => given)
  expect(reader).toBe(session)
  await pool.executeOnAll('SET LOCAL x = 1')
  expect(executed).toEqual([
    'ROLLBACK TO SAVEPOINT mbsync_unlocked; LOCK TABLE ONLY "public"."t" IN ACCESS SHARE MODE NOWAIT on 0',
    'RELEASE SAVEPOINT mbsync_unlocked; SET LOCAL x = 1; SAVEPOINT mbsync_unlocked on 0',
    'SET LOCAL x = 1 on 1',
  ])
})

test('a table that another session waits to lock is read by the one that has it locked, one reading after the other', async () => {
  const [holder] = sessions(1)
  const execute = async (sql: string) => {
    if (sql.includes('LOCK TABLE'))
      throw new DatabaseError('locked', { cause: undefined, sqlState: LOCK_NOT_AVAILABLE })
  }
  const session = { execute } as unknown as Session
  const pool = new SessionPool([session], holder)
  let under = 0
  const read = async (given: Session) => {
    under += 1
    expect([given, under]).toEqual([holder, 1])
    await new Promise((resolve) => setImmediate(resolve))
    under -= 1
  }
  const table = { schema: 'public', name: 't' }
  await Promise.all([pool.reading(session, [table], read), pool.reading(session, [table], read)])
})

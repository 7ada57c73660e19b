import type { Database } from './database.ts'
import type { Session } from './session.ts'
import type { SessionPool } from './session-pool.ts'
import { enterUserPath, leaveUserPath } from './user-path.ts'

/**
 * Works through the items in order over up to `sessions` sessions, under the search path of the users, which planning queries over their tables takes. `work` must leave them as it found them: others get them next. After a failure
 * no new item is begun; the first failure is thrown when all have stopped.
 */
export async function inParallel<T>(
  database: Database,
  sessions: number,
  items: readonly T[],
  work: (session: Session, item: T) => Promise<void>,
): Promise<void> {
  const openers = Array.from({ length: Math.min(sessions, items.length) }, () => async () => {
    const session = await database.session()
    await enterUserPath(session, 'reading')
    return session
  })
  await workThrough(openers, items, work, async (session) => {
    await leaveUserPath(session)
    database.giveBack(session)
  })
}

/** The same over sessions that are open already, as they become free. */
export async function overSessions<T>(
  pool: SessionPool,
  items: readonly T[],
  work: (session: Session, item: T) => Promise<void>,
): Promise<void> {
  const openers = pool.all.slice(0, items.length).map(() => () => pool.take())
  const workOrFail = (session: Session, item: T) =>
    work(session, item).catch((error: unknown) => {
      pool.fail(error)
      throw error
    })
  await workThrough(openers, items, workOrFail, async (session) => pool.giveBack(session))
}

async function workThrough<T>(
  openers: readonly (() => Promise<Session>)[],
  items: readonly T[],
  work: (session: Session, item: T) => Promise<void>,
  letGo: (session: Session) => Promise<void>,
): Promise<void> {
  const queue = [...items]
  let hasFailed = false
  const run = async (open: () => Promise<Session>) => {
    const session = await open()
    for (let item = queue.shift(); item !== undefined && !hasFailed; item = queue.shift())
      await work(session, item)
    await letGo(session)
  }
  const outcomes = await Promise.allSettled(
    openers.map((open) =>
      run(open).catch((error: unknown) => {
        hasFailed = true
        throw error
      }),
    ),
  )
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

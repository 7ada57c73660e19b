import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'

/**
 * Works through the items in order over up to `sessions` sessions. After a failure no new item is begun;
 * the first failure is thrown when all have stopped.
 */
export async function inParallel<T>(
  database: Database,
  sessions: number,
  items: readonly T[],
  prepare: (session: Session) => Promise<void>,
  work: (session: Session, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items]
  let hasFailed = false
  const run = async () => {
    const session = await database.session()
    await prepare(session)
    for (let item = queue.shift(); item !== undefined && !hasFailed; item = queue.shift())
      await work(session, item)
    await session.end()
  }
  const workers = Array.from({ length: Math.min(sessions, items.length) }, () =>
    run().catch((error: unknown) => {
      hasFailed = true
      throw error
    }),
  )
  const outcomes = await Promise.allSettled(workers)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

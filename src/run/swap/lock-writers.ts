import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { endSessionsOf, listBlockers } from './end-sessions.ts'
import { describeSessions, SessionsStayedError } from './sessions-stayed.ts'

const LOOK_EVERY_MS = 50
/** SQLSTATEs: a lock was not granted in time, a deadlock, and a cancelled statement. */
const NOT_LOCKED = ['55P03', '40P01', '57014']

/** What to lock, and how long that may take. */
export interface WritersLock {
  readonly target: string
  /** In the form that LOCK TABLE takes. */
  readonly tables: readonly string[]
  /** How long transactions that write to the tables may continue. */
  readonly lockMs: number
  /** How long sessions may take to end. */
  readonly switchMs: number
}

/**
 * Begins a transaction that keeps writers out of tables. Transactions that are writing to them may finish within a limit. After that their
 * sessions are ended, as the switch would do, and their uncommitted writes are lost.
 * @param looking a session of another database, which ends the others
 * @throws SessionsStayedError if the locks cannot be had in time: without them, the latest writes would be lost
 */
export async function lockWriters(holder: Session, looking: Session, wanted: WritersLock): Promise<void> {
  const until = performance.now() + wanted.switchMs
  if (await tryLock(holder, wanted, Math.min(wanted.lockMs, wanted.switchMs))) return
  for (;;) {
    const ending = endBlockers(looking, holder)
    const leftMs = Math.max(until - performance.now(), 1000)
    const isLocked = await tryLock(holder, wanted, leftMs).finally(ending.stop)
    if (isLocked) return
    if (performance.now() >= until) throw await stayed(looking, wanted, ending.seen())
  }
}

async function tryLock(holder: Session, { tables }: WritersLock, waitMs: number): Promise<boolean> {
  const wait = Math.max(Math.ceil(waitMs), 1)
  await holder.execute(`BEGIN; SET LOCAL lock_timeout = ${wait}; SET LOCAL statement_timeout = 0`)
  try {
    await holder.execute(`LOCK TABLE ${tables.join(', ')} IN SHARE MODE`)
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    await holder.execute('ROLLBACK')
    if (!NOT_LOCKED.includes(error.sqlState ?? '')) throw error
    return false
  }
}

/** Ends the sessions that block a waiting session, as long as it waits. */
function endBlockers(looking: Session, waiting: Session): { stop(): Promise<void>; seen(): OtherRoles } {
  let isStopped = false
  let roles: OtherRoles = []
  const work = async () => {
    while (!isStopped) {
      const blockers = await listBlockers(looking, waiting.pid)
      if (blockers.length > 0) roles = blockers
      await endSessionsOf(looking, blockers)
      await sleep(LOOK_EVERY_MS)
    }
  }
  const done = work().catch(() => undefined)
  return {
    stop: async () => {
      isStopped = true
      await done
    },
    seen: () => roles,
  }
}

type OtherRoles = Awaited<ReturnType<typeof listBlockers>>

async function stayed(
  looking: Session,
  { target }: WritersLock,
  others: OtherRoles,
): Promise<SessionsStayedError> {
  const { whose, hint } = await describeSessions(looking, others)
  return new SessionsStayedError(
    `${target}: sessions that write to tables whose rows the switch would lose did not end in time${whose}; the target is as it was`,
    { hint },
  )
}

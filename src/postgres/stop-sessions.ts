import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from './explain-error.ts'
import type { Session } from './session.ts'

/** What stopping needs to know of a database. */
export interface Stopping {
  readonly sessions: () => Iterable<Session>
  /** Runs `use` on a session that works after the abort. */
  readonly onClosingSession: (use: (session: Session) => Promise<void>) => Promise<void>
  /** From then on, no session is opened any more, and none is waited for. */
  readonly leave: () => void
  /** Why the sessions are stopped. */
  readonly reason: unknown
}

const ASK_EVERY_MS = 250
/** A backend that writes to a client who does not read heeds no cancellation. */
const TERMINATE_AFTER_MS = 2000
/** After that, the connection itself is what does not answer. */
const ABANDON_AFTER_MS = 3000
/** How long the end of a run may take to be written down, all in all. */
const LEAVE_AFTER_MS = 6000

/**
 * Stops what runs on a database after an abort: statements are cancelled on the server, then ended with their sessions, and what still runs
 * is abandoned. So a server, or a network, that does not answer holds nobody up for longer than a few seconds.
 * @returns what ends the waiting, when the database is closed
 */
export function stopSessions(stopping: Stopping): () => void {
  const { sessions, leave, reason } = stopping
  const abandonAll = (which: (session: Session) => boolean) => {
    for (const session of sessions()) if (which(session)) session.abandon(abandoned(session, reason))
  }
  const timers = [
    setTimeout(() => abandonAll((session) => session.heedsAbort && session.isRunning), ABANDON_AFTER_MS),
    setTimeout(() => {
      leave()
      abandonAll(() => true)
    }, LEAVE_AFTER_MS),
  ]
  void cancel(stopping)
  return () => timers.forEach(clearTimeout)
}

/** Again and again until nothing runs: a cancellation that arrives just before its statement starts would otherwise be lost. Never throws. */
async function cancel({ sessions, onClosingSession }: Stopping): Promise<void> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const running = () => [...sessions()].filter(({ isRunning, heedsAbort }) => isRunning && heedsAbort)
  while (running().length > 0 && elapsedMs() < ABANDON_AFTER_MS) {
    await onClosingSession(async (session) => {
      while (running().length > 0 && elapsedMs() < ABANDON_AFTER_MS) {
        const end = elapsedMs() < TERMINATE_AFTER_MS ? 'pg_cancel_backend' : 'pg_terminate_backend'
        const pids = running().map(({ pid }) => pid)
        await session.query(
          `SELECT pg_catalog.${end}(pid) FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS pid`,
          [pids],
        )
        await sleep(ASK_EVERY_MS)
      }
    }).catch(() => sleep(ASK_EVERY_MS))
  }
}

function abandoned({ database, place }: Session, reason: unknown): DatabaseError {
  return new DatabaseError(`${database}: ${place} did not answer while the run was being stopped`, {
    cause: reason,
    hint: 'The server rolls back what was open as soon as it notices that the connection was closed.',
    isConnectionLost: true,
  })
}

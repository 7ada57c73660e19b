import { setTimeout as sleep } from 'node:timers/promises'
import { MbsyncError } from '../core/errors.ts'
import { answerWithin } from './answer-within.ts'
import { askBackend, endBackend } from './ask-backend.ts'
import { DatabaseError } from './explain-error.ts'
import type { Session } from './session.ts'

/** What watching for silence needs to know of a database. */
export interface Watched {
  readonly silenceMs: number
  readonly sessions: () => Iterable<Session>
  /** How long the server may take to answer a question about a session. */
  readonly answerMs: number
  readonly onOtherSession: <T>(ask: (session: Session) => Promise<T>) => Promise<T>
}

const MOST_BETWEEN_LOOKS_MS = 15_000
/** A server that has no connection left for the question is asked again that often. */
const MOST_REFUSALS = 3

const VERDICTS = {
  waits: {
    message: (silence: string) => `${silence}, although the server waits for mbsync`,
    hint: 'A proxy, firewall or NAT gateway in between no longer passes on data: check it, then run again. `timeouts.silence` sets the limit.',
  },
  'awaits standby': {
    message: (silence: string) => `${silence}, because its COMMIT waits for a synchronous standby`,
    hint: 'No server of `synchronous_standby_names` confirms writes: see pg_stat_replication. The COMMIT continues, and ends when a standby is back. `timeouts.silence` sets the limit.',
  },
  missing: {
    message: (silence: string) => `${silence}, and the server no longer has this session`,
    hint: "The server, a proxy or a firewall ended the session: check the server's log, then run again.",
  },
  unreachable: {
    message: (silence: string) => `${silence}, and the server does not answer on another connection either`,
    hint: 'Check the server and the network, then run again. `timeouts.silence` sets the limit.',
  },
}

/**
 * Looks from time to time at the sessions of a database. When a server has owed one of them an answer in silence for too long, it is asked on
 * another connection whether it still works at it. If it does not, or only waits for a standby, the session is given up.
 * @returns what ends the watch
 */
export function watchSilence(watched: Watched): () => void {
  const everyMs = Math.min(watched.silenceMs / 4, MOST_BETWEEN_LOOKS_MS)
  const asking = new Set<Session>()
  const refusals = new Map<Session, number>()
  const look = () => {
    for (const session of watched.sessions()) {
      if (session.quietMs() < watched.silenceMs || !session.isOpen || asking.has(session)) continue
      asking.add(session)
      void judge(session, watched, everyMs, refusals).finally(() => asking.delete(session))
    }
  }
  const timer = setInterval(look, everyMs).unref()
  return () => clearInterval(timer)
}

/** Never throws. */
async function judge(
  session: Session,
  { silenceMs, answerMs, onOtherSession }: Watched,
  pauseMs: number,
  refusals: Map<Session, number>,
): Promise<void> {
  const isQuiet = () => session.isOpen && session.quietMs() >= silenceMs
  const since = performance.now() - session.quietMs()
  const verdict = await onOtherSession(async (other) => {
    const ask = <T>(question: (other: Session, about: Session) => Promise<T>) =>
      answerWithin(answerMs, other, () => question(other, session))
    const first = await ask(askBackend)
    if (first !== 'waits' && first !== 'awaits standby') return first
    // What it waits for may just have been on its way.
    await sleep(pauseMs, undefined, { ref: false })
    const second = isQuiet() ? await ask(askBackend) : 'works'
    if (second === 'waits' && isQuiet()) await ask(endBackend)
    return second
  }).catch((error: unknown) => {
    const refused = (refusals.get(session) ?? 0) + 1
    refusals.set(session, refused)
    return isRefusal(error) && refused < MOST_REFUSALS ? 'refused' : 'unreachable'
  })
  if (!isQuiet()) return
  if (verdict === 'works' || verdict === 'refused') {
    if (verdict === 'works') refusals.delete(session)
    session.excuseSilence()
    return
  }
  session.abandon(lost(session, verdict, performance.now() - since))
}

/** A server that says why it does not answer is there; one that starts up has lost all its sessions. */
function isRefusal(error: unknown): boolean {
  return error instanceof MbsyncError && !(error instanceof DatabaseError && error.isConnectionLost)
}

function lost({ database, place }: Session, verdict: keyof typeof VERDICTS, quietMs: number): DatabaseError {
  const { message, hint } = VERDICTS[verdict]
  const silence = `${database}: no data from ${place} for ${duration(quietMs)}`
  return new DatabaseError(message(silence), { hint, cause: undefined, isConnectionLost: true })
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

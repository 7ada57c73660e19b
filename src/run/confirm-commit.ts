import { setTimeout as sleep } from 'node:timers/promises'
import { InterruptedError, UnknownOutcomeError } from '../core/errors.ts'
import { askBackend, endBackend } from '../postgres/ask-backend.ts'
import { DatabaseError } from '../postgres/explain-error.ts'
import type { Session } from '../postgres/session.ts'
import { readCommit } from '../state/runs.ts'
import type { Merged } from '../transfer/merge/merge-plan.ts'
import type { OpenRun } from './with-run.ts'

const ASK_EVERY_MS = 500

/** How a COMMIT without an answer ended, as far as the server says. */
type Outcome = 'committed' | 'rolled back' | 'in progress' | 'unreachable'

/**
 * Runs a merge. If the connection breaks when everything is ready to commit, it finds out from the run row and the transaction id whether
 * the COMMIT succeeded: a finished run must not be reported as failed. It asks the server for as long as a server may be silent
 * (`timeouts.silence`).
 * @throws UnknownOutcomeError if the server does not answer in that time
 */
export async function confirmCommit(
  run: OpenRun,
  work: (remember: (merged: Merged) => void) => Promise<Merged>,
): Promise<Merged> {
  const { report } = run.context
  let ready: Merged | undefined
  try {
    return await work((merged) => {
      ready = merged
    })
  } catch (error) {
    const isUnanswered = error instanceof DatabaseError && error.isConnectionLost
    if (ready === undefined || !isUnanswered) throw error
    report({ type: 'info', message: 'The connection was lost during COMMIT: asking the server how it ended' })
    const outcome = await learnOutcome(run, ready.mark.mergeXids.at(-1))
    if (outcome === 'committed') return ready
    if (outcome === 'rolled back') throw error
    throw unknown(run, outcome, error)
  }
}

/** After an interruption, connecting fails within seconds. */
async function learnOutcome(run: OpenRun, xid: string | undefined): Promise<Outcome> {
  const { target } = run
  let outcome: Outcome = 'unreachable'
  for (const lastMs = performance.now() + target.silenceMs; ; ) {
    try {
      outcome = await target.withClosingSession((session) => ask(session, run, xid))
    } catch (error) {
      if (error instanceof InterruptedError) return outcome
      outcome = 'unreachable'
    }
    if (outcome === 'committed' || outcome === 'rolled back' || performance.now() > lastMs) return outcome
    await sleep(ASK_EVERY_MS)
  }
}

/** A backend that waits for its client has not received the COMMIT. It is ended before it can. */
async function ask(
  session: Session,
  { id, coordinator }: OpenRun,
  xid: string | undefined,
): Promise<Outcome> {
  const outcome = await readCommit(session, id, xid)
  if (outcome === 'in progress' && (await askBackend(session, coordinator)) === 'waits')
    await endBackend(session, coordinator)
  return outcome
}

function unknown(
  {
    id,
    target: { name },
    context: {
      signal: { reason },
    },
  }: OpenRun,
  outcome: Outcome,
  cause: unknown,
): UnknownOutcomeError {
  const interrupted = reason instanceof InterruptedError ? `interrupted by ${reason.signal}; ` : ''
  return new UnknownOutcomeError(
    `${name}: ${interrupted}the connection was lost during the COMMIT of run ${id}, and its outcome is unknown`,
    {
      cause,
      hint:
        outcome === 'in progress'
          ? `The server still executes the COMMIT. If its \`wait_event\` in pg_stat_activity is SyncRep, it waits for a standby of \`synchronous_standby_names\` that is away. When it has ended, \`mbsync status ${id}\` shows whether the run succeeded.`
          : `When the target answers again, \`mbsync status ${id}\` shows whether the run succeeded.`,
    },
  )
}

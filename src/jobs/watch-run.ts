import { setTimeout as sleep } from 'node:timers/promises'
import type { RunRules } from '../config/config.ts'
import { InterruptedError } from '../core/errors.ts'
import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { type ProgressSnapshot, SnapshotReplay } from '../progress/progress-snapshot.ts'
import { withTarget } from '../run/databases.ts'
import { isEndedBySwap } from '../run/is-ended-by-swap.ts'
import { readStanding } from '../state/list-runs.ts'
import { askForProgress, listenForProgress } from '../state/progress-channel.ts'
import { findHolder } from '../state/run-lock.ts'
import { chooseRun, type RunChoice, type RunDetail, readDetail } from './show-run.ts'

const LOOK_EVERY_MS = 1000
/** Runs stop telling a while after they were last asked. */
const ASK_EVERY_LOOKS = 10
/** A run whose connection broke may be about to take its lock again. */
const LOOKS_WITHOUT_LOCK = 3
/** A run that is watched tells something every two seconds. */
const SILENT_MS = 3000
/** A run takes its lock a moment before it has a number. */
const LOOKS_FOR_NUMBER = 5
/** A swap ends sessions once, and connections may be refused at that moment. */
const MOST_LOST = 5

/**
 * Reports what a run on a target does until it is over, though another process runs it: the run that is meant, or the last one.
 * @returns the run as it ended; undefined if there has been none yet
 * @throws UsageError if there is no run of the number; InterruptedError, which leaves the run alone
 */
export async function watchRun(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  choice: RunChoice,
  context: JobContext,
): Promise<RunDetail | undefined> {
  try {
    return await withTarget(rules, context, async (target) => {
      const session = await target.session()
      const id = await findRun(session, rules.to.name, choice, context)
      if (id === undefined) return undefined
      const last = await follow(target, session, id, context)
      return readDetail(last, rules.to.name, id)
    })
  } catch (error) {
    const { reason } = context.signal
    if (reason instanceof InterruptedError) throw new InterruptedError(reason.signal, 'the run goes on')
    throw error
  }
}

async function findRun(
  session: Session,
  target: string,
  choice: RunChoice,
  { signal }: JobContext,
): Promise<number | undefined> {
  for (let looks = 1; ; looks += 1) {
    const id = await chooseRun(session, target, choice)
    const standing = id === undefined ? undefined : await readStanding(session, id)
    const isOver = standing === undefined || standing.exitCode !== undefined
    const isOpening = choice.runId === undefined && isOver && (await findHolder(session)) !== undefined
    if (!isOpening || looks === LOOKS_FOR_NUMBER) return id
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** Returns the session that it has looked with in the end: the switch of a swap ends all others. */
async function follow(
  target: Database,
  first: Session,
  id: number,
  { report, signal }: JobContext,
): Promise<Session> {
  const { profile, state } = await readDetail(first, '', id)
  if (state === 'ended') {
    report({ type: 'info', message: `No run to watch: run ${id} is over` })
    return first
  }
  report({ type: 'run-opened', runId: id, profile })
  const replay = new SnapshotReplay(id)
  const onSnapshot = (snapshot: ProgressSnapshot) => {
    for (const event of replay.eventsOf(snapshot)) report(event)
  }
  for (let lost = 0; ; lost += 1) {
    try {
      const session = lost === 0 ? first : await target.session()
      await followOn(session, id, onSnapshot, signal)
      return session
    } catch (error) {
      if (lost === MOST_LOST || !isEndedBySwap(error)) throw error
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }
}

/** Follows a run over one session, until it is over. */
async function followOn(
  session: Session,
  id: number,
  onSnapshot: (snapshot: ProgressSnapshot) => void,
  signal: AbortSignal,
): Promise<void> {
  let heardMs = 0
  await listenForProgress(session, (snapshot) => {
    if (snapshot.runId === id) heardMs = Date.now()
    onSnapshot(snapshot)
  })
  let looksWithoutLock = 0
  for (let looks = 0; ; looks += 1) {
    const isHeld = (await findHolder(session)) !== undefined
    const standing = await readStanding(session, id)
    if (standing === undefined || standing.exitCode !== undefined || !standing.isNewest) return
    looksWithoutLock = isHeld ? 0 : looksWithoutLock + 1
    if (looksWithoutLock >= LOOKS_WITHOUT_LOCK && Date.now() - heardMs > SILENT_MS) return
    // A run listens from its second second on.
    if (heardMs === 0 || looks % ASK_EVERY_LOOKS === 0) await askForProgress(session)
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

import type { RunRules } from '../config/config.ts'
import { InterruptedError, LockedError, UnsafeTargetError } from '../core/errors.ts'
import { VERSION } from '../core/version.ts'
import type { Session } from '../postgres/session.ts'
import type { JobContext } from '../progress/job-context.ts'
import { stateOf } from '../state/migrate.ts'
import { insertEndedRun, knowsProfile } from '../state/runs.ts'
import { awaitRunLock } from './await-run-lock.ts'
import { withTarget } from './databases.ts'
import { describeFailure, exitCodeOf } from './describe-failure.ts'
import { refuseProtectedTarget } from './refuse-unsafe-target.ts'
import { isPartial, type SelectionOptions } from './selection-of.ts'

/** The target may be the server that could not be reached. It makes no sense to wait for it twice. */
const CONNECT_MS = 3000
/** The run's own sessions have just been closed, and their lock is released with them. */
const LOCK_MS = 3000

/**
 * Does the work of a run. If the run ends before it was opened, this records how it ended; other endings are recorded where runs are
 * opened.
 */
export async function rememberUnopened<T>(
  rules: Pick<RunRules, 'name' | 'to' | 'timeouts'>,
  options: SelectionOptions,
  context: JobContext,
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  const startedAt = new Date()
  let isOpened = false
  const report: JobContext['report'] = (event) => {
    isOpened ||= event.type === 'run-opened'
    context.report(event)
  }
  try {
    return await work({ ...context, report })
  } catch (error) {
    if (!isOpened && isWorthIt(error)) {
      await writeDown(rules, options, context, { startedAt, error }).catch(() => undefined)
    }
    throw error
  }
}

function isWorthIt(error: unknown): boolean {
  return !(
    error instanceof UnsafeTargetError ||
    error instanceof LockedError ||
    error instanceof InterruptedError
  )
}

async function writeDown(
  rules: Pick<RunRules, 'name' | 'to' | 'timeouts'>,
  options: SelectionOptions,
  context: JobContext,
  { startedAt, error }: { readonly startedAt: Date; readonly error: unknown },
): Promise<void> {
  const timeouts = { ...rules.timeouts, connectMs: Math.min(rules.timeouts.connectMs, CONNECT_MS) }
  await withTarget({ to: rules.to, timeouts }, context, async (target) => {
    const session = await target.session()
    await refuseProtectedTarget(rules, session)
    await awaitRunLock(session, { ...context, report: () => undefined, lockWaitMs: LOCK_MS })
    if (!(await isOurs(session, rules.name))) return
    const run = {
      profile: rules.name,
      mode: 'full',
      version: VERSION,
      isPartial: isPartial(options),
    } as const
    await insertEndedRun(session, run, { ...describeFailure(error), startedAt, exitCode: exitCodeOf(error) })
  })
}

/** The source may not have been read, so only the state can show that this is the right target: the profile has run here before. */
async function isOurs(session: Session, profile: string): Promise<boolean> {
  return (await stateOf(session)) === 'current' && (await knowsProfile(session, profile))
}

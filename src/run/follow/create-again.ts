import { FailedError } from '../../core/errors.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { Replacement, Step } from '../../schema/diff/safe-statements.ts'
import type { PlannedFollow } from './plan-follow.ts'
import { type Unfollowed, unfollowed } from './unfollowed.ts'

/**
 * Creates the objects again that were dropped before the rows were written, in the transaction of the merge: as in the source, or if a row
 * violates that, as they were.
 * @throws FailedError if the rows of the source violate both definitions
 */
export async function createAgain(
  session: Session,
  follow: PlannedFollow | undefined,
): Promise<Unfollowed[]> {
  const replaced = follow?.steps.replaced ?? []
  if (replaced.length === 0) return []
  // A table with checks that wait for COMMIT cannot be altered.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE')
  return withUserPath(session, 'reading', async () => {
    const left: Unfollowed[] = []
    for (const each of replaced) {
      const failed = await attempt(session, each.again)
      if (failed !== undefined) left.push(await putBack(session, each, failed))
    }
    return left
  })
}

/** The error that a list of statements failed with. */
interface Failure {
  readonly step: Step
  readonly error: DatabaseError
}

async function attempt(session: Session, steps: readonly Step[]): Promise<Failure | undefined> {
  await session.execute('SAVEPOINT create_again')
  for (const step of steps) {
    try {
      await session.define(step.sql)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
      await session.execute('ROLLBACK TO SAVEPOINT create_again')
      return { step, error }
    }
  }
  await session.execute('RELEASE SAVEPOINT create_again')
  return undefined
}

async function putBack(
  session: Session,
  { back, again }: Replacement,
  { step, error }: Failure,
): Promise<Unfollowed> {
  const failed = await attempt(session, back)
  if (failed === undefined) {
    const stays = back.map(({ identity }) => identity)
    return unfollowed(step.identity, error, STAYS, { steps: again, stays })
  }
  throw new FailedError(
    `${session.database}: rows fit neither into ${step.identity} of the source nor into ${failed.step.identity} of the target: ${saidBy(session, error)}; ${saidBy(session, failed.error)}`,
    {
      cause: error,
      hint: 'Nothing has changed. Correct or delete the rows that only the target has and that violate the definition of the source.',
    },
  )
}

function saidBy({ database }: Session, { message }: DatabaseError): string {
  return message.replace(`${database}: `, '')
}

const STAYS =
  'The rows are copied, and the definition that the target had stays. Correct rows that only the target has; the next run tries again.'

import { profileArguments } from '../../config/command-arguments.ts'
import { countOf } from '../../core/count-of.ts'
import { readTargetRole } from '../../postgres/catalog/read-target-role.ts'
import type { Database } from '../../postgres/database.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { findHolder } from '../../state/run-lock.ts'
import { leftOver, readSwaps } from '../../state/swaps.ts'
import { readStatisticsLimits, seeStrangers } from '../../transfer/target-writes/write-counters.ts'
import type { Check } from './checklist.ts'

/** Whether statistics can spare a run the look at all rows of the target, and if not, why. */
export async function checkStatistics(database: Database, session: Session, subject: string): Promise<Check> {
  const { areShared, areCounted, seesSessions, role } = await readStatisticsLimits(session)
  if (!areShared)
    return {
      status: 'ok',
      subject,
      message:
        'PostgreSQL before 15 may lose statistics, so each run reads all rows of the target, and writers wait',
    }
  if (!areCounted)
    return {
      status: 'warning',
      subject,
      message:
        'track_counts is off, at least for one role, so each run reads all rows of the target, and writers wait',
      hint: 'Turn it on again: ALTER DATABASE … RESET track_counts, or ALTER ROLE … RESET track_counts.',
    }
  if (!seesSessions)
    return {
      status: 'warning',
      subject,
      message:
        'The role may not see other sessions: while there are any, each run reads all rows of the target, and writers wait',
      hint: `GRANT pg_read_all_stats TO ${identifier(role)}`,
    }
  const { sessions } = await seeStrangers(database, session)
  if (sessions.length === 0)
    return {
      status: 'ok',
      subject,
      message: 'No other session is connected: statistics show what was written',
    }
  const [first] = sessions
  const message = `${countOf(sessions.length, 'other session')} connected, such as backend ${first?.pid}: unless they stay idle for 15 seconds of a run, it reads all rows of the target, and writers wait`
  return { status: 'ok', subject, message }
}

/** Warns of a superuser as the role of the target, with the statements for one that can do no more than a run takes. */
export async function checkTargetRole(session: Session, subject: string): Promise<Check[]> {
  const { isSuperuser, database, owners } = await readTargetRole(session)
  if (!isSuperuser) return []
  const [owner] = owners
  const role = identifier(owner ?? 'app_owner')
  const grants = [
    `GRANT CREATE ON DATABASE ${identifier(database)} TO ${role}`,
    ...(session.serverVersion < 150000 ? [] : [`GRANT SET ON PARAMETER session_replication_role TO ${role}`]),
    `GRANT pg_read_all_stats TO ${role}`,
  ]
  const whose =
    owners.length > 1
      ? 'Make one role the owner of all tables that are written, and use it'
      : 'Use the owner of the tables'
  return [
    {
      status: 'warning',
      subject,
      message:
        'The role of the target is a superuser: a run needs much less, and anyone with its URL controls the server',
      hint: `${whose} instead: ${grants.join('; ')}. Then make it the owner of the schemas mbsync, mbsync_landing and mbsync_undo and of what is in them, as docs/DEPLOYMENT.md shows.`,
    },
  ]
}

/** Warns of databases that runs have built beside the target and left behind. */
export async function checkLeftOver(session: Session, subject: string): Promise<Check[]> {
  // A run that is under way needs what it builds.
  if ((await findHolder(session)) !== undefined) return []
  return leftOver(await readSwaps(session)).map(({ built, runId, isReady, profile }) => ({
    status: 'warning',
    subject,
    message: `Run ${runId} has left database "${built.name}" behind: the next run drops it`,
    ...(isReady
      ? { hint: `It is complete: \`mbsync swap ${profileArguments(profile)} --retry\` switches to it.` }
      : {}),
  }))
}

import { countOf } from '../../core/count-of.ts'
import type { Database } from '../../postgres/database.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
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

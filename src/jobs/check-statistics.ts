import { countOf } from '../core/count-of.ts'
import type { Database } from '../postgres/database.ts'
import { identifier } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { seeStrangers } from '../transfer/stranger-sessions.ts'
import { readStatisticsLimits } from '../transfer/write-counters.ts'
import type { Check } from './checklist.ts'

const COST = 'each run reads the xmin of all rows in the target while writers wait'

/** Whether statistics can spare a run the look at all rows of the target, and if not, why. */
export async function checkStatistics(database: Database, session: Session, subject: string): Promise<Check> {
  const { areShared, areCounted, seesSessions, role } = await readStatisticsLimits(session)
  if (!areShared)
    return { status: 'ok', subject, message: `PostgreSQL before 15 may lose statistics, so ${COST}` }
  if (!areCounted)
    return {
      status: 'warning',
      subject,
      message: `track_counts is off, at least for a role, so ${COST}`,
      hint: 'Turn it on again: ALTER DATABASE … RESET track_counts, or ALTER ROLE … RESET track_counts.',
    }
  if (!seesSessions)
    return {
      status: 'warning',
      subject,
      message: `The role may not see what other sessions do, so ${COST} if there are any`,
      hint: `GRANT pg_read_all_stats TO ${identifier(role)}.`,
    }
  const { sessions } = await seeStrangers(database, session)
  if (sessions.length === 0)
    return {
      status: 'ok',
      subject,
      message: 'No other session is connected: statistics show what was written',
    }
  const what = countOf(sessions.length, 'other session')
  return {
    status: 'ok',
    subject,
    message: `Connected at the moment: ${what}, such as ${sessions[0]?.pid}. Unless they stay idle from its start for 15 seconds, ${COST}`,
  }
}

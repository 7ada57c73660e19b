import type { SearchIndexConfig } from '../../config/config.ts'
import { MbsyncError } from '../../core/errors.ts'
import { countSessions } from '../../indexing/count-sessions.ts'
import { readConnectionLimits } from '../../postgres/catalog/read-connection-limits.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { Check } from './checklist.ts'

/** Sessions of a run besides those of its `jobs`: one that coordinates, and one that looks at the catalog or tells of progress. */
const OTHER_SESSIONS = 2

/** Whether a run can have its connections: opens as many as it will, unless limits that can be read show that it must fail. */
export async function checkConnections(
  database: Database,
  session: Session,
  subject: string,
  jobs: number,
  search: readonly SearchIndexConfig[] = [],
): Promise<Check> {
  const needs = [needOf(jobs), ...search.map(needOfSearch)]
  const needed = Math.max(...needs.map(({ sessions }) => sessions))
  const limits = await readConnectionLimits(session)
  const [tightest] = limits.sort((a, b) => a.free - b.free)
  if (tightest !== undefined && tightest.free < needed)
    return {
      // Other clients may be fewer when the run comes.
      ...tooFew(subject, needs, tightest.free, `${tightest.name} leaves ${tightest.free} at the moment`),
      status: tightest.size < needed ? 'failure' : 'warning',
    }
  const { opened, problem } = await openAll(database, needed - 1)
  if (problem === undefined)
    return { status: 'ok', subject, message: `Opened the ${needed} connections of a run` }
  const reason = problem.message.replace(`${subject}: `, '')
  return tooFew(subject, needs, opened + 1, `only ${opened + 1} could be opened (${reason})`)
}

/** The sessions that a part of a run has open at once, and the setting that says how many. */
interface Need {
  readonly sessions: number
  readonly setting: string
  /** What the setting says; undefined where it cannot be lowered. */
  readonly value: number | undefined
}

function needOf(jobs: number): Need {
  return { sessions: jobs + OTHER_SESSIONS, setting: '`jobs`', value: jobs }
}

function needOfSearch(index: SearchIndexConfig): Need {
  const value = index.home.type === 'typesense' ? index.home.parallel : undefined
  return { sessions: countSessions(index), setting: `\`parallel\` of search index ${index.name}`, value }
}

/** What is left of a setting where so many sessions are free. */
function fittingValue({ sessions, value = 1 }: Need, free: number): number {
  return value - (sessions - free)
}

function tooFew(subject: string, needs: readonly Need[], free: number, what: string): Check {
  const tight = needs.filter(({ sessions }) => sessions > free)
  const tooTight = tight.filter((need) => need.value === undefined || fittingValue(need, free) < 1)
  const isJobs = ({ setting }: Need) => setting === '`jobs`'
  if (tooTight.length > 0) {
    const least = Math.max(...needs.map(({ sessions, value = 1 }) => sessions - value + 1))
    return {
      status: 'failure',
      subject,
      message: `A run needs ${least} connections even with ${needs.every(isJobs) ? '`jobs: 1`' : '`jobs: 1` and `parallel: 1`'}, and ${what}`,
      hint: `Raise max_connections, the limit of the role or database, or the size of the pool${tooTight.some(isJobs) ? '' : ', or leave search to a run of its own: --no-search'}.`,
    }
  }
  const lowered = tight.map((need) => `${need.setting} to ${fittingValue(need, free)}`)
  return {
    status: 'failure',
    subject,
    message: `A run needs ${Math.max(...needs.map(({ sessions }) => sessions))} connections, and ${what}`,
    hint: `Lower ${lowered.join(', and ')}, or raise max_connections, the limit of the role or database, or the size of the pool.`,
  }
}

/** All at once, as a pooler lets each wait for its turn; those that were opened are given back. */
async function openAll(
  database: Database,
  count: number,
): Promise<{ readonly opened: number; readonly problem: MbsyncError | undefined }> {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => database.session()))
  const sessions = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  for (const session of sessions) database.giveBack(session)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined && !(failed.reason instanceof MbsyncError)) throw failed.reason
  return { opened: sessions.length, problem: failed?.reason }
}

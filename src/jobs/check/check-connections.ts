import type { DatabaseConfig, SearchIndexConfig } from '../../config/config.ts'
import { MbsyncError } from '../../core/errors.ts'
import { needOfSearch } from '../../indexing/count-sessions.ts'
import { readConnectionLimits } from '../../postgres/catalog/read-connection-limits.ts'
import { namesDatabase, transportOf } from '../../postgres/connection-options.ts'
import type { Database } from '../../postgres/database.ts'
import { NoRoomError } from '../../postgres/explain-no-room.ts'
import type { Session } from '../../postgres/session.ts'
import { fittingValue, needOfJobs, type SessionNeed } from '../../postgres/session-need.ts'
import type { Check } from './checklist.ts'

/** Whether a run can have its connections: opens as many as it will, unless limits that can be read show that it must fail. */
export async function checkConnections(
  database: Database,
  session: Session,
  subject: string,
  jobs: number,
  search: readonly SearchIndexConfig[] = [],
): Promise<Check> {
  const needs = [needOfJobs(jobs), ...search.map(needOfSearch)]
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
  const answer = problem instanceof NoRoomError ? problem.answer : problem.message
  const reason = answer.replace(`${subject}: `, '')
  return tooFew(subject, needs, opened + 1, `only ${opened + 1} could be opened (${reason})`)
}

function tooFew(subject: string, needs: readonly SessionNeed[], free: number, what: string): Check {
  const tight = needs.filter(({ sessions }) => sessions > free)
  const tooTight = tight.filter((need) => need.value === undefined || fittingValue(need, free) < 1)
  const isJobs = ({ setting }: SessionNeed) => setting === '`jobs`'
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

/** Whether a stranger in between could read or rewrite what goes over the connection, as far as the URL decides it. */
export function checkTls({ name, url }: DatabaseConfig): Check[] {
  const { hosts, sslMode } = transportOf(url)
  if (hosts.every(isLocal) || (sslMode !== 'prefer' && sslMode !== 'allow')) return []
  return [
    {
      status: 'warning',
      subject: name,
      message: `The URL does not enforce TLS (sslmode=${sslMode}): another server in between could read and rewrite rows`,
      hint: 'Add sslmode=verify-full to the URL, and sslrootcert=… or sslrootcert=system if the authority is not known to Node.js.',
    },
  ]
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d+){3}|::1)$/i.test(host)
}

/** Warns of a URL that leaves the database to the name of the user. */
export function checkDatabaseName({ name, url }: DatabaseConfig): Check[] {
  if (namesDatabase(url)) return []
  return [
    {
      status: 'warning',
      subject: name,
      message: 'The URL names no database: as in libpq, mbsync uses the one named like the user',
      hint: 'Add it after the host, as in postgres://user:password@host:5432/database, or set PGDATABASE.',
    },
  ]
}

import { FailedError, MbsyncError } from '../../core/errors.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { type DatabaseName, type KnownSwap, leftOver, readSwaps } from '../../state/swaps.ts'
import type { Warning } from '../run-result.ts'
import { endSessions, listSessions } from './end-sessions.ts'
import { describeSessions } from './sessions-stayed.ts'
import { withMaintenance } from './with-maintenance.ts'

/**
 * Drops a database and ends its sessions, if it still has this name and this OID.
 * @throws FailedError if sessions cannot be ended
 */
export async function dropDatabase(session: Session, { oid, name }: DatabaseName): Promise<void> {
  const [found] = await session.query<Record<string, unknown>>(
    'SELECT FROM pg_database WHERE datname = $1 AND oid::int8 = $2',
    [name, oid],
  )
  if (found === undefined) return
  const others = await endSessions(session, [oid], [])
  try {
    await drop(
      session,
      name,
      others.every(({ mayEnd }) => mayEnd),
    )
  } catch (error) {
    const left = await listSessions(session, [oid], []).catch(() => [])
    if (left.length === 0) throw error
    const { whose, hint } = await describeSessions(session, left)
    throw new FailedError(`its sessions did not end${whose}`, { cause: error, hint })
  }
}

const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * With FORCE, the server ends sessions that have come meanwhile, once no other can come. Without it, it waits a few seconds for those that the role may
 * not end. FORCE takes a process of autovacuum for one of these, and fails at once; without it, autovacuum gives way.
 */
async function drop(session: Session, name: string, isForced: boolean): Promise<void> {
  const sql = `DROP DATABASE ${identifier(name)}`
  if (!isForced) return void (await session.execute(sql))
  await session.execute(`${sql} WITH (FORCE)`).catch(async (error: unknown) => {
    if (!(error instanceof DatabaseError && error.sqlState === INSUFFICIENT_PRIVILEGE)) throw error
    await session.execute(sql)
  })
}

/** Drops databases one by one, and returns why some of them could not be dropped, with what to do about it. */
export async function dropEach(
  maintenance: Database,
  databases: readonly DatabaseName[],
  dropped: (database: DatabaseName) => void = () => undefined,
): Promise<readonly { readonly reason: string; readonly hint: string }[]> {
  const problems: { reason: string; hint: string }[] = []
  for (const database of databases) {
    try {
      await maintenance.withClosingSession((session) => dropDatabase(session, database))
      dropped(database)
    } catch (error) {
      const { message, hint = '' } = error instanceof MbsyncError ? error : { message: String(error) }
      problems.push({ reason: `"${database.name}": ${message}`, hint })
    }
  }
  return problems
}

/**
 * Drops databases of runs that died, failed or were rolled back. Call it only under the run lock. A failure is a warning, and the next run
 * tries again.
 */
export async function dropLeftOver(
  target: Database,
  coordinator: Session,
  swaps: readonly KnownSwap[],
  { report }: Pick<JobContext, 'report'>,
): Promise<void> {
  const left = leftOver(swaps)
  if (left.length === 0) return
  const warn = (reason: string, hint = '') =>
    report({
      type: 'warning',
      message: `Databases that earlier runs have left behind could not be dropped: ${reason}`,
      hint: `${hint} They are no longer needed, and the next run tries again.`.trim(),
    })
  const builtBy = new Map(left.map(({ built, runId }) => [built, runId]))
  try {
    const problems = await withMaintenance(target, coordinator, (maintenance) =>
      dropEach(maintenance, [...builtBy.keys()], (built) =>
        report({
          type: 'info',
          message: `Dropped database "${built.name}", which run ${builtBy.get(built)} had left behind`,
        }),
      ),
    )
    if (problems.length > 0) warn(problems.map(({ reason }) => reason).join('; '), problems[0]?.hint)
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error))
  }
}

/** Drops the databases that runs have replaced, except the last `keep`. A failure is a warning, and a later swap tries again. */
export async function dropPrevious(
  target: Database,
  maintenance: Database,
  keep: number,
): Promise<{ readonly warnings: readonly Warning[]; readonly kept: readonly string[] }> {
  try {
    const previous = await target.withClosingSession(listPrevious)
    const problems = await dropEach(maintenance, previous.slice(keep))
    return {
      warnings:
        problems.length === 0
          ? []
          : [notDropped(problems.map(({ reason }) => reason).join('; '), problems[0]?.hint)],
      kept: previous.slice(0, keep).map(({ name }) => name),
    }
  } catch (error) {
    return { warnings: [notDropped(error instanceof Error ? error.message : String(error))], kept: [] }
  }
}

async function listPrevious(session: Session): Promise<DatabaseName[]> {
  return (await readSwaps(session)).flatMap(({ status, replaced }) =>
    status === 'succeeded' && replaced !== undefined ? [replaced] : [],
  )
}

function notDropped(reason: string, hint = ''): Warning {
  return {
    message: `Previous databases could not be dropped: ${reason}`,
    hint: `${hint} Drop them by hand, or leave it to the next swap.`.trim(),
  }
}

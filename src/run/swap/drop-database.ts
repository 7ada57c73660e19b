import type { Database } from '../../postgres/database.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { type DatabaseName, type KnownSwap, leftOver } from '../../state/swaps.ts'
import { endSessions } from './end-sessions.ts'
import { withMaintenance } from './with-maintenance.ts'

/** Drops a database and ends its sessions, if it still has this name and this OID. */
export async function dropDatabase(session: Session, { oid, name }: DatabaseName): Promise<void> {
  const [found] = await session.query<Record<string, unknown>>(
    'SELECT FROM pg_database WHERE datname = $1 AND oid::int8 = $2',
    [name, oid],
  )
  if (found === undefined) return
  await endSessions(session, [oid], [])
  await session.execute(`DROP DATABASE ${identifier(name)}`)
}

/**
 * Drops databases of runs that died, failed or were rolled back. Call it only under the run lock. A failure is a warning, and the next run
 * tries again.
 */
export async function dropLeftOverDatabases(
  target: Database,
  coordinator: Session,
  swaps: readonly KnownSwap[],
  { report }: Pick<JobContext, 'report'>,
): Promise<void> {
  const left = leftOver(swaps)
  if (left.length === 0) return
  const { database } = await coordinator.queryOne<{ database: string }>(
    'SELECT current_database() AS database',
  )
  await withMaintenance(target, database, async (maintenance) => {
    const session = await maintenance.session()
    for (const { built, runId } of left) {
      await dropDatabase(session, built)
      report({
        type: 'info',
        message: `Dropped database "${built.name}", which run ${runId} had left behind`,
      })
    }
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    report({
      type: 'warning',
      message: `Databases that earlier runs have left behind could not be dropped: ${reason}`,
      hint: `They are no longer needed: ${left.map(({ built }) => `DROP DATABASE ${identifier(built.name)}`).join('; ')}. The next run tries again.`,
    })
  })
}

import type { Partition } from '../../postgres/catalog/table.ts'
import { DatabaseError, isUnresolvedName } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'

/** What is necessary to plan queries over relations, by their object ids. */
export interface ProbedPlans {
  /** Those whose expressions name objects that only the search path of users finds. */
  readonly underUserPath: ReadonlySet<number>
  /** Those that cannot be queried at all, and why. */
  readonly impossible: ReadonlyMap<number, string>
}

/**
 * Plans a query over each relation whose indexes call functions that PostgreSQL may have to resolve names for (`scripted`), because it
 * copies the text of SQL functions into expressions. `session` must hold locks on them in its transaction, so that it never waits.
 */
export async function probePlans(
  session: Session,
  partitions: readonly Partition[],
  scripted: ReadonlySet<number>,
): Promise<ProbedPlans> {
  const underUserPath = new Set<number>()
  const impossible = new Map<number, string>()
  for (const { oid, name } of partitions) {
    if (!scripted.has(oid)) continue
    const sql = `SELECT FROM ONLY ${relation(name)}`
    if ((await whyNotPlanned(session, () => session.plan(sql))) === undefined) continue
    const why = await whyNotPlanned(session, () => withUserPath(session, 'reading', () => session.plan(sql)))
    if (why === undefined) underUserPath.add(oid)
    else impossible.set(oid, why)
  }
  return { underUserPath, impossible }
}

async function whyNotPlanned(session: Session, plan: () => Promise<void>): Promise<string | undefined> {
  await session.execute('SAVEPOINT probe')
  try {
    await plan()
    return undefined
  } catch (error) {
    if (error instanceof DatabaseError && isUnresolvedName(error.sqlState)) return error.message
    // Privileges are checked elsewhere.
    if (error instanceof DatabaseError && !error.isConnectionLost) return undefined
    throw error
  } finally {
    await session.execute('ROLLBACK TO SAVEPOINT probe').catch(() => undefined)
  }
}

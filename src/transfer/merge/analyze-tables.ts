import { groupBy } from '../../core/group-by.ts'
import { displayName } from '../../core/table-name.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Database } from '../../postgres/database.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork, type Report } from '../../progress/progress.ts'

/** The database of a session, and over how many sessions it shares its work there, as far as the server has room for them. */
export interface Helpers {
  readonly database: Database
  readonly jobs: number
}

/**
 * Refreshes the planner statistics of tables. Code that their indexes call has the rights of their owners, and runs under the search path of those.
 * Never throws.
 * @param alone analyzes a table whose batch has failed
 */
export async function analyzeTables(
  session: Session,
  report: Report,
  tables: readonly Table[],
  helpers: Helpers | undefined,
  alone: (table: Table, owner: string) => Promise<void>,
): Promise<void> {
  report({ type: 'stage-planned', stage: 'analyze', total: tables.length })
  for (const [owner, own] of groupBy(tables, ownerOf)) {
    const batches = batchesOf(own, TABLES_AT_ONCE)
    const failed: Table[] = []
    // Each session takes the next batch.
    const queue = batches.values()
    const analyze = async (on: Session) => {
      for (const batch of queue) {
        const names = batch.map(({ name }) => relation(name)).join(', ')
        // Outside a transaction, each table has one of its own, and its locks are released.
        await atWork(report, pieceOf(batch), () => on.execute(`ANALYZE ${names}`)).catch(() => {
          failed.push(...batch)
        })
      }
    }
    await overHelpers(session, batches.length, helpers, (on) => withoutFlush(on, owner, () => analyze(on)))
    for (const table of [...failed, ...[...queue].flat()]) await alone(table, owner)
  }
}

function ownerOf({ oid, partitions }: Table): string {
  const own = partitions.find((partition) => partition.oid === oid)
  if (own === undefined) throw new Error('A table that is not among its own partitions')
  return own.owner
}

function pieceOf(tables: readonly Table[]) {
  const [first, ...others] = tables.map(({ name }) => displayName(name))
  const name = others.length === 0 ? (first ?? '') : `${first} and ${others.length} more`
  return { stage: 'analyze', name, amount: tables.length } as const
}

/** The commits are flushed with the record of how the run ended, at the latest. */
async function withoutFlush(session: Session, owner: string, work: () => Promise<void>): Promise<void> {
  await session.execute('SET synchronous_commit = off')
  try {
    await withUserPath(session, 'writing', work, owner)
  } finally {
    await session.execute('SET synchronous_commit = on')
  }
}

/** Works on a session, and on others that can be opened. What fails on one is left to the others. */
async function overHelpers(
  session: Session,
  batches: number,
  helpers: Helpers | undefined,
  work: (on: Session) => Promise<void>,
): Promise<void> {
  const help = async (database: Database) => {
    const helper = await database.session()
    await work(helper)
    database.giveBack(helper)
  }
  const wanted = Math.min(helpers?.jobs ?? 1, batches) - 1
  await Promise.allSettled([
    work(session),
    ...Array.from({ length: wanted }, () => helpers && help(helpers.database)),
  ])
}

import { displayName, type TableName } from '../../core/table-name.ts'
import { readMaterializedViews } from '../../postgres/catalog/read-materialized-views.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { atWork, type Report } from '../../progress/progress.ts'
import { analyzeTables, type Helpers } from './analyze-tables.ts'
import { explainUnresolved } from './explain-unresolved.ts'

/** A failure after COMMIT: the data is correct, but a follow-up step is missing. */
export interface FinishProblem {
  readonly message: string
  readonly hint: string
}

/** A table that a merge changed, and how many of its rows. */
export interface ChangedTable {
  readonly table: Table
  /** Changed rows for each row that existed. */
  readonly share: number
}

/** A materialized view that was created without its rows. */
export interface NewView {
  /** Such as `MATERIALIZED VIEW public.totals`. */
  readonly identity: string
  /** Undefined for the role of the session. */
  readonly owner: string | undefined
}

/** Above this share, autovacuum would analyze the table, too, but later. It takes a sample of the whole table. */
const SHARE_TO_ANALYZE = 0.1

/**
 * After COMMIT: refreshes planner statistics of tables that changed much, then the populated materialized views that read them, in the
 * order of their dependencies. Code that they call has the rights of their owners, and runs under the search path of those. Nothing here
 * can undo the run, so problems are returned, not thrown.
 * @param options.fillsEmpty whether materialized views without rows are filled, too: a run that died may have created them
 */
export async function finish(
  session: Session,
  report: Report,
  changed: readonly ChangedTable[],
  {
    created = [],
    fillsEmpty = false,
    helpers,
  }: {
    readonly created?: readonly NewView[]
    readonly fillsEmpty?: boolean
    readonly helpers?: Helpers
  } = {},
): Promise<FinishProblem[]> {
  const problems: FinishProblem[] = []
  const all = changed.map(({ table }) => table)
  const attempt = async (
    what: string,
    owner: string | undefined,
    sql: string,
    { settings = '', about = all }: { readonly settings?: string; readonly about?: readonly Table[] } = {},
  ) => {
    try {
      await session.transaction('BEGIN', async () => {
        if (settings !== '') await session.execute(settings)
        await withUserPath(session, 'writing', () => session.defineFrom(sql), owner)
      })
    } catch (thrown) {
      const error = await explainUnresolved(session, thrown, about)
      problems.push({
        message: `${what} failed: ${error instanceof Error ? error.message : String(error)}`,
        hint:
          error === thrown || !(error instanceof DatabaseError)
            ? `The data is complete. Run this by hand: ${sql}`
            : `The data is complete. ${error.hint} Then run by hand: ${sql}`,
      })
    }
  }
  const toAnalyze = changed.filter(({ share }) => share >= SHARE_TO_ANALYZE).map(({ table }) => table)
  await analyzeTables(session, report, toAnalyze, helpers, (table, owner) =>
    attempt(`ANALYZE of ${displayName(table.name)}`, owner, `ANALYZE ${relation(table.name)}`, {
      about: [table],
    }),
  )
  const partitionOids = changed.flatMap(({ table }) => table.partitions.map((partition) => partition.oid))
  const views = await readMaterializedViews(session, partitionOids, fillsEmpty)
  report({ type: 'stage-planned', stage: 'refresh', total: views.length + created.length })
  const refreshing = (name: string, work: () => Promise<void>) =>
    atWork(report, { stage: 'refresh', name, amount: 1 }, work)
  // A view contains what its owner sees. With row_security off, a policy that applies to the owner would raise an error.
  const settings = 'SET LOCAL row_security = on'
  for (const { name, owner, canRefreshConcurrently } of views)
    await refreshing(displayName(name), () =>
      attempt(`Refreshing ${displayName(name)}`, owner, refreshSql(name, canRefreshConcurrently), {
        settings,
      }),
    )
  await fillAll(created, problems, ({ identity, owner }, isFirst) => {
    const fill = () => attempt(`Filling ${identity}`, owner, `REFRESH ${identity}`, { settings })
    return isFirst ? refreshing(identity, fill) : fill()
  })
  return problems
}

/** It is not known which other views a function reads. So a view that cannot be filled is tried again after the others. */
async function fillAll(
  views: readonly NewView[],
  problems: FinishProblem[],
  fill: (view: NewView, isFirst: boolean) => Promise<void>,
): Promise<void> {
  let open = views
  for (;;) {
    const before = problems.length
    const failed: NewView[] = []
    for (const view of open) {
      const known = problems.length
      await fill(view, open === views)
      if (problems.length > known) failed.push(view)
    }
    if (failed.length === 0 || failed.length === open.length) return
    problems.splice(before)
    open = failed
  }
}

function refreshSql(name: TableName, concurrently: boolean): string {
  return `REFRESH MATERIALIZED VIEW ${concurrently ? 'CONCURRENTLY ' : ''}${relation(name)}`
}

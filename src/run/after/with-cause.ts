import { TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { Database } from '../../postgres/database.ts'
import { readChangedByAfter } from '../../state/after.ts'
import { stateOf } from '../../state/migrate.ts'

/** Names the run whose SQL of `after` has changed a table that differs. If the runs of the target are not known, nothing is named. */
export async function withCause<T extends { readonly table: TableName; readonly status: string }>(
  target: Database,
  tables: readonly T[],
): Promise<(T & { readonly changedByAfter?: number })[]> {
  if (tables.every(({ status }) => status !== 'different')) return [...tables]
  const changed = await target
    .withClosingSession(async (session) =>
      (await stateOf(session)) === 'current' ? readChangedByAfter(session) : new TableMap<number>(),
    )
    .catch(() => new TableMap<number>())
  return tables.map((each) => {
    const runId = each.status === 'different' ? changed.get(each.table) : undefined
    return runId === undefined ? each : { ...each, changedByAfter: runId }
  })
}

import { groupByTable, type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { SourceMark } from '../../core/watermark.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { SessionPool } from '../../postgres/session-pool.ts'
import { type ChangedTable, countChanged } from './count-changed.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import type { CurrentMark } from './watermark.ts'

/** What a live database knows about changes of its rows. */
export interface LiveChanges {
  readonly mark: CurrentMark
  /** Says which tables no query may read, although their rows can be copied. */
  readonly guard: PlanGuard
  /** The tables of which rows stay that the source lacks, while rows of the source may begin to meet the condition without being written. */
  readonly moving: ReadonlyTableSet
  /** Counts the rows of tables, and finds those that changed after the watermark. */
  countChanged(
    requests: readonly { readonly table: TableName; readonly since: Pick<SourceMark, 'xmin'> }[],
  ): Promise<ChangedTable[]>
  /**
   * Runs queries with one result row on every partition of a table, which each receives as a FROM item. Returns the results of the
   * partitions for each query. Given `ifFails`, a query that the server does not run to its end has that as its result; given `parts`, only
   * their partitions are read.
   */
  query<T extends Record<string, unknown>>(
    table: TableName,
    sqls: readonly ((rows: string) => string)[],
    options?: { readonly ifFails?: T; readonly parts?: readonly LivePart[] },
  ): Promise<T[][]>
  /** All parts of a table, or its partitions, each as one part. */
  partsOf(table: TableName, asPartitions: boolean): LivePart[]
}

/** The changes in a live database since watermarks. `sessions` share its snapshot. `whole` names tables whose partitions must not be split. */
export function liveChanges(
  sessions: SessionPool,
  { mark, guard, moving }: Pick<LiveChanges, 'mark' | 'guard' | 'moving'>,
  planParts: (tables: readonly TableName[], whole: ReadonlyTableSet) => LivePart[],
): LiveChanges {
  const partsOf = (table: TableName, asPartitions: boolean) =>
    planParts([table], new TableSet(asPartitions ? [table] : []))
  return {
    mark,
    guard,
    moving,
    countChanged: (requests) => {
      const names = requests.map(({ table }) => table)
      const parts = groupByTable(planParts(names, new TableSet()), ({ table }) => table)
      return countChanged(
        sessions,
        guard,
        requests.map(({ table, since }) => ({ since, parts: parts.get(table) ?? [] })),
      )
    },
    query: async <T extends Record<string, unknown>>(
      table: TableName,
      sqls: readonly ((rows: string) => string)[],
      { ifFails, parts = partsOf(table, true) }: { ifFails?: T; parts?: readonly LivePart[] } = {},
    ) => {
      const answers = sqls.map((): T[] => [])
      const items = parts.flatMap(({ partition }) =>
        sqls.map((sqlOf, index) => ({ partition, sqlOf, index })),
      )
      await overSessions(sessions, items, async (session, { partition, sqlOf, index }) => {
        const answer = await sessions.reading(session, [partition.name], async (reader) => {
          await guard.prepareFor(reader, [partition])
          const ask = () => reader.queryOne<T>(sqlOf(`ONLY ${relation(partition.name)}`))
          return ifFails === undefined ? ask() : reader.tryReading(ask).catch(orElse(ifFails))
        })
        answers[index]?.push(answer)
      })
      return answers
    },
    partsOf,
  }
}

/** Gives another result instead of an error of the server, unless the connection is lost. */
function orElse<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof DatabaseError && !error.isConnectionLost) return instead
    throw error
  }
}

import { groupByTable, TableMap, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { SessionPool } from '../../postgres/session-pool.ts'
import type { LiveCatalog } from '../inspect/inspect-source.ts'
import { type ChangedTable, countChanged } from './count-changed.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import type { CurrentMark, SourceMark } from './watermark.ts'

/** What a live database knows of its rows beside what they hold. */
export interface LiveChanges {
  readonly mark: CurrentMark
  /** See `LiveTable.fingerprint`. */
  fingerprintOf(table: TableName): string
  /** A digest of its masks and their key; null for none. */
  masksOf(table: TableName): string | null
  /** Why nothing may be asked of a table, whose rows can be read all the same; undefined if it may. */
  whyOnlyCopied(table: TableName): string | undefined
  /** Whether the table is read under a condition, which unchanged rows may come to meet or cease to. */
  hasCondition(table: TableName): boolean
  /** Counts the rows of tables, and finds those that are not as they were at the watermark. */
  countChanged(requests: readonly TableSince[]): Promise<ChangedTable[]>
  /** Asks queries of one row each of every partition of a table, which each gets as a FROM item; gives the answers of the partitions to each. */
  query<T extends Record<string, unknown>>(
    table: TableName,
    sqls: readonly ((rows: string) => string)[],
  ): Promise<T[][]>
  /** All parts of a table. */
  partsOf(table: TableName): LivePart[]
}

/** A table, and the watermark since which it is asked about. */
export interface TableSince {
  readonly table: TableName
  readonly since: Pick<SourceMark, 'xmin'>
}

/** The changes of a live database since watermarks. `sessions` share its snapshot. */
export function liveChanges(
  sessions: SessionPool,
  { tables }: LiveCatalog,
  guard: PlanGuard,
  mark: CurrentMark,
  planParts: (tables: readonly TableName[]) => LivePart[],
): LiveChanges {
  const conditional = new TableSet(tables.filter(({ where }) => where !== undefined).map(({ name }) => name))
  const fingerprints = new TableMap(tables.map(({ name, fingerprint }) => [name, fingerprint]))
  const masks = new TableMap(tables.map(({ name, masksDigest }) => [name, masksDigest]))
  const partsOf = (table: TableName) => planParts([table])
  return {
    mark,
    fingerprintOf: (table) => fingerprints.get(table) ?? '',
    masksOf: (table) => masks.get(table) ?? null,
    whyOnlyCopied: (table) => guard.whyOnlyCopied(table)?.reason,
    hasCondition: (table) => conditional.has(table),
    countChanged: (requests) => {
      const parts = groupByTable(planParts(requests.map(({ table }) => table)), ({ table }) => table)
      const withParts = requests.map(({ table, since }) => ({
        since,
        parts: parts.get(table) ?? [],
      }))
      return countChanged(sessions, guard, withParts)
    },
    query: (table, sqls) => queryPartitions(sessions, guard, partsOf(table), sqls),
    partsOf,
  }
}

async function queryPartitions<T extends Record<string, unknown>>(
  sessions: SessionPool,
  guard: PlanGuard,
  parts: readonly LivePart[],
  sqls: readonly ((rows: string) => string)[],
): Promise<T[][]> {
  const answers = sqls.map((): T[] => [])
  const partitions = new Map(parts.map(({ partition }) => [partition.oid, partition]))
  const items = [...partitions.values()].flatMap((partition) =>
    sqls.map((sqlOf, index) => ({ partition, sqlOf, index })),
  )
  await overSessions(sessions, items, async (session, { partition, sqlOf, index }) => {
    const answer = await sessions.reading(session, [partition.name], async (reader) => {
      await guard.prepareFor(reader, [partition])
      return reader.queryOne<T>(sqlOf(`ONLY ${relation(partition.name)}`))
    })
    answers[index]?.push(answer)
  })
  return answers
}

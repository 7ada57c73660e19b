import { groupByTable, type ReadonlyTableSet, TableMap, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { SessionPool } from '../../postgres/session-pool.ts'
import type { LiveCatalog } from '../inspect/inspect-source.ts'
import { type ChangedTable, countChanged } from './count-changed.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import type { CurrentMark, SourceMark } from './watermark.ts'

/** What a live database knows about changes of its rows. */
export interface LiveChanges {
  readonly mark: CurrentMark
  /** See `LiveTable.fingerprint`. */
  fingerprintOf(table: TableName): string
  /** A digest of its masks and their key; null for none. */
  masksOf(table: TableName): string | null
  /** Why no query may read the table, although its rows can be copied; undefined if queries may. */
  whyOnlyCopied(table: TableName): string | undefined
  /** The role that reads the database. */
  readonly role: string
  /** The tables of which that is so because of a role that is not trusted, by that role. */
  readonly untrusted: ReadonlyMap<string, readonly TableName[]>
  /** Whether the table is read under a condition. Unchanged rows may start or stop meeting it. */
  hasCondition(table: TableName): boolean
  /** Whether rows of the target stay that the source lacks, while rows of the source may begin to meet the condition without being written. */
  mayReturn(table: TableName): boolean
  /** Counts the rows of tables, and finds those that changed after the watermark. */
  countChanged(
    requests: readonly { readonly table: TableName; readonly since: Pick<SourceMark, 'xmin'> }[],
  ): Promise<ChangedTable[]>
  /**
   * Runs queries with one result row on every partition of a table, which each receives as a FROM item. Returns the results of the
   * partitions for each query.
   */
  query<T extends Record<string, unknown>>(
    table: TableName,
    sqls: readonly ((rows: string) => string)[],
  ): Promise<T[][]>
  /** All parts of a table. */
  partsOf(table: TableName): LivePart[]
}

/** The changes in a live database since watermarks. `sessions` share its snapshot. */
export function liveChanges(
  sessions: SessionPool,
  { tables }: LiveCatalog,
  guard: PlanGuard,
  { mark, moving }: { readonly mark: CurrentMark; readonly moving: ReadonlyTableSet },
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
    role: guard.role,
    untrusted: guard.untrusted,
    hasCondition: (table) => conditional.has(table),
    mayReturn: (table) => moving.has(table),
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

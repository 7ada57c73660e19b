import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { createLandingTables } from '../../transfer/land/landing-tables.ts'
import { prepareForCompare } from '../../transfer/merge/compare.ts'
import type { Unchanged } from '../../transfer/merge/merge-table.ts'
import { baseValue, sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import type { LiveChanges } from '../../transfer/source/live-changes.ts'
import {
  type IncrementalTable,
  isNewSql,
  type LandedChanges,
  landedRowsOf,
  needsAllKeys,
} from '../landed-changes.ts'
import { keysInRangesSql } from './key-ranges.ts'
import { landArrived, landKeys } from './land-keys.ts'
import { type IncompleteTable, type KeyScope, narrowToRanges } from './narrow-to-ranges.ts'

/**
 * Finds rows that the source has deleted, which no changed row shows. Counts say which tables have lost rows. The keys that the source
 * still has land in a table, and rows of the target with other keys are deleted. If keys have the same order on both servers, only keys of
 * ranges with different counts land. Under a condition, these keys alone say which rows meet it: evaluated at another moment, it could give
 * another answer.
 * @returns what a merge must know about the rows that did not land
 */
export async function findDeleted(run: LandedChanges): Promise<ReadonlyTableMap<Unchanged>> {
  const { tables, source, coordinator } = run
  const { changes } = source
  if (changes === undefined || tables.length === 0) return new TableMap()
  const incomplete = await findIncomplete(run, changes)
  // The merge reads the landing table of every table that it changes.
  const bare = incomplete.filter(({ table }) => landedRowsOf(run, table) === 0)
  await createLandingTables(
    coordinator,
    bare.map(({ table: { pair, names } }) => ({ pair, landing: names.landing, asText: [], bytes: 0 })),
  )
  const scopes = await narrowToRanges(run, changes, incomplete)
  const landed = await landKeys(run, changes, scopes)
  const arrived = await landArrived(run, changes, scopes)
  const deleted = await listDeleted(run, scopes)
  const changesWithout = (table: IncrementalTable) => arrived.has(table) || deleted.has(table)
  return new TableMap(
    tables.map((table) => {
      const { since, left, pair, names } = table
      const deletedKeys = changesWithout(table) ? names.deleted : undefined
      const keys = pair.stays === undefined ? undefined : names.keys
      const sourceRows = needsAllKeys(table, changes)
        ? (landed.get(pair.source.name)?.rows ?? 0)
        : table.sourceRows
      const isReadInFull = since === undefined
      return [pair.source.name, { sourceRows, left, deleted: deletedKeys, keys, isReadInFull }]
    }),
  )
}

/**
 * Lists the keys that the target has beyond those that landed. Their rows will be deleted. The list is only a guess until the merge has
 * locked the table, and found it as the previous run left it.
 * @returns the tables that have such rows
 */
async function listDeleted(
  { target, jobs }: LandedChanges,
  scopes: readonly KeyScope[],
): Promise<ReadonlySet<IncrementalTable>> {
  const found = new Set<IncrementalTable>()
  await inParallel(target, jobs, scopes, async (session, scope) => {
    const deleted = relation(scope.table.names.deleted)
    await session.transaction('BEGIN', async () => {
      await prepareForCompare(session)
      await session.defineFrom(
        `CREATE UNLOGGED TABLE ${deleted} WITH (autovacuum_enabled = false) AS ${deletedSql(scope)}`,
      )
    })
    await session.execute(`ANALYZE ${deleted}`)
    const { isAny } = await session.queryOne<{ isAny: boolean }>(
      `SELECT EXISTS (SELECT FROM ${deleted}) AS "isAny"`,
    )
    if (isAny) found.add(scope.table)
  })
  return found
}

/** A key that ends one range and begins the next may come twice. */
function deletedSql({ table: { pair, key, keyColumns, names }, ranges }: KeyScope): string {
  const whole = tableSql(pair.target)
  const columns = keyColumns.map((column) => `${baseValue('t', column)} AS ${identifier(column.name)}`)
  return `SELECT ${columns.join(', ')}
FROM ${ranges === undefined ? `${whole} AS t` : keysInRangesSql(ranges, whole, 't')}
WHERE NOT EXISTS (SELECT FROM ${relation(names.keys)} AS l WHERE ${sameKeySql(key, 't', 'l')})`
}

/**
 * Finds the tables from which the source has deleted rows. An unchanged row existed at the watermark, so the target has it. So the number
 * of deleted rows is that of the target's rows, plus the rows to insert, minus the source's rows. If a landed row may have the key of an unchanged one in
 * the target, it would count for a deleted row, so all keys are compared.
 */
async function findIncomplete(run: LandedChanges, changes: LiveChanges): Promise<readonly IncompleteTable[]> {
  const conditional = run.tables.filter((table) => needsAllKeys(table, changes))
  const plain = run.tables.filter((table) => !conditional.includes(table))
  const inserts = await countInserts(run, plain)
  return [
    ...plain
      .map((table) => {
        return { table, missing: table.left.rows + (inserts.get(table) ?? 0) - table.sourceRows }
      })
      // If the source has more rows than expected, nothing is searched. The merge arrives at another number, and the table is read in full.
      .filter(({ table, missing }) => missing > 0 || (table.key.isLoose && landedRowsOf(run, table) > 0)),
    ...conditional.map((table) => ({ table, missing: undefined })),
  ]
}

/** Counts landed rows that are new to the target. */
async function countInserts(
  run: LandedChanges,
  tables: readonly IncrementalTable[],
): Promise<ReadonlyMap<IncrementalTable, number>> {
  const counts = new Map<IncrementalTable, number>()
  const landed = tables.filter((table) => landedRowsOf(run, table) > 0)
  await inParallel(run.target, run.jobs, landed, async (session, table) => {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${relation(table.names.landing)} AS l WHERE ${isNewSql(table)}`,
    )
    counts.set(table, n)
  })
  return counts
}

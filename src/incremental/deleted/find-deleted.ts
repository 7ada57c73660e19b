import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { createLandingTables } from '../../transfer/land/landing-tables.ts'
import { prepareForCompare } from '../../transfer/merge/compare.ts'
import { isLoose, type Unchanged } from '../../transfer/merge/merge-table.ts'
import { baseValue, sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
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
export async function findDeleted(
  landed: Omit<LandedChanges, 'changes'>,
): Promise<ReadonlyTableMap<Unchanged>> {
  const { changes } = landed.source
  if (changes === undefined || landed.tables.length === 0) return new TableMap()
  const run = { ...landed, changes }
  const incomplete = await findIncomplete(run)
  // The merge reads the landing table of every table that it changes.
  const bare = incomplete.filter(({ table }) => landedRowsOf(run, table) === 0)
  await createLandingTables(
    run.coordinator,
    bare.map(({ table: { pair, names } }) => ({ pair, landing: names.landing, asText: [], bytes: 0 })),
  )
  const scopes = await narrowToRanges(run, incomplete)
  const keys = await landKeys(run, scopes)
  const arrived = await landArrived(run, scopes)
  const deleted = await listDeleted(run, scopes)
  return new TableMap(
    run.tables.map((table) => {
      const { since, left, pair, names, sourceRows } = table
      const unchanged = {
        sourceRows: needsAllKeys(table) ? (keys.get(pair.source.name)?.rows ?? 0) : sourceRows,
        left,
        deleted: arrived.has(table) || deleted.has(table) ? names.deleted : undefined,
        keys: pair.stays && names.keys,
        isReadInFull: since === undefined,
      }
      return [pair.source.name, unchanged]
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
 * Finds the tables from which the source may have deleted rows. An unchanged row existed at the watermark, so the target has it. So the
 * number of deleted rows is that of the target's rows, plus the rows to insert, minus the source's rows. If the source has more rows than
 * expected, nothing is searched: the merge arrives at another number, and the table is read in full. But where the target may take a landed
 * row for another one, that would hide a deleted row from the counts.
 */
async function findIncomplete(run: LandedChanges): Promise<readonly IncompleteTable[]> {
  const inserts = await countInserts(run)
  return run.tables
    .map((table) => {
      return { table, missing: table.left.rows + (inserts.get(table) ?? 0) - table.sourceRows }
    })
    .filter(({ table, missing }) => {
      return missing > 0 || needsAllKeys(table) || (isLoose(table.key) && landedRowsOf(run, table) > 0)
    })
}

/** Counts landed rows that are new to the target, where counts can say what was deleted. */
async function countInserts(run: LandedChanges): Promise<ReadonlyMap<IncrementalTable, number>> {
  const counts = new Map<IncrementalTable, number>()
  const counted = run.tables.filter((table) => !needsAllKeys(table) && landedRowsOf(run, table) > 0)
  await inParallel(run.target, run.jobs, counted, async (session, table) => {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM ${relation(table.names.landing)} AS l WHERE ${isNewSql(table)}`,
    )
    counts.set(table, n)
  })
  return counts
}

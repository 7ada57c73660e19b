import { identifier, relation } from '../../postgres/identifiers.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import { prepareForCompare } from '../../transfer/merge/compare.ts'
import { baseValue, sameKeySql, tableSql } from '../../transfer/merge/row-sql.ts'
import type { IncrementalTable, LandedChanges } from '../landed-changes.ts'
import { keysInRangesSql } from './key-ranges.ts'
import type { KeyScope } from './narrow-to-ranges.ts'

/**
 * Lists the keys that the target has beyond those that landed. Their rows will be deleted. The list is only a guess until the merge has
 * locked the table, and found it as the previous run left it.
 * @returns the tables that have such rows
 */
export async function listDeleted(
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

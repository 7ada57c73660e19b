import { countOf } from '../../core/count-of.ts'
import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { LockedMerge } from '../merge/merge-plan.ts'
import { targetSql } from '../merge/row-sql.ts'
import { isListed } from './list-staying.ts'

/**
 * Proves that rows that stay were not touched: a changed row has another ctid, and a deleted one has none.
 * @throws FailedError naming the table whose rows were changed or deleted
 */
export async function expectStaying({
  coordinator,
  tables,
  rights,
}: Pick<LockedMerge, 'coordinator' | 'tables' | 'rights'>): Promise<void> {
  for (const table of tables) {
    if (table.stays === undefined) continue
    const { list } = table.stays
    const sql = `SELECT count(*)::float8 AS n FROM ${relation(list)} AS s WHERE NOT EXISTS (SELECT FROM ${targetSql(table)} AS t WHERE ${isListed('t')})`
    const { n } = await rights.reading(table, [list])(sql, ['n float8'], (select) =>
      coordinator.queryOne<{ n: number }>(select),
    )
    if (n === 0) continue
    throw new FailedError(
      `${displayName(table.target.name)}: a foreign key action would change or delete ${countOf(n, 'row')} that the run must keep`,
      {
        hint: 'Nothing has changed. The source has deleted or changed rows that they refer to: keep those too (`keep`), or delete the rows that refer to them in the target.',
      },
    )
  }
}

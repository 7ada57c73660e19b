import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'
import { columnList, identifier, relation } from '../postgres/identifiers.ts'
import { withUserPath } from '../postgres/user-path.ts'
import type { TablePair } from '../transfer/inspect/inspection.ts'
import { namedAsItself, type StayRule, staysSql } from '../transfer/inspect/stay-rule.ts'
import { childrenOf, orphanCondition, parentsOf } from '../transfer/merge/orphans.ts'
import { sameKeySql } from '../transfer/merge/row-sql.ts'
import {
  areReadable,
  columnsFrom,
  copyColumns,
  inProbe,
  type OrphanSearch,
  PARENTS,
} from './count-orphans.ts'

const KEYS = { schema: 'pg_temp', name: 'mbsync_keys' }

/**
 * Counts the rows that a run leaves in the target, and whose parent it would remove: rows of a table outside the run, and rows that stay by
 * a rule of the profile. A parent that comes from the source, or stays, is there for them.
 * @returns undefined if the number cannot be known beforehand
 */
export async function countStayingOrphans(
  search: OrphanSearch,
  key: ForeignKey,
  { child, parent }: { readonly child: TablePair | undefined; readonly parent: TablePair },
): Promise<number | undefined> {
  // Rows from the source find their parents there, or rows that stay instead of these.
  if (child !== undefined && child.stays === undefined) return undefined
  if (parent.stays?.isWhole || parent.stays?.withoutSource) return undefined
  if (parent.stays?.except !== undefined || child?.stays?.except !== undefined) return undefined
  const parents = columnsFrom(search, key.parentOid, key.parentColumns)
  const childKey = child?.stays?.withoutSource ? child.target.key : undefined
  const keys =
    childKey &&
    columnsFrom(
      search,
      key.childOid,
      childKey.columns.map(({ name }) => name),
    )
  const lacksKeys = child?.stays?.withoutSource === true && keys === undefined
  if (parents === undefined || lacksKeys || !(await areReadable(search, [key.childOid, key.parentOid])))
    return undefined
  const { session } = search
  return inProbe(search, async () => {
    const place = await copyColumns(search, parents, PARENTS)
    if (keys !== undefined) await copyColumns(search, keys, KEYS)
    return withUserPath(session, 'reading', async () => {
      if (parent.stays?.condition !== undefined) {
        const kept = namedAsItself(parentsOf(key), key.parent)
        await session.execute(
          `INSERT INTO ${place} SELECT ${columnList(key.parentColumns)} FROM ${kept} WHERE ${staysSql(parent.stays.condition)}`,
        )
      }
      const known = childKey && isKnownSql(childKey, key)
      const rows = namedAsItself(childrenOf(key), key.child)
      const staying = `SELECT * FROM ${rows} WHERE ${child?.stays === undefined ? 'true' : stayingSql(child.stays, known)}`
      const { n } = await session.queryOne<{ n: number }>(
        `SELECT pg_catalog.count(*)::float8 AS n FROM (${staying}) AS child WHERE ${orphanCondition(key, place)}`,
      )
      return n
    })
  })
}

function isKnownSql(childKey: NonNullable<TablePair['target']['key']>, { child }: ForeignKey): string {
  return `EXISTS (SELECT FROM ${relation(KEYS)} AS mbsync_key WHERE ${sameKeySql(childKey, identifier(child.name), 'mbsync_key')})`
}

function stayingSql({ condition, withoutSource }: StayRule, isKnown: string | undefined): string {
  const rules = [
    ...(condition === undefined ? [] : [staysSql(condition)]),
    ...(withoutSource && isKnown !== undefined ? [`NOT ${isKnown}`] : []),
  ]
  return rules.map((rule) => `(${rule})`).join(' OR ')
}

import { TableMap } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { LiveForeignKey, LiveTable } from '../inspect/inspect-source.ts'
import { orphanCondition } from '../merge/orphans.ts'
import { selectSql } from './copy-sql.ts'
import type { LiveSource } from './live-source.ts'
import type { LivePart } from './plan-parts.ts'

/** A foreign key to a table of which a condition leaves out rows. */
export interface BrokenKey {
  readonly key: LiveForeignKey
  readonly child: LiveTable
  /** Whether rows refer to such rows; if not, that could not be found out, as a query would run code of users. */
  readonly isBroken: boolean
}

/** The foreign keys that the selected rows may violate, although the source keeps them: a condition leaves out rows of the parent. */
export async function findBrokenKeys(source: LiveSource): Promise<BrokenKey[]> {
  const tables = new TableMap(source.catalog.tables.map((table) => [table.name, table]))
  const found: BrokenKey[] = []
  for (const key of source.catalog.foreignKeys) {
    const [child, parent] = [tables.get(key.childTable), tables.get(key.parentTable)]
    if (!key.isEnforced || !key.isValid || child === undefined || parent?.where === undefined) continue
    const isBroken = await hasOrphans(source, key)
    if (isBroken !== false) found.push({ key, child, isBroken: isBroken === true })
  }
  return found
}

/** Undefined where it cannot be asked. */
async function hasOrphans(source: LiveSource, key: LiveForeignKey): Promise<boolean | undefined> {
  const { guard, sessions } = source
  const isOwnCode = !key.comparisons.every(({ operator }) => /^OPERATOR\("?pg_catalog"?\./.test(operator))
  if (isOwnCode || [key.childTable, key.parentTable].some((name) => guard.whyOnlyCopied(name) !== undefined))
    return undefined
  const children = partsOf(source, key.childTable, { only: key.child, columns: key.childColumns })
  const parents = partsOf(source, key.parentTable, { only: key.parent, columns: key.parentColumns })
  if (children.length === 0 || parents.length === 0) return undefined
  const names = [...children, ...parents].map(({ partition }) => partition.name)
  return source.withSession((session) =>
    sessions.reading(session, names, async (reader) => {
      await guard.prepare(reader, ...children, ...parents)
      const { found } = await reader.queryOne<{ found: boolean }>(
        `SELECT EXISTS (SELECT FROM ${rowsOf(children)} AS child WHERE ${orphanCondition(key, rowsOf(parents))}) AS found`,
      )
      return found
    }),
  )
}

/** Each partition once: all of a table, or the one that the key is of. None, where that has partitions itself. */
function partsOf(
  { planColumns }: LiveSource,
  table: TableName,
  { only, columns }: { readonly only: TableName; readonly columns: readonly string[] },
): LivePart[] {
  const parts = planColumns?.(table, columns) ?? []
  const own = isSameTable(table, only)
    ? parts
    : parts.filter((part) => isSameTable(part.partition.name, only))
  const byPartition = new Map(own.map((part) => [part.partition.oid, { ...part, pages: undefined }]))
  return [...byPartition.values()]
}

function rowsOf(parts: readonly LivePart[]): string {
  return `(${parts.map(selectSql).join(' UNION ALL ')})`
}

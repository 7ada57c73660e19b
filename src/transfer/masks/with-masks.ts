import { TableMap } from '../../core/table-map.ts'
import { isSameTable, type TableName } from '../../core/table-name.ts'
import type { SourceMark } from '../../core/watermark.ts'
import type { Session } from '../../postgres/session.ts'
import type { LiveCatalog, LiveTable } from '../inspect/inspect-source.ts'
import type { Selection } from '../inspect/inspection.ts'
import type { WantedMask } from './mask-groups.ts'
import { digestOfMask, digestOfMasks } from './mask-keys.ts'
import { readCalledFunctions } from './read-called-functions.ts'
import { readMaskFacts } from './read-mask-facts.ts'
import { type ResolvedMasks, resolveMasks } from './resolve-masks.ts'

/** A catalog that knows where columns are stored, and whose tables know their masks, and the resolved masks. `session` must hold its snapshot. */
export async function withMasks(
  session: Session,
  selection: Selection,
  found: LiveCatalog,
  mark: ColumnHome,
): Promise<{ readonly masked: LiveCatalog; readonly resolved: ResolvedMasks }> {
  const { rules = [], key } = selection.masks ?? {}
  const catalog = { ...found, placesOf: placesIn(found.tables, mark) }
  if (rules.length === 0)
    return { masked: catalog, resolved: { tables: new TableMap(), wanted: [], findings: [] } }
  const oids = catalog.tables.flatMap(({ partitions }) => partitions.map(({ oid }) => oid))
  const resolved = resolveMasks(selection, catalog, await readMaskFacts(session, oids))
  const functions = await readCalledFunctions(session, rules)
  const tables = catalog.tables.map((table) => {
    const masks = resolved.tables.get(table.name)
    if (masks === undefined) return table
    const usedKey = masks.settings.size === 0 ? undefined : key
    const own = resolved.wanted.filter((each) => isSameTable(each.table, table.name))
    const expressions = [...masks.expressions].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      ...table,
      masks,
      masked: new Set(masks.expressions.keys()),
      unproven: new Set(own.flatMap(({ column, mask }) => (mask.allow.length > 0 ? column : []))),
      maskDigests: digestsOf(own, functions.get(table.name) ?? [], usedKey),
      masksDigest: digestOfMasks([...expressions, ...(functions.get(table.name) ?? [])], usedKey),
    }
  })
  return { masked: { ...catalog, tables }, resolved }
}

function digestsOf(
  own: readonly WantedMask[],
  functions: readonly string[],
  key: string | undefined,
): Map<string, string> {
  return new Map(
    own.map(({ column, mask }) => {
      const called = mask.kind === 'sql' || mask.where !== undefined ? functions : []
      return [column, digestOfMask(mask, called, key)]
    }),
  )
}

/** The database that stores columns. */
type ColumnHome = Pick<SourceMark, 'systemIdentifier' | 'databaseOid'>

/** Says of a column of one of these tables where it is stored: see {@link placesOf}. */
function placesIn(
  tables: readonly LiveTable[],
  mark: ColumnHome,
): (table: TableName, column: string) => readonly string[] {
  let byName: TableMap<LiveTable> | undefined
  return (name, column) => {
    byName ??= new TableMap(tables.map((table) => [table.name, table]))
    const table = byName.get(name)
    return table === undefined ? [] : placesOf(table, mark, column)
  }
}

/**
 * Where a column of a table is stored, in each of its partitions: texts that no other column of any database shares. They stay the same when the table or the
 * column is renamed, or a partition is detached.
 */
function placesOf(
  { partitions, columns, leftOut }: Pick<LiveTable, 'partitions' | 'columns' | 'leftOut'>,
  { systemIdentifier, databaseOid }: ColumnHome,
  column: string,
): string[] {
  const own = columns.find(({ name }) => name === column)
  if (own === undefined) return []
  const names = [...columns.map(({ name }) => name), ...leftOut].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  const index = names.indexOf(column)
  return partitions.map(
    ({ oid, columnNumbers }) =>
      `${systemIdentifier ?? ''}.${databaseOid}.${oid}.${columnNumbers?.[index] ?? own.number}`,
  )
}

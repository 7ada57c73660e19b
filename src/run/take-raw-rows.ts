import { type ReadonlyTableMap, TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { withUserPath } from '../postgres/user-path.ts'
import { type Bringer, readBringers } from '../state/bringers.ts'
import { stateOf } from '../state/migrate.ts'
import type { Inspection, TablePair } from '../transfer/inspect/inspection.ts'
import { isRawSql, type RawRows } from '../transfer/inspect/stay-rule.ts'
import { tableSql } from '../transfer/merge/row-sql.ts'
import type { RunOptions } from './run-plan.ts'
import { maskedColumnsOf } from './run-records.ts'

/** What is known of the rows of a table that has held values from before the masks. */
export interface BroughtRows {
  /** Rows that may hold such values: all that a run has brought with them. */
  readonly raw: RawRows
  /** Those of them that certainly came from the source; undefined for none. */
  readonly certain: RawRows | undefined
  /** Rows that no run is known to have written since: it is not known where their values came from. */
  readonly unknown: RawRows
}

/** Where the rows of pairs with masks came from, by the table of the target. Those are left out of which no run has brought values from before the masks. */
export async function readBrought(
  session: Session,
  inspection: Pick<Inspection, 'source' | 'pairs' | 'target'>,
  pairs: readonly TablePair[] = inspection.pairs,
): Promise<ReadonlyTableMap<BroughtRows>> {
  const masked = pairs.map(({ source, target }) => ({
    table: target.name,
    ...maskedColumnsOf(source, inspection.source),
    // An owner's merge puts back rows that stay where their parent is deleted and inserted again.
    parents: inspection.target.mode === 'owner' ? ancestorsOf(inspection, target.oid) : [],
  }))
  const found = masked.filter(({ columns }) => columns.length > 0)
  const bringers = await readBringers(session, found)
  return new TableMap(
    found.flatMap(({ table, columns }) => {
      const own = bringers.get(table)
      return own === undefined ? [] : [[table, broughtBy(own, columns)] as const]
    }),
  )
}

function broughtBy(bringers: readonly Bringer[], columns: readonly string[]): BroughtRows {
  const known = bringers.filter(({ isCertain }) => isCertain)
  const certain = known.filter(({ isRaw }) => isRaw)
  const written = (by: readonly Bringer[]) => ({ columns, xids: by.map(({ xid }) => xid), areTheirs: true })
  return {
    raw: written(bringers.filter(({ isRaw }) => isRaw)),
    certain: certain.length === 0 ? undefined : written(certain),
    unknown: { ...written(known), areTheirs: false },
  }
}

/** The tables of the run that a table refers to, directly or through others. */
function ancestorsOf(
  { pairs, target: { foreignKeys } }: Pick<Inspection, 'pairs' | 'target'>,
  oid: number,
): TableName[] {
  const tables = new Map(pairs.map(({ target }) => [target.oid, target.name]))
  const roots = new Map(
    pairs.flatMap(({ target }) => target.partitions.map((partition) => [partition.oid, target.oid])),
  )
  const found = new Set<number>()
  const reached = [oid]
  for (const child of reached)
    for (const { childOid, parentOid } of foreignKeys) {
      const parent = roots.get(parentOid) ?? parentOid
      if ((roots.get(childOid) ?? childOid) !== child || found.has(parent)) continue
      found.add(parent)
      reached.push(parent)
    }
  return [...found].flatMap((each) => tables.get(each) ?? [])
}

/**
 * Lets rows go that stay, and that a run has brought before the masks: they are compared with the source like all others. `isReadable` says whether a table may be
 * read before the merge; if it may not, its rows are taken to be there.
 */
export async function takeRawRows(
  session: Session,
  inspection: Inspection,
  { takesUnknown }: NonNullable<RunOptions['purge']>,
  isReadable: (pair: TablePair) => boolean,
): Promise<Inspection> {
  if ((await stateOf(session)) !== 'current') return inspection
  const staying = inspection.pairs.filter(({ stays }) => stays !== undefined)
  const all = await readBrought(session, inspection, staying)
  const pairs: TablePair[] = []
  for (const pair of inspection.pairs) {
    const brought = pair.stays && all.get(pair.target.name)
    const except = takesUnknown ? brought && unknownToo(brought) : brought?.certain
    const isThere = except && (!isReadable(pair) || (await countRows(session, pair, except)) > 0)
    pairs.push(isThere === true && pair.stays ? { ...pair, stays: { ...pair.stays, except } } : pair)
  }
  return { ...inspection, pairs }
}

/** All rows but those that a run is known to have brought masked. */
function unknownToo({ certain, unknown }: BroughtRows): RawRows {
  const raw = new Set(certain?.xids)
  return { ...unknown, xids: unknown.xids.filter((xid) => !raw.has(xid)) }
}

/** How many rows of the target are among these. */
export async function countRows(
  session: Session,
  { target }: Pick<TablePair, 'target'>,
  rows: RawRows,
): Promise<number> {
  const { n } = await withUserPath(session, 'reading', () =>
    session.queryOne<{ n: number }>(
      `SELECT pg_catalog.count(*)::pg_catalog.float8 AS n FROM ${tableSql(target)} AS t WHERE ${isRawSql(rows, 't')}`,
    ),
  )
  return n
}

import { pipeline } from 'node:stream/promises'
import { RefusedError } from '../../core/errors.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import type { Column, Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { storedColumns } from '../inspect/columns.ts'
import type { Inspection, TablePair } from '../inspect/inspection.ts'
import { isTable } from '../inspect/select-relations.ts'
import {
  isRawSql,
  namedAsItself,
  type RawRows,
  type StayRule,
  type StayRules,
  stayRuleOf,
  staysSql,
} from '../inspect/stay-rule.ts'
import type { MergeNames } from '../merge/merge-table.ts'
import { readOwners } from '../merge/read-owners.ts'
import { baseValue, tableSql } from '../merge/row-sql.ts'
import { landingEncoding, wireEncoding } from '../source/copy-sql.ts'
import { explainUnfit } from './explain-unfit.ts'

/** Rows of another database that stay, and have landed beside their table. */
export interface LandedStaying {
  /** If the table has a key, those of them that were put into it, in the end. */
  readonly landing: TableName
  /** Their new ctids. */
  readonly list: TableName
  /** The source rows that they replace. One is restored when its row no longer stays. */
  readonly replaced: TableName
  /** The columns that both tables have, by name. */
  readonly columns: readonly string[]
  /** Those of the rows that may hold values from before the masks; undefined if there can be none. */
  readonly raw?: LandedRaw | undefined
}

/** Rows that stay, or that the source has, too, and that may hold values from before the masks. */
export interface LandedRaw {
  /** Of the same form as `landing`; {@link WINS} is true for those that certainly came from the source. */
  readonly table: TableName
  /** Receives how many of them stay. Throws what refuses them. */
  readonly found: (counts: { readonly certain: number; readonly doubtful: number }) => void
}

/** Lands the rows of a pair that stay in the database of `to`, under names of its own; undefined if there is no such table. */
export type LandStaying = (
  to: Session,
  inspection: Inspection,
  pair: TablePair,
  names: MergeNames,
) => Promise<LandedStaying | undefined>

/** The table for source rows that are replaced by rows in `landing`. */
export function replacedName(landing: TableName): TableName {
  return { schema: landing.schema, name: `${landing.name}_source` }
}

/** The table for rows that may hold values from before the masks. */
function rawName(landing: TableName): TableName {
  return { schema: landing.schema, name: `${landing.name}_raw` }
}

/** Whether a row takes precedence over the source row with its key. Otherwise it is used only if the source has none. */
export const WINS = 'mbsync_wins'

/** The recipients of reports about what lands. */
export interface StayingEars {
  /** Columns with values in such rows that the new table lacks. */
  readonly lost: (table: TableName, columns: readonly string[]) => void
  readonly landed: (table: TableName, place: LandedStaying) => void
  /** Which rows of the old table may hold values from before the masks. */
  readonly rawOf: (
    inspection: Inspection,
    pair: TablePair,
  ) => Promise<(RawOrigin & Pick<LandedRaw, 'found'>) | undefined>
}

interface RawOrigin {
  readonly raw: RawRows
  readonly certain: RawRows | undefined
}

/** Lands rows of the database that a new one replaces. The selection decides which rows stay. */
export function landStayingFrom(
  from: Session,
  selection: StayRules,
  { lost, landed, rawOf }: StayingEars,
): LandStaying {
  return async (to, inspection, pair, { landing, staying: list }) => {
    const { target: table } = pair
    const rule = stayRuleOf(selection, table.name)
    const old = rule === undefined ? undefined : await findTable(from, table.name)
    if (rule === undefined || old === undefined) return undefined
    const there = new Set(old.columns.map(({ name }) => name))
    const columns = storedColumns(table).flatMap(({ name }) => (there.has(name) ? [name] : []))
    const names = columns.map((name) => `${identifier(name)}, `).join('')
    await expectSameTypes(from, old, rule, table, columns)
    // Without its domains, as in landing tables.
    const asBase = (column: Column) => `${baseValue('t', column)} AS ${identifier(column.name)}`
    const values = storedColumns(table).filter(({ name }) => there.has(name))
    const origin = await rawOf(inspection, pair)
    const raw = origin && { table: rawName(landing), found: origin.found }
    const place = { landing, columns, list, replaced: replacedName(landing), raw }
    const [rows, whole] = [tableSql(table), storedColumns(table).map(asBase).join(', ')]
    await to.defineFrom(
      `CREATE TABLE ${relation(landing)} AS SELECT ${values.map((column) => `${asBase(column)}, `).join('')}true AS ${WINS} FROM ${rows} AS t WITH NO DATA;
       CREATE TABLE ${relation(place.replaced)} AS SELECT ${whole} FROM ${rows} AS t WITH NO DATA;
       CREATE TABLE ${relation(list)} (toid oid, tid tid)`,
    )
    await to.define(`COMMENT ON TABLE ${relation(landing)} IS ${literal(JSON.stringify(table.name))}`)
    await copy(from, to, stayingSql(old, rule, names), place).catch((error: unknown) => {
      throw explainUnfit(error, table.name)
    })
    if (origin !== undefined && raw !== undefined) {
      await to.defineFrom(`CREATE TABLE ${relation(raw.table)} (LIKE ${relation(landing)})`)
      await copy(from, to, rawSql(old, rule, names, origin), { landing: raw.table, columns })
    }
    await to.execute(`ANALYZE ${relation(landing)}`)
    const own = storedColumns(old).flatMap(({ name }) => (columns.includes(name) ? [] : [name]))
    const filled = await findFilled(from, old, rule, own)
    if (filled.length > 0) lost(table.name, filled)
    landed(table.name, place)
    return place
  }
}

/** Copies the rows of a table that stay now into another table of the same form. */
export async function landAgain(
  from: Session,
  to: Session,
  selection: StayRules,
  name: TableName,
  place: Pick<LandedStaying, 'landing' | 'columns'>,
): Promise<void> {
  const rule = stayRuleOf(selection, name)
  const old = rule === undefined ? undefined : await findTable(from, name)
  if (rule === undefined || old === undefined) return
  await copy(
    from,
    to,
    stayingSql(old, rule, place.columns.map((each) => `${identifier(each)}, `).join('')),
    place,
  )
}

/** A value of another type may be another value, but rows that stay must not change. */
async function expectSameTypes(
  session: Session,
  old: Table,
  rule: StayRule,
  table: Pick<Table, 'name' | 'columns'>,
  columns: readonly string[],
): Promise<void> {
  const typeIn = (all: readonly Column[], wanted: string) => all.find(({ name }) => name === wanted)?.type
  const differ = columns.filter((name) => typeIn(old.columns, name) !== typeIn(table.columns, name))
  const [filled] = await findFilled(session, old, rule, differ)
  if (filled === undefined) return
  throw new RefusedError(
    `${displayName(table.name)}: column "${filled}" is ${typeIn(old.columns, filled)} in the target and ${typeIn(table.columns, filled)} in the source, and rows that stay have values in it`,
    {
      hint: 'The target is as it was. Give the column the same type on both sides, or write the target in place: `strategy: merge`.',
    },
  )
}

async function findTable(session: Session, name: TableName): Promise<Table | undefined> {
  const relations = await listRelations(session)
  const found = relations.find((each) => isTable(each) && isSameTable(each.name, name))
  if (found === undefined) return undefined
  const [table] = await readTables(session, [found.oid])
  if (table === undefined) return undefined
  const owners = await readOwners(session, [{ target: table, kept: [] }])
  const owner = owners.get(table.oid)
  if (owner?.hasCode === true) {
    throw new RefusedError(
      `${displayName(name)}: its rows cannot be read for a new database, because that would run code of role ${owner.role} with the rights of mbsync`,
      {
        hint: 'Nothing has changed. Name the role under `trust` of the database, or write the target in place: `strategy: merge`.',
      },
    )
  }
  return table
}

function stayingSql(table: Table, { condition = 'false', withoutSource }: StayRule, list: string): string {
  const stays = staysSql(condition)
  const from = namedAsItself(tableSql(table), table.name)
  return `SELECT ${list}${stays} AS ${WINS} FROM ${from}${withoutSource ? '' : ` WHERE ${stays}`}`
}

/** Those of the rows that may hold values from before the masks. */
function rawSql(
  table: Table,
  { condition = 'false', withoutSource }: StayRule,
  list: string,
  { raw, certain }: RawOrigin,
): string {
  const alias = identifier(table.name.name)
  const isCertain = certain === undefined ? 'false' : isRawSql(certain, alias)
  const stays = withoutSource ? '' : ` AND ${staysSql(condition)}`
  return `SELECT ${list}${isCertain} AS ${WINS} FROM ${namedAsItself(tableSql(table), table.name)} WHERE ${isRawSql(raw, alias)}${stays}`
}

/** Which of these columns have values in rows that stay. */
async function findFilled(
  session: Session,
  table: Table,
  rule: StayRule,
  columns: readonly string[],
): Promise<string[]> {
  if (columns.length === 0) return []
  const counts = columns.map((name, at) => `count(s.${identifier(name)})::float8 AS n${at}`)
  const list = `${columns.map(identifier).join(', ')}, `
  const found = await withUserPath(session, 'reading', () =>
    session.queryOne<Record<string, unknown>>(
      `SELECT ${counts.join(', ')} FROM (${stayingSql(table, rule, list)}) AS s`,
    ),
  )
  return columns.filter((_, at) => Number(found[`n${at}`]) > 0)
}

async function copy(
  from: Session,
  to: Session,
  select: string,
  place: Pick<LandedStaying, 'landing' | 'columns'>,
): Promise<void> {
  const wire = wireEncoding(await readEncoding(from))
  const encoding = landingEncoding(wire, await readEncoding(to))
  const columns = columnList([...place.columns, WINS])
  const out = `COPY (${select}) TO STDOUT WITH (FORMAT text, ENCODING ${literal(wire)})`
  const into = `COPY ${relation(place.landing)} (${columns}) FROM STDIN WITH (FORMAT text, ENCODING ${literal(encoding)})`
  await withUserPath(from, 'reading', () =>
    pipeline(from.copyOut(out), to.copyIn(into)).catch((error: unknown) => {
      throw to.explain(error)
    }),
  )
}

async function readEncoding(session: Session): Promise<string> {
  const { encoding } = await session.queryOne<{ encoding: string }>(
    `SELECT current_setting('server_encoding') AS encoding`,
  )
  return encoding
}

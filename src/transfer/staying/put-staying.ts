import type { TableName } from '../../core/table-name.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { copiedColumns, storedColumns } from '../inspect/columns.ts'
import type { TablePair } from '../inspect/inspection.ts'
import { changesSql } from '../merge/compare-sql.ts'
import { type MergeTable, mergeNames, mergeTable } from '../merge/merge-table.ts'
import { sameKeySql, targetSql } from '../merge/row-sql.ts'
import { explainUnfit } from './explain-unfit.ts'
import { type LandedRaw, type LandedStaying, WINS } from './land-staying.ts'
import { isListed, type StayingCounts } from './list-staying.ts'

/**
 * Puts the rows that stay into a table that has just been filled from the source. They take precedence over source rows with the same key.
 * Without a key, a row that the source has, too, is kept once.
 */
export async function putStaying(
  session: Session,
  pair: TablePair,
  landed: LandedStaying,
): Promise<StayingCounts> {
  const table = mergeTable({ ...pair, stays: undefined }, mergeNames(0, 0), 0, undefined)
  return withUserPath(session, 'reading', async () => {
    const counts =
      table.key === undefined
        ? await putByImage(session, pair, table, landed)
        : await putByKey(session, table, landed)
    if (landed.raw !== undefined) await countRaw(session, table, landed, landed.raw, counts.stays)
    return counts
  })
}

/** Of a table without a key, each row may be one of those that were put into it. */
async function countRaw(
  session: Session,
  { key }: MergeTable,
  { landing }: LandedStaying,
  { table, found }: LandedRaw,
  most: number,
): Promise<void> {
  const isPut =
    key === undefined
      ? 'true'
      : `EXISTS (SELECT FROM ${relation(landing)} AS l WHERE ${sameKeySql(key, 'r', 'l')})`
  const { certain, doubtful } = await session.queryOne<{ certain: number; doubtful: number }>(
    `SELECT (count(*) FILTER (WHERE r.${WINS}))::float8 AS certain, (count(*) FILTER (WHERE NOT r.${WINS}))::float8 AS doubtful
     FROM ${relation(table)} AS r WHERE ${isPut}`,
  )
  await session.define(`DROP TABLE ${relation(table)}`)
  found({ certain: Math.min(certain, most), doubtful: Math.min(doubtful, most) })
}

async function putByKey(session: Session, table: MergeTable, place: LandedStaying): Promise<StayingCounts> {
  const { key } = table
  if (key === undefined) throw new Error('A table without a key')
  const landing = relation(place.landing)
  const isSame = sameKeySql(key, 't', 'l')
  const names = storedColumns(table.target).map(({ name }) => name)
  const leftOut = await session.execute(
    `WITH replaced AS (DELETE FROM ${targetSql(table)} AS t USING ${landing} AS l WHERE l.${WINS} AND ${isSame} RETURNING ${columnList(names, 't.')})
     INSERT INTO ${relation(place.replaced)} (${columnList(names)}) SELECT ${columnList(names)} FROM replaced`,
  )
  await session.execute(
    `DELETE FROM ${landing} AS l WHERE NOT l.${WINS} AND EXISTS (SELECT FROM ${targetSql(table)} AS t WHERE ${isSame})`,
  )
  return { stays: await insert(session, table, place), leftOut }
}

async function putByImage(
  session: Session,
  pair: TablePair,
  table: MergeTable,
  place: LandedStaying,
): Promise<StayingCounts> {
  const shared = new Set(place.columns)
  const compared = copiedColumns(pair).filter(({ name }) => shared.has(name))
  const rows = { ...table.rows, table: place.landing }
  const changes = changesSql({ ...table, columns: compared, rows })
  const isNew = ` WHERE l.ctid IN (SELECT c.lid FROM (${changes}) AS c WHERE c.op = 'i')`
  return { stays: await insert(session, table, place, isNew), leftOut: 0 }
}

/** Inserts what has landed, and records the new positions. */
function insert(
  session: Session,
  { target }: MergeTable,
  { columns, landing, list }: LandedStaying,
  where = '',
): Promise<number> {
  const names = columns.length === 0 ? '' : ` (${columnList(columns)}) OVERRIDING SYSTEM VALUE`
  return session
    .execute(
      `WITH put AS (INSERT INTO ${relation(target.name)}${names} SELECT ${columnList(columns, 'l.')} FROM ${relation(landing)} AS l${where} RETURNING tableoid AS toid, ctid AS tid)
     INSERT INTO ${relation(list)} SELECT put.toid, put.tid FROM put`,
    )
    .catch((error: unknown) => {
      throw explainUnfit(error, target.name)
    })
}

/** The condition that a row was put into the table. */
export function isPutSql({ list }: Pick<LandedStaying, 'list'>, { name }: TableName): string {
  return `EXISTS (SELECT FROM ${relation(list)} AS s WHERE ${isListed(identifier(name))})`
}

import { columnList, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { copiedColumns } from '../inspect/columns.ts'
import type { TablePair } from '../inspect/inspection.ts'
import { changesSql } from '../merge/compare-sql.ts'
import { type MergeTable, mergeNames, mergeTable } from '../merge/merge-table.ts'
import { sameKeySql, targetSql } from '../merge/row-sql.ts'
import { type LandedStaying, WINS } from './land-staying.ts'
import type { StayingCounts } from './list-staying.ts'

/**
 * Puts the rows that stay beside those of the source, in a table that has just been filled with these: they win over rows with their keys. Without a key, a row
 * that the source has, too, is one and the same.
 */
export async function putStaying(
  session: Session,
  pair: TablePair,
  landed: LandedStaying,
): Promise<StayingCounts> {
  const table = mergeTable({ ...pair, stays: undefined }, mergeNames(0, 0), 0, undefined)
  return withUserPath(session, 'reading', () =>
    table.key === undefined ? putByImage(session, pair, table, landed) : putByKey(session, table, landed),
  )
}

async function putByKey(
  session: Session,
  table: MergeTable,
  { landing, columns }: LandedStaying,
): Promise<StayingCounts> {
  const { key } = table
  if (key === undefined) throw new Error('A table without a key')
  const leftOut = await session.execute(
    `DELETE FROM ${targetSql(table)} AS t USING ${relation(landing)} AS l WHERE l.${WINS} AND ${sameKeySql(key, 't', 'l')}`,
  )
  const isNew = `NOT EXISTS (SELECT FROM ${targetSql(table)} AS t WHERE ${sameKeySql(key, 't', 'l')})`
  const stays = await session.execute(`${insertSql(table, columns, landing)} WHERE l.${WINS} OR ${isNew}`)
  return { stays, leftOut }
}

async function putByImage(
  session: Session,
  pair: TablePair,
  table: MergeTable,
  { landing, columns }: LandedStaying,
): Promise<StayingCounts> {
  const shared = new Set(columns)
  const compared = copiedColumns(pair).filter(({ name }) => shared.has(name))
  const rows = { ...table.rows, table: landing }
  const changes = changesSql({ ...table, columns: compared, rows })
  const stays = await session.execute(
    `${insertSql(table, columns, landing)} WHERE l.ctid IN (SELECT c.lid FROM (${changes}) AS c WHERE c.op = 'i')`,
  )
  return { stays, leftOut: 0 }
}

function insertSql(
  { target }: MergeTable,
  columns: readonly string[],
  landing: LandedStaying['landing'],
): string {
  const list = columns.length === 0 ? '' : ` (${columnList(columns)}) OVERRIDING SYSTEM VALUE`
  return `INSERT INTO ${relation(target.name)}${list} SELECT ${columnList(columns, 'l.')} FROM ${relation(landing)} AS l`
}

import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { Step } from '../merge/apply-sql.ts'
import { listSql } from '../merge/change-list.ts'
import type { ComparedTable } from '../merge/merge-plan.ts'
import type { MergeTable, StayingRows } from '../merge/merge-table.ts'

/** A table in which an owner's merge puts back rows that stay, because their parents are deleted and inserted. */
type StayingTable = MergeTable & { readonly stays: StayingRows }

/** The tables of a merge for which this may happen. */
export function tablesPuttingBack(changed: readonly ComparedTable[]): StayingTable[] {
  return changed.flatMap(({ table, counts }) =>
    table.stays === undefined || counts.back === 0 ? [] : { ...table, stays: table.stays },
  )
}

/** The table that receives the new positions of such rows. */
export function backTable({ list }: StayingRows): StayingRows['list'] {
  return { schema: list.schema, name: `${list.name}_back` }
}

/**
 * Splits the step that puts back the rows of a table, to learn the new positions of those that stay.
 * @param insert the step for all of them; its rows are counted again
 */
export async function divideByStaying(session: Session, insert: Step): Promise<Step[]> {
  const { table } = insert
  if (table.stays === undefined) return [insert]
  const back = backTable(table.stays)
  await session.execute(
    `CREATE UNLOGGED TABLE ${relation(back)} (LIKE ${relation(table.stays.list)}) WITH (autovacuum_enabled = false)`,
  )
  const { list } = table.stays
  const isListed = (which: string) =>
    `EXISTS (SELECT FROM ${relation(list)} AS s WHERE s.tid OPERATOR(pg_catalog.=) c.tid AND s.toid OPERATOR(pg_catalog.=) c.toid${which})`
  const kinds = [
    { condition: isListed(' AND s."byRule"'), into: { list: back, byRule: true } },
    { condition: isListed(' AND NOT s."byRule"'), into: { list: back, byRule: false } },
    { condition: `NOT ${isListed('')}`, into: undefined },
  ]
  const steps: Step[] = []
  for (const { condition, into } of kinds) {
    const { n } = await session.queryOne<{ n: number }>(
      `SELECT pg_catalog.count(*)::pg_catalog.float8 AS n FROM ${listSql(table.changes)} AS c WHERE ${IS_PUT_BACK} AND ${condition}`,
    )
    const sql = `${insert.sql} AND ${condition}`
    if (n > 0) steps.push({ ...insert, sql, rows: n, ...(into === undefined ? {} : { into }) })
  }
  return steps
}

const IS_PUT_BACK = `c.op OPERATOR(pg_catalog.=) 'r'::pg_catalog."char" AND c.lid IS NULL`

/**
 * After these rows are back: the list of staying rows gets their new positions, and no rollback will overwrite what users change in them.
 */
export async function followPutBack(session: Session, tables: readonly StayingTable[]): Promise<void> {
  for (const { changes, undo, stays } of tables) {
    const list = relation(stays.list)
    await session.execute(
      `DELETE FROM ${relation(undo)} AS u USING ${list} AS s WHERE s.tid = u.mbsync_tid AND s.toid = u.mbsync_toid;
       DELETE FROM ${list} AS s USING ${listSql(changes)} AS c WHERE s.tid = c.tid AND s.toid = c.toid AND ${IS_PUT_BACK};
       INSERT INTO ${list} SELECT * FROM ${relation(backTable(stays))}; ANALYZE ${list}`,
    )
  }
}

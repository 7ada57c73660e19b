import type { Sequence, SequenceValue } from '../../postgres/catalog/read-sequences.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { NumberedColumn } from '../inspect/sequence-columns.ts'
import type { OwnerRights } from './owner-rights.ts'
import { tableSql } from './row-sql.ts'
import { furthest } from './sequence-position.ts'

/** The last number of a sequence that columns contain; for a descending sequence, the lowest. Undefined if they contain none. */
export async function readHighest(
  session: Session,
  rights: OwnerRights,
  columns: readonly NumberedColumn[],
  sequence: Pick<Sequence, 'increment' | 'minimum' | 'maximum'>,
): Promise<SequenceValue | undefined> {
  const aggregate = sequence.increment.startsWith('-') ? 'min' : 'max'
  const values: SequenceValue[] = []
  for (const { table, column } of columns) {
    const value = `t.${identifier(column.name)}::${column.baseType}`
    const select = `SELECT pg_catalog.${aggregate}(${value})::pg_catalog.int8 AS n FROM ${tableSql(table)} AS t
      WHERE ${value} OPERATOR(pg_catalog.>=) (${sequence.minimum})::pg_catalog.int8 AND ${value} OPERATOR(pg_catalog.<=) (${sequence.maximum})::pg_catalog.int8`
    const n = await rights.reading({ target: table })(select, ['n pg_catalog.int8'], async (sql) => {
      const row = await session.queryOne<{ n: string | null }>(
        `SELECT h.n::pg_catalog.text AS n FROM (${sql}) AS h`,
      )
      return row.n
    })
    if (n !== null) values.push({ lastValue: n, isCalled: true })
  }
  return furthest(values, sequence)
}

import type { TableName } from '../core/table-name.ts'
import type { Key } from '../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { type KeyRanges, keysInRangesSql } from './key-ranges.ts'
import { sameKeySql } from './merge/row-sql.ts'

/** Keys as one array for each of their columns, in the server's own binary form: they pass through with nothing to do for each of them. */
export type KeyArrays = readonly Buffer[]

/** The keys of `rows`, which are the rows of one table, in the ranges. Undefined if there are none. */
export async function readKeys(
  session: Session,
  rows: string,
  ranges: KeyRanges,
): Promise<KeyArrays | undefined> {
  // The form names the type of the values: another database knows that of a domain by another number.
  const arrays = ranges.columns.map(
    ({ name, baseType }, index) =>
      `array_send(array_agg(t.${identifier(name)}::${baseType})) AS column${index}`,
  )
  const columns = await session.queryOne<Record<string, Buffer | null>>(
    `SELECT ${arrays.join(', ')} FROM ${keysInRangesSql(ranges, rows, 't')}`,
  )
  const keys = Object.values(columns).flatMap((array) => array ?? [])
  return keys.length === 0 ? undefined : keys
}

/**
 * Adds to a table those keys of the target in the ranges which the source does not have.
 * @param rows the rows of the target
 * @param present the keys that the source has in the ranges
 */
export async function addGoneKeys(
  session: Session,
  place: TableName,
  rows: string,
  key: Key,
  ranges: KeyRanges,
  present: readonly KeyArrays[],
): Promise<void> {
  const names = columnList(ranges.columns.map(({ name }) => name))
  const keysOf = ({ columns }: KeyRanges, from: number) =>
    columns.map(({ baseType }, index) => `$${from + index + 1}::${baseType}[]`).join(', ')
  const isPresent = present.map(
    (keys, index) => `SELECT * FROM unnest(${keysOf(ranges, index * keys.length)}) AS k (${names})`,
  )
  const gone = `SELECT ${names} FROM ${keysInRangesSql(ranges, rows, 't')}`
  const isAbsent = `NOT EXISTS (SELECT FROM (${isPresent.join(' UNION ALL ')}) AS l WHERE ${sameKeySql(key, 't', 'l')})`
  await session.query(
    `INSERT INTO ${relation(place)} (${names}) ${gone} WHERE ${present.length === 0 ? 'true' : isAbsent}`,
    present.flat(),
  )
}

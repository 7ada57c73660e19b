import type pg from 'pg'
import type { Cluster } from '../../test/support/cluster.ts'
import { query, withClient } from '../servers.ts'
import { differSql, TWELVE_TABLES, twelveTablesRowsSql } from './twelve-tables.ts'

/** Tables with rows, in a database of the source. */
export interface Dataset {
  readonly database: string
  readonly title: string
  readonly createTables: (client: pg.Client) => Promise<void>
  readonly fill: (client: pg.Client) => Promise<void>
  /** Makes about so many percent of the rows of every table others; another round takes other rows. */
  readonly differ: (client: pg.Client, percent: number, round: number) => Promise<void>
}

/** Tables of all kinds; scale 1 is about 2 GB. */
export function twelveTables(scale: number): Dataset {
  return {
    database: 'twelve_tables',
    title: '12 tables, 16 secondary indexes',
    createTables: async (client) => void (await client.query(TWELVE_TABLES)),
    fill: async (client) => void (await client.query(twelveTablesRowsSql(scale))),
    differ: async (client, percent, round) => void (await client.query(differSql(percent, round))),
  }
}

const SMALL_TABLES = 10_000
const ROWS_OF_SMALL = 10
const TABLES_AT_ONCE = 250

/** 10,000 tables of ten rows at scale 1 and above, fewer below. */
export function smallTables(scale: number): Dataset {
  const count = Math.max(1, Math.round(SMALL_TABLES * Math.min(1, scale)))
  const forEach = async (client: pg.Client, sqlOf: (n: number) => string) => {
    for (let first = 0; first < count; first += TABLES_AT_ONCE) {
      const size = Math.min(TABLES_AT_ONCE, count - first)
      await client.query(Array.from({ length: size }, (_, index) => sqlOf(first + index)).join(';\n'))
    }
  }
  return {
    database: 'small_tables',
    title: `${count} tables of ${ROWS_OF_SMALL} rows`,
    createTables: (client) =>
      forEach(
        client,
        (n) =>
          `CREATE TABLE t${n} (id int PRIMARY KEY, name text NOT NULL, at timestamptz); CREATE INDEX ON t${n} (name)`,
      ),
    fill: (client) =>
      forEach(
        client,
        (n) =>
          `INSERT INTO t${n} SELECT i, md5((${n} + i)::text), now() FROM generate_series(1, ${ROWS_OF_SMALL}) i`,
      ),
    differ: (client, percent, round) =>
      forEach(
        client,
        (n) => `UPDATE t${n} SET name = name || '!' WHERE (id * 7919 + ${round}) % 1000 < ${percent * 10}`,
      ),
  }
}

/** Creates and fills the database of a dataset. */
export async function createDataset(source: Cluster, data: Dataset): Promise<void> {
  await query(source, `CREATE DATABASE ${data.database}`)
  await withClient(source.url(data.database), async (client) => {
    await data.createTables(client)
    await data.fill(client)
    await client.query('VACUUM (ANALYZE)')
  })
}

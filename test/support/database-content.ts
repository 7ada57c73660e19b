import type pg from 'pg'
import { expect } from 'vitest'

/** A fingerprint of every table of a database, by its name. */
export type Content = Readonly<Record<string, string>>

const PINS = `SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 3;
  SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET row_security = off; SET search_path = ''; SET client_encoding = 'UTF8'; SET statement_timeout = 0;
  SET quote_all_identifiers = off`

interface TableToRead {
  readonly name: string
  readonly only: string
  readonly columns: string[]
}

/**
 * Reads every user table as a count and two sums of 64-bit hashes over the text of its rows, columns in the order of their names:
 * independent of the order of rows and columns, and of mbsync. `columnsOf` narrows the columns, to leave out those of one side.
 */
export async function readContent(
  client: pg.Client,
  options: { readonly columnsOf?: ReadonlyMap<string, readonly string[]>; readonly physical?: boolean } = {},
): Promise<Content> {
  await client.query(PINS)
  const content: Record<string, string> = {}
  for (const table of await listTables(client)) {
    const wanted = options.columnsOf?.get(table.name)
    const columns = table.columns.filter((column) => wanted === undefined || wanted.includes(column))
    content[table.name] = await readTable(client, table, columns, options.physical ?? false)
  }
  return content
}

/** The columns of every user table, by its name. */
export async function readColumns(client: pg.Client): Promise<Map<string, string[]>> {
  await client.query(PINS)
  return new Map((await listTables(client)).map(({ name, columns }) => [name, columns]))
}

/** Where every sequence of the database stands. */
export async function readSequences(client: pg.Client): Promise<Content> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND n.nspname !~ '^(pg_|mbsync)'`,
  )
  const values: Record<string, string> = {}
  for (const { name } of rows) {
    const result = await client.query(
      `SELECT last_value::text || '/' || is_called::text AS value FROM ${name}`,
    )
    values[name] = result.rows[0].value
  }
  return values
}

/** Expects the columns that both databases have to hold the same rows in every table of the source. */
export async function expectSameContent(
  source: pg.Client,
  target: pg.Client,
  except: readonly string[] = [],
): Promise<void> {
  const columnsOf = await readColumns(source)
  const [expected, actual] = [await readContent(source), await readContent(target, { columnsOf })]
  const differing = Object.keys(expected).filter(
    (name) => !except.includes(name) && expected[name] !== actual[name],
  )
  expect(differing, 'tables whose content differs').toEqual([])
}

async function listTables(client: pg.Client): Promise<TableToRead[]> {
  const { rows } = await client.query<TableToRead>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
      format('%s %I.%I', CASE c.relkind WHEN 'r' THEN 'ONLY' ELSE '' END, n.nspname, c.relname) AS only,
      ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attname COLLATE "C") AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|mbsync)' AND n.nspname <> 'information_schema'
    ORDER BY 1`)
  return rows
}

async function readTable(
  client: pg.Client,
  table: TableToRead,
  columns: readonly string[],
  physical: boolean,
): Promise<string> {
  const names = columns.map((column) => `t."${column.replaceAll('"', '""')}"`)
  if (physical) names.push('t.ctid', 't.xmin', 't.tableoid')
  // A composite of all columns: ROW() takes more arguments than a function may.
  const image = `(ROW(${names.join(', ')})::text)`
  const { rows } = await client.query(
    `SELECT count(*)::text || ' ' || coalesce(sum(hashtextextended(image, 1)::numeric), 0)::text || ' '
       || coalesce(sum(hashtextextended(image, 2)::numeric), 0)::text AS value
     FROM (SELECT ${image} COLLATE "C" AS image FROM ${table.only} AS t) AS rows`,
  )
  return rows[0].value
}

import type { TableName } from '../../core/table-name.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import { readTriggers } from '../../postgres/catalog/read-triggers.ts'
import type { Key, Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { StayRules } from '../inspect/stay-rule.ts'
import { sameKeySql, tableSql } from '../merge/row-sql.ts'
import { firingTriggers, suspendTriggers } from '../merge/suspend-triggers.ts'
import { landAgain, WINS } from './land-staying.ts'

/** A table of a new database that has got rows of the old one: as they were then, and as they are now. */
interface RefreshedTable {
  readonly table: Table
  readonly columns: readonly string[]
  readonly then: TableName
  readonly now: TableName
}

/**
 * Gives the tables of a new database what users have made of the rows that stay since these were copied: by key, in one transaction. The tables of the old database
 * should be locked against writers.
 * @returns the tables without a key of which such rows have changed: they have those from before
 */
export async function refreshStaying(from: Session, to: Session, selection: StayRules): Promise<TableName[]> {
  const tables = await findLanded(to)
  if (tables.length === 0) return []
  return to.transaction('BEGIN', async () => {
    const changed: RefreshedTable[] = []
    const without: TableName[] = []
    for (const each of tables) {
      const { now, then, columns, table } = each
      await to.defineFrom(`CREATE TABLE ${relation(now)} (LIKE ${relation(then)})`)
      await landAgain(from, to, selection, table.name, { landing: now, columns })
      if (await isSame(to, each)) continue
      if (keyOf(each) === undefined) without.push(table.name)
      else changed.push(each)
    }
    if (changed.length > 0) await withUserPath(to, 'reading', () => writeChanges(to, changed))
    for (const { now } of tables) await to.define(`DROP TABLE ${relation(now)}`)
    return without
  })
}

/** What landed is known by its comment. */
async function findLanded(session: Session): Promise<RefreshedTable[]> {
  const rows = await session.query<{ name: string; of: string; columns: string[] }>(
    `SELECT c.relname::text AS name, obj_description(c.oid, 'pg_class') AS of,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attname <> $1 ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'mbsync_landing' AND c.relkind = 'r' AND obj_description(c.oid, 'pg_class') IS NOT NULL ORDER BY c.oid`,
    [WINS],
  )
  const found: RefreshedTable[] = []
  for (const { name, of, columns } of rows) {
    const { schema, name: own } = JSON.parse(of) as TableName
    const [place] = await session.query<{ oid: number }>(
      `SELECT c.oid::int8::float8 AS oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
      [schema, own],
    )
    const [table] = place === undefined ? [] : await readTables(session, [place.oid])
    if (table === undefined) continue
    const then = { schema: 'mbsync_landing', name }
    found.push({ table, columns, then, now: { schema: 'mbsync_landing', name: `${name}_now` } })
  }
  return found
}

function keyOf({ table: { key }, columns }: RefreshedTable): Key | undefined {
  return key?.columns.every(({ name }) => columns.includes(name)) ? key : undefined
}

/** Rows that the new table has of the source are none of those that were put there; then neither side has them. */
async function isSame(session: Session, each: RefreshedTable): Promise<boolean> {
  const { table, then, now } = each
  const key = keyOf(each)
  if (key !== undefined)
    await withUserPath(session, 'reading', () =>
      session.execute(
        `DELETE FROM ${relation(now)} AS b WHERE NOT b.${WINS} AND EXISTS (SELECT FROM ${tableSql(table)} AS t WHERE ${sameKeySql(key, 't', 'b')})
           AND NOT EXISTS (SELECT FROM ${relation(then)} AS a WHERE ${sameKeySql(key, 'a', 'b')})`,
      ),
    )
  const sorted = (name: TableName) =>
    `(SELECT x::record AS image, row_number() OVER w - rank() OVER w AS n FROM ${relation(name)} AS x WINDOW w AS (ORDER BY x::record USING OPERATOR(pg_catalog.*<)))`
  const { same } = await session.queryOne<{ same: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM ${sorted(then)} AS a FULL JOIN ${sorted(now)} AS b ON a.image OPERATOR(pg_catalog.*=) b.image AND ROW(a.n)::record OPERATOR(pg_catalog.*=) ROW(b.n)::record
       WHERE a.n IS NULL OR b.n IS NULL) AS same`,
  )
  return same
}

/** As one statement, at whose end foreign keys are checked. */
async function writeChanges(session: Session, changed: readonly RefreshedTable[]): Promise<void> {
  const oids = changed.flatMap(({ table }) => table.partitions.map(({ oid }) => oid))
  const restoreTriggers = await suspendTriggers(
    session,
    firingTriggers(await readTriggers(session, oids), 'owner'),
  )
  const parts = changed.flatMap((each) => changesOf(each))
  const named = parts.map((sql, at) => `part_${at} AS (${sql} RETURNING 1)`)
  await session.execute(`WITH ${named.join(',\n')} SELECT 1`)
  await restoreTriggers()
  for (const { then, now } of changed)
    await session.execute(
      `DELETE FROM ${relation(then)}; INSERT INTO ${relation(then)} SELECT * FROM ${relation(now)}`,
    )
}

/** No row is in two of them. */
function changesOf(each: RefreshedTable): string[] {
  const { table, columns, then: before, now: after } = each
  const key = keyOf(each)
  if (key === undefined) return []
  const [target, then, now] = [tableSql(table), relation(before), relation(after)]
  const images = (alias: string) => `ROW(${columnList(columns, `${alias}.`)})::record`
  const isAsBefore = `EXISTS (SELECT FROM ${then} AS a WHERE ${sameKeySql(key, 'a', 'b')} AND ${images('a')} OPERATOR(pg_catalog.*=) ${images('b')})`
  const keys = new Set(key.columns.map(({ name }) => name))
  const isSettable = new Set(
    table.columns.flatMap(({ name, identity }) => (identity === 'always' || keys.has(name) ? [] : [name])),
  )
  const set = columns
    .filter((name) => isSettable.has(name))
    .map((name) => `${identifier(name)} = b.${identifier(name)}`)
  return [
    `DELETE FROM ${target} AS t USING ${then} AS a WHERE ${sameKeySql(key, 't', 'a')} AND NOT EXISTS (SELECT FROM ${now} AS b WHERE ${sameKeySql(key, 'a', 'b')})`,
    ...(set.length === 0
      ? []
      : [
          `UPDATE ${target} AS t SET ${set.join(', ')} FROM ${now} AS b WHERE ${sameKeySql(key, 't', 'b')} AND NOT ${isAsBefore}`,
        ]),
    `INSERT INTO ${relation(table.name)} (${columnList(columns)}) OVERRIDING SYSTEM VALUE SELECT ${columnList(columns, 'b.')} FROM ${now} AS b
       WHERE NOT EXISTS (SELECT FROM ${target} AS t WHERE ${sameKeySql(key, 't', 'b')}) AND NOT ${isAsBefore}`,
  ]
}

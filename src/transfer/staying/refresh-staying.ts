import type { TableName } from '../../core/table-name.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readTables } from '../../postgres/catalog/read-tables.ts'
import { readTriggers } from '../../postgres/catalog/read-triggers.ts'
import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { storedColumns } from '../inspect/columns.ts'
import type { StayRules } from '../inspect/stay-rule.ts'
import type { ChangedTable } from '../merge/finish.ts'
import { differsSql, sameKeySql, tableSql } from '../merge/row-sql.ts'
import { firingTriggers, suspendTriggers } from '../merge/suspend-triggers.ts'
import { type LandedStaying, landAgain, replacedName, WINS } from './land-staying.ts'

/** The result for tables whose rows stay. */
export interface Refreshed {
  /** The tables without a key in which such rows have changed. They keep the earlier rows. */
  readonly left: readonly TableName[]
  readonly changed: readonly ChangedTable[]
}

/** The changes of users cannot be copied, because rows that stay would be lost. */
export class StayingHarmedError extends Error {}

/**
 * Copies to a new database what users have changed in rows that stay, since these were copied: by key, in one transaction. If a row no
 * longer stays, the source row is restored. The tables of the old database should be locked against writers.
 * @throws StayingHarmedError if the action of a foreign key would change rows that stay
 */
export async function refreshStaying(from: Session, to: Session, selection: StayRules): Promise<Refreshed> {
  const tables = await findLanded(to)
  if (tables.length === 0) return { left: [], changed: [] }
  return to.transaction('BEGIN', async () => {
    const changed: RefreshedTable[] = []
    const left: TableName[] = []
    for (const each of tables) {
      const { now, landing, columns, table } = each
      await to.defineFrom(`CREATE TABLE ${relation(now)} (LIKE ${relation(landing)})`)
      await landAgain(from, to, selection, table.name, { landing: now, columns })
      if (await isSame(to, each)) continue
      if (keyOf(each) === undefined) left.push(table.name)
      else changed.push(each)
    }
    const written =
      changed.length === 0 ? [] : await withUserPath(to, 'reading', () => writeChanges(to, changed, tables))
    for (const { now } of tables) await to.define(`DROP TABLE ${relation(now)}`)
    return { left, changed: written }
  })
}

/** Landing tables are identified by their comment. */
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
    const landing = { schema: 'mbsync_landing', name }
    const now = { schema: 'mbsync_landing', name: `${name}_now` }
    found.push({ table, columns, landing, replaced: replacedName(landing), now })
  }
  return found
}

/** Leaves out rows that the new table has from the source, because they are not among the rows that were put there. */
async function isSame(session: Session, each: RefreshedTable): Promise<boolean> {
  const { table, landing: then, now, replaced } = each
  const key = keyOf(each)
  if (key !== undefined)
    await withUserPath(session, 'reading', () =>
      session.execute(
        `DELETE FROM ${relation(now)} AS b WHERE NOT b.${WINS} AND (EXISTS (SELECT FROM ${relation(replaced)} AS r WHERE ${sameKeySql(key, 'r', 'b')})
           OR EXISTS (SELECT FROM ${tableSql(table)} AS t WHERE ${sameKeySql(key, 't', 'b')})
           AND NOT EXISTS (SELECT FROM ${relation(then)} AS a WHERE ${sameKeySql(key, 'a', 'b')}))`,
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

/** One statement, at whose end foreign keys are checked. */
async function writeChanges(
  session: Session,
  changed: readonly RefreshedTable[],
  all: readonly RefreshedTable[],
): Promise<ChangedTable[]> {
  const oids = changed.flatMap(({ table }) => table.partitions.map(({ oid }) => oid))
  const restoreTriggers = await suspendTriggers(
    session,
    firingTriggers(await readTriggers(session, oids), 'owner'),
  )
  const parts = changed.flatMap((each, of) => {
    const key = keyOf(each)
    return key === undefined ? [] : changesOf(each, key).map((sql) => ({ of, sql }))
  })
  const identities = changed.flatMap((each) => {
    const key = keyOf(each)
    return key === undefined ? [] : settingIdentities(each, key)
  })
  for (const sql of identities.flatMap(({ before }) => before)) await session.define(sql)
  const named = parts.map(({ sql }, at) => `part_${at} AS (${sql} RETURNING 1)`)
  const counts = changed.map((_, of) => {
    const own = parts.flatMap((part, at) => (part.of === of ? [`(SELECT count(*) FROM part_${at})`] : []))
    return `(${own.join(' + ')})::float8 AS n${of}`
  })
  const written = await session.queryOne<Record<string, number>>(
    `WITH ${named.join(',\n')} SELECT ${counts.join(', ')}`,
  )
  await expectUnharmed(session, oids, all)
  await restoreTriggers()
  for (const sql of identities.flatMap(({ after }) => after)) await session.define(sql)
  for (const { landing, now } of changed)
    await session.execute(
      `DELETE FROM ${relation(landing)}; INSERT INTO ${relation(landing)} SELECT * FROM ${relation(now)}`,
    )
  return changed.map(({ table }, of) => {
    const rows = table.partitions.reduce((sum, { estimatedRows }) => sum + Math.max(estimatedRows, 0), 0)
    return { table, share: Number(written[`n${of}`]) / Math.max(rows, 1) }
  })
}

/** Source rows keep their keys, so only rows that stay can refer to one that is deleted. */
async function expectUnharmed(
  session: Session,
  oids: readonly number[],
  all: readonly RefreshedTable[],
): Promise<void> {
  const acting = (await readForeignKeys(session, oids)).filter(
    ({ onDelete, parentOid }) => oids.includes(parentOid) && !['no action', 'restrict'].includes(onDelete),
  )
  if (acting.length === 0) return
  for (const each of all) {
    const key = keyOf(each)
    if (key === undefined) continue
    const { n } = await session.queryOne<{ n: number }>(countHarmed(each, key))
    if (n > 0) throw new StayingHarmedError('the action of a foreign key would change rows that stay')
  }
}

/** A table of a new database that received rows of the old one: as they were then, in `landing`, and as they are now. */
interface RefreshedTable extends Pick<LandedStaying, 'columns' | 'landing' | 'replaced'> {
  readonly table: Table
  readonly now: LandedStaying['landing']
}

/** The key of a table, if all its columns have landed. */
function keyOf({ table: { key }, columns }: RefreshedTable): Key | undefined {
  return key?.columns.every(({ name }) => columns.includes(name)) ? key : undefined
}

/**
 * The parts of one statement that makes the rows of a table what a run would make of them now. No row is in two of these: a source row is
 * restored, a row is deleted, a row that stays is changed, one replaces a source row, or one is new.
 */
function changesOf(each: RefreshedTable, key: Key): string[] {
  const { table, columns } = each
  const [target, then, now, replaced] = [
    tableSql(table),
    relation(each.landing),
    relation(each.now),
    relation(each.replaced),
  ]
  const hasKeyOf = (rows: string, alias: string, row: string) =>
    `EXISTS (SELECT FROM ${rows} AS ${alias} WHERE ${sameKeySql(key, alias, row)})`
  const images = (alias: string) => `ROW(${columnList(columns, `${alias}.`)})::record`
  const isAsBefore = `EXISTS (SELECT FROM ${then} AS a WHERE ${sameKeySql(key, 'a', 'b')} AND ${images('a')} OPERATOR(pg_catalog.*=) ${images('b')})`
  const all = storedColumns(table).map(({ name }) => name)
  const stays = `NOT ${hasKeyOf(now, 'b', 'a')}`
  const updates = (set: readonly string[], rest: string) =>
    set.length === 0 ? [] : [`UPDATE ${target} AS t SET ${set.join(', ')} ${rest}`]
  const settable = settableColumns(table, key)
  const from = (alias: string, of: readonly Column[]) =>
    of.map(({ name }) => `${identifier(name)} = ${alias}.${identifier(name)}`)
  const landed = settable.filter(({ name }) => columns.includes(name))
  const others = settable.filter(({ name }) => !columns.includes(name))
  const toDefaults = others.map(({ name }) => `${identifier(name)} = DEFAULT`)
  return [
    ...updates(
      from('r', settable),
      `FROM ${replaced} AS r JOIN ${then} AS a ON ${sameKeySql(key, 'a', 'r')} WHERE ${sameKeySql(key, 't', 'r')} AND ${stays}`,
    ),
    `DELETE FROM ${replaced} AS r USING ${then} AS a WHERE ${sameKeySql(key, 'a', 'r')} AND ${stays}`,
    `DELETE FROM ${target} AS t USING ${then} AS a WHERE ${sameKeySql(key, 't', 'a')} AND ${stays} AND NOT ${hasKeyOf(replaced, 'r', 'a')}`,
    ...updates(
      from('b', landed),
      `FROM ${now} AS b WHERE ${sameKeySql(key, 't', 'b')} AND ${hasKeyOf(then, 'a', 'b')} AND NOT ${isAsBefore}`,
    ),
    `INSERT INTO ${replaced} (${columnList(all)}) SELECT ${columnList(all, 't.')} FROM ${target} AS t JOIN ${now} AS b ON ${sameKeySql(key, 't', 'b')}
       WHERE NOT ${hasKeyOf(then, 'a', 'b')}`,
    ...updates(
      [...from('b', landed), ...toDefaults],
      `FROM ${now} AS b WHERE ${sameKeySql(key, 't', 'b')} AND NOT ${hasKeyOf(then, 'a', 'b')}`,
    ),
    `INSERT INTO ${relation(table.name)} (${columnList(columns)}) OVERRIDING SYSTEM VALUE SELECT ${columnList(columns, 'b.')} FROM ${now} AS b
       WHERE NOT ${hasKeyOf(target, 't', 'b')} AND NOT ${isAsBefore}`,
  ]
}

/** Columns that get other values. For identities that are always generated, see {@link settingIdentities}. */
function settableColumns(table: Table, key: Key): Column[] {
  const keys = new Set(key.columns.map(({ name }) => name))
  return storedColumns(table).filter(({ name }) => !keys.has(name))
}

/** Statements that let UPDATE set identities that are always generated, and statements that undo this. */
function settingIdentities({ table }: RefreshedTable, key: Key): { before: string[]; after: string[] } {
  const always = settableColumns(table, key).filter(({ identity }) => identity === 'always')
  const alter = (how: string) =>
    always.map(
      ({ name }) =>
        `ALTER TABLE ${relation(table.name)} ALTER COLUMN ${identifier(name)} SET GENERATED ${how}`,
    )
  return { before: alter('BY DEFAULT'), after: alter('ALWAYS') }
}

/** A query for the number `n` of staying rows that are not the same as in the old database. */
function countHarmed(each: RefreshedTable, key: Key): string {
  const columns = each.table.columns.filter(({ name }) => each.columns.includes(name))
  return `SELECT count(*)::float8 AS n FROM ${relation(each.now)} AS b
    WHERE NOT EXISTS (SELECT FROM ${tableSql(each.table)} AS t WHERE ${sameKeySql(key, 't', 'b')} AND NOT (${differsSql(columns, 't', 'b')}))`
}

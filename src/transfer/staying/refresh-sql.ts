import type { Column, Key, Table } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import { storedColumns } from '../inspect/columns.ts'
import { differsSql, sameKeySql, tableSql } from '../merge/row-sql.ts'
import type { LandedStaying } from './land-staying.ts'

/** A table of a new database that received rows of the old one: as they were then, in `landing`, and as they are now. */
export interface RefreshedTable extends Pick<LandedStaying, 'columns' | 'landing' | 'replaced'> {
  readonly table: Table
  readonly now: LandedStaying['landing']
}

/** The key of a table, if all its columns have landed. */
export function keyOf({ table: { key }, columns }: RefreshedTable): Key | undefined {
  return key?.columns.every(({ name }) => columns.includes(name)) ? key : undefined
}

/**
 * The parts of one statement that makes the rows of a table what a run would make of them now. No row is in two of these: a source row is
 * restored, a row is deleted, a row that stays is changed, one replaces a source row, or one is new.
 */
export function changesOf(each: RefreshedTable, key: Key): string[] {
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
export function settingIdentities(
  { table }: RefreshedTable,
  key: Key,
): { before: string[]; after: string[] } {
  const always = settableColumns(table, key).filter(({ identity }) => identity === 'always')
  const alter = (how: string) =>
    always.map(
      ({ name }) =>
        `ALTER TABLE ${relation(table.name)} ALTER COLUMN ${identifier(name)} SET GENERATED ${how}`,
    )
  return { before: alter('BY DEFAULT'), after: alter('ALWAYS') }
}

/** A query for the number `n` of staying rows that are not the same as in the old database. */
export function countHarmed(each: RefreshedTable, key: Key): string {
  const columns = each.table.columns.filter(({ name }) => each.columns.includes(name))
  return `SELECT count(*)::float8 AS n FROM ${relation(each.now)} AS b
    WHERE NOT EXISTS (SELECT FROM ${tableSql(each.table)} AS t WHERE ${sameKeySql(key, 't', 'b')} AND NOT (${differsSql(columns, 't', 'b')}))`
}

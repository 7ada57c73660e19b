import type { TableName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'

/** The change list of a table: a table of its own, a part of the list that small tables share, or none, if all wanted rows are inserts. */
export type ChangeList =
  | { readonly kind: 'own'; readonly table: TableName }
  | { readonly kind: 'shared'; readonly table: TableName; readonly root: number }
  | { readonly kind: 'all' }

/** The change list as a FROM item, with the columns `toid`, `tid`, `lid` and `op`. */
export function listSql(list: ChangeList): string {
  const place = relation(listTable(list))
  return list.kind === 'shared'
    ? `(SELECT toid, tid, lid, op FROM ${place} AS listed WHERE ${isOfList(list, 'listed')})`
    : place
}

/** The table that contains the list. */
export function listTable(list: ChangeList): TableName {
  if (list.kind === 'all') throw new Error('A table whose rows are all inserted has no change list')
  return list.table
}

/** The condition that a row of {@link listTable} belongs to the list. */
export function isOfList(list: ChangeList, alias: string): string {
  return list.kind === 'shared'
    ? `${alias}.root OPERATOR(pg_catalog.=) '${list.root}'::pg_catalog.oid`
    : 'true'
}

/** An INSERT into the list, which a SELECT of `toid, tid, lid, op` must follow. */
export function addToListSql(list: ChangeList, select: string): string {
  const table = listTable(list)
  return list.kind === 'shared'
    ? `INSERT INTO ${relation(table)} (root, toid, tid, lid, op) SELECT '${list.root}'::pg_catalog.oid, added.* FROM (${select}) AS added`
    : `INSERT INTO ${relation(table)} (toid, tid, lid, op) ${select}`
}

/** Creates the table for the lists of small tables. */
export function createSharedListSql(table: TableName): string {
  const name = relation(table)
  return `CREATE UNLOGGED TABLE IF NOT EXISTS ${name} (root oid NOT NULL, toid oid, tid tid, lid tid, op "char" NOT NULL) WITH (autovacuum_enabled = false);
CREATE INDEX IF NOT EXISTS ${identifier(`${table.name}_root`)} ON ${name} (root)`
}

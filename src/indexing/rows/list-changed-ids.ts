import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { DatabaseError, isOfConnection } from '../../postgres/explain-error.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { ChosenIds } from '../../state/documents.ts'
import type { SearchMark, TableRows } from '../../state/search-marks.ts'
import { readUndoSince } from '../../state/undo-since.ts'
import { withLinearPlans } from '../with-linear-plans.ts'
import type { ReadTable } from './analyse-query.ts'
import type { RowWatchOptions } from './row-watch-options.ts'

/** A table of a query that does not stand as it did. */
export interface ChangedTable {
  readonly table: ReadTable
  readonly before: TableRows
  /** Against the same mark. */
  readonly now: TableRows
}

/** With a larger share of the documents, the whole query takes no longer. */
const MOST_CHANGED = 0.3

/**
 * Lists the ids of all documents that rows which came or went since the mark take part in, or says why they are not known. Rows that came are
 * known by their transactions; those that went, by the documents that are left, or by what merges have kept of them.
 */
export async function listChangedIds(
  options: RowWatchOptions,
  mark: SearchMark,
  changed: readonly ChangedTable[],
): Promise<ChosenIds | string> {
  const { session, runId, collectionId, idColumn } = options
  if (idColumn === undefined) return 'rows of its tables have changed'
  const ids = { schema: 'mbsync_landing', name: `run_${runId}_ids_of_${collectionId}` }
  await session.define(`DROP TABLE IF EXISTS ${relation(ids)}`)
  await session.define(
    `CREATE UNLOGGED TABLE ${relation(ids)} (id text COLLATE "C") WITH (autovacuum_enabled = false)`,
  )
  for (const each of changed) {
    const key = keyOf(options, each.table)
    if (key === undefined)
      return `rows of ${displayName(each.table.name)} have changed, and neither the query nor \`keys\` shows which documents these are`
    const reason = await tryAddIds(options, mark, each, key, ids)
    if (reason !== undefined) return reason
  }
  const distinct = { ...ids, name: `${ids.name}_once` }
  await session.define(`DROP TABLE IF EXISTS ${relation(distinct)}`)
  await session.defineFrom(
    `CREATE UNLOGGED TABLE ${relation(distinct)} WITH (autovacuum_enabled = false) AS SELECT DISTINCT id FROM ${relation(ids)} WHERE id IS NOT NULL`,
  )
  await session.execute(`ANALYZE ${relation(distinct)}`)
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${relation(distinct)}`,
  )
  return n > mostOf(mark.documents)
    ? 'more than 30 % of them may have changed'
    : { table: distinct, count: n }
}

const FEW = 100

function mostOf(documents: number): number {
  return Math.max(FEW, documents * MOST_CHANGED)
}

function keyOf({ keys }: RowWatchOptions, { name, documentKey }: ReadTable): string | undefined {
  return keys.find(({ table }) => isSameTable(table, name))?.id ?? documentKey
}

/** The id that a key gives for each row (`mbsync_row`) of a relation that has the columns of a table. */
export function keyOfRowSql({ name }: TableName, key: string, from: string): string {
  return `SELECT (SELECT (${key}\n)::text FROM (SELECT mbsync_row.*) AS ${identifier(name)}) FROM ${from} AS mbsync_row`
}

/** A key is SQL of the user: it may fail over some rows, or over what merges have kept of them, which has no generated columns. */
async function tryAddIds(
  options: RowWatchOptions,
  mark: SearchMark,
  changed: ChangedTable,
  key: string,
  ids: TableName,
): Promise<string | undefined> {
  const { session } = options
  await session.execute('SAVEPOINT mbsync_keys')
  try {
    const reason = await addIds(options, mark, changed, key, ids)
    await session.execute('RELEASE SAVEPOINT mbsync_keys')
    return reason
  } catch (error) {
    if (!(error instanceof DatabaseError) || isOfConnection(error)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT mbsync_keys')
    const table = displayName(changed.table.name)
    return `the ids that \`keys\` give for ${table} could not be read from changed rows: ${error.message}`
  }
}

async function addIds(
  { session, collectionId }: RowWatchOptions,
  { snapshot, documents }: SearchMark,
  { table, before, now }: ChangedTable,
  key: string,
  ids: TableName,
): Promise<string | undefined> {
  const isYoung = `age(mbsync_row.xmin) <= ${ageOf(snapshot)}`
  const add = (from: string, condition: string) =>
    session.execute(`INSERT INTO ${relation(ids)} ${keyOfRowSql(table.name, key, from)} WHERE ${condition}`)
  let came = 0
  await withUserPath(session, 'reading', async () => {
    for (const { name } of table.partitions) came += await add(`ONLY ${relation(name)}`, isYoung)
  })
  // Rows that were young before may be among those that are young now: then it is not known how many have come.
  const missing = before.undated > 0 ? undefined : before.rows + now.undated - now.rows
  if (missing === 0) return undefined
  if (isOwnKey(table, key)) {
    // Each row that came with the key of a document stands for one that is missing: most often, these are all.
    const replaced = came > mostOf(documents) ? 0 : await countReplaced(session, collectionId, table, isYoung)
    if (replaced !== missing) await addDeleted(session, collectionId, table, ids)
    return undefined
  }
  const undo = await readUndoSince(session, table.name, snapshot)
  let known = 0
  for (const kept of undo) {
    const isOld = `mbsync_row.mbsync_op <> 'i' AND age(mbsync_row.mbsync_xmin) > ${ageOf(snapshot)}`
    known += await withUserPath(session, 'reading', () => add(relation(kept), isOld))
  }
  return known === missing
    ? undefined
    : `other sessions deleted or updated rows of ${displayName(table.name)}`
}

/**
 * Whether the id of a document is the key of the row: then the missing rows are the deleted documents. The key of a table that only says which
 * documents there are, or what is in them, has the same form, but without its row there may be a document that was not there before.
 */
function isOwnKey({ keyColumn, isKeyOfDocuments, partitions }: ReadTable, key: string): boolean {
  if (keyColumn === undefined || !isKeyOfDocuments || partitions.length !== 1) return false
  return key === identifier(keyColumn) || (key === keyColumn && /^[a-z_][a-z0-9_]*$/.test(key))
}

/** How many documents have the key of such a row. */
async function countReplaced(
  session: Session,
  collectionId: number,
  { name, keyColumn = '' }: ReadTable,
  isYoung: string,
): Promise<number> {
  const { n } = await withLinearPlans(session, () =>
    session.queryOne<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM mbsync.documents AS d
       WHERE d.collection_id = ${collectionId} AND d.id = ANY (ARRAY(
         SELECT mbsync_row.${identifier(keyColumn)}::text COLLATE "C" FROM ONLY ${relation(name)} AS mbsync_row WHERE ${isYoung}))`,
    ),
  )
  return n
}

async function addDeleted(
  session: Session,
  collectionId: number,
  { name, keyColumn = '' }: ReadTable,
  ids: TableName,
): Promise<void> {
  await withLinearPlans(session, () =>
    session.execute(
      `INSERT INTO ${relation(ids)} SELECT d.id FROM mbsync.documents AS d
       WHERE d.collection_id = ${collectionId} AND NOT EXISTS (
         SELECT FROM ONLY ${relation(name)} AS t WHERE t.${identifier(keyColumn)}::text COLLATE "C" = d.id)`,
    ),
  )
}

/** How far back the mark is, on the circle of 32-bit transaction ids. */
function ageOf(snapshot: string): string {
  return `(SELECT age((txid_snapshot_xmin(${literal(snapshot)}::txid_snapshot) & 4294967295)::text::xid))`
}

import { settledInOrder } from '../../core/settled-in-order.ts'
import type { TableName } from '../../core/table-name.ts'
import type { ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { MigrationHistory } from '../../postgres/catalog/migration-histories.ts'
import { namesOfRun } from '../../postgres/catalog/migration-outcomes.ts'
import type { TableCopy } from '../../postgres/copy-each.ts'
import { parseCopyText } from '../../postgres/copy-rows.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { batchesOf, tablesAtOnce } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'
import type { Selection } from './inspection.ts'
import { isSelected } from './select-relations.ts'

/** The migrations that a database has run, according to one table. Migrations that failed or were undone are not among them. */
export interface HistoryState {
  readonly table: TableName
  readonly tool: string
  readonly migrations: ReadonlySet<string>
}

/** Far more than any project has. Larger tables are not compared. */
const LARGEST_BYTES = 4 * 1024 * 1024

/**
 * Reads only the names of the migrations that a database has had, and whether they have run. It skips tables that are locked, large, or that
 * the role may not read. COPY of plain columns of built-in types plans nothing, and runs no code of users. The session must have no open
 * transaction.
 */
export async function readHistories(
  session: Session,
  selection: Selection,
  relations: readonly ListedRelation[],
): Promise<HistoryState[]> {
  const histories = relations.flatMap((each): NamedHistory[] => {
    const { oid, name: table, history, platform } = each
    // Histories of a host follow the host's versions. One that was selected explicitly is compared like any other table.
    const isLeftAlone = history !== undefined && platform === undefined && !isSelected(selection, each)
    return isLeftAlone && history.nameColumns.length > 0 ? [{ oid, table, ...history }] : []
  })
  if (histories.length === 0) return []
  const size = histories.length <= FEW ? FEW : await tablesAtOnce(session)
  const states: HistoryState[] = []
  for (const batch of batchesOf(histories, size)) states.push(...(await readTogether(session, batch)))
  return states
}

/** Any server has enough lock slots for this few tables. */
const FEW = 5

interface NamedHistory extends MigrationHistory {
  readonly oid: number
  readonly table: TableName
}

/**
 * Skips tables that a migration has locked, or has changed, and too large ones: the names are not worth a wait or a failure. Only in that case are the
 * tables read one by one to find out which it is.
 */
async function readTogether(session: Session, histories: readonly NamedHistory[]): Promise<HistoryState[]> {
  const read = await tryTogether(session, histories)
  if (read !== undefined) return read
  const states: HistoryState[] = []
  for (const each of histories.length === 1 ? [] : histories)
    states.push(...(await readTogether(session, [each])))
  return states
}

async function tryTogether(
  session: Session,
  histories: readonly NamedHistory[],
): Promise<HistoryState[] | undefined> {
  try {
    return await session.readingTransaction('BEGIN READ ONLY', async () => {
      const names = histories.map(({ table }) => `ONLY ${relation(table)}`)
      const [, plain] = await settledInOrder([
        session.execute(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE NOWAIT`),
        findPlain(session, histories),
      ])
      if (plain.length === 0) return []
      const copied = await session.copyOutEach(plain.map(copyNames))
      return copied?.flatMap(({ bytes }, at) => {
        const each = plain[at]
        return each === undefined ? [] : stateOf(each, parseCopyText(bytes))
      })
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.isConnectionLost) throw error
    return undefined
  }
}

function copyNames(history: NamedHistory): TableCopy {
  const { table } = history
  const columns = columnsOf(history).map(identifier).join(', ')
  return { table, sql: `COPY ${relation(table)} (${columns}) TO STDOUT` }
}

/** A column may say both, such as the version of a migration. */
function columnsOf({ nameColumns, outcomeColumns }: NamedHistory): string[] {
  return [...new Set([...nameColumns, ...outcomeColumns])]
}

async function findPlain(session: Session, histories: readonly NamedHistory[]): Promise<NamedHistory[]> {
  const columns = histories.flatMap((each) => columnsOf(each).map((name) => ({ oid: each.oid, name })))
  const rows = await session.query<{ oid: number }>(PLAIN_SQL, [
    histories.map(({ oid }) => oid),
    columns.map(({ oid }) => oid),
    columns.map(({ name }) => name),
    LARGEST_BYTES,
  ])
  const plain = new Set(rows.map(({ oid }) => oid))
  return histories.filter(({ oid }) => plain.has(oid))
}

const PLAIN_SQL = `
SELECT c.oid AS oid FROM pg_class c
WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'r' AND NOT row_security_active(c.oid) AND has_table_privilege(c.oid, 'SELECT')
  AND pg_table_size(c.oid) <= $4::int8 AND NOT EXISTS (
    SELECT FROM unnest($2::oid[], $3::text[]) AS w (oid, name)
    WHERE w.oid = c.oid AND NOT EXISTS (
      SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = c.oid AND a.attname = w.name AND NOT a.attisdropped AND a.attgenerated = ''
        AND t.typnamespace = 'pg_catalog'::regnamespace
    )
  )`

function stateOf(history: NamedHistory, rows: readonly (readonly (string | null)[])[]): HistoryState {
  const { table, tool, nameColumns } = history
  const columns = columnsOf(history).map((column) => column.toLowerCase())
  const named = rows.map((row) => ({
    name: row
      .slice(0, nameColumns.length)
      .map((value) => value ?? '')
      .join('.'),
    values: new Map(columns.map((column, at) => [column, row[at] ?? null])),
  }))
  return { table, tool, migrations: namesOfRun(tool, named) }
}

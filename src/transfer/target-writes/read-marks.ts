import { groupBy } from '../../core/group-by.ts'
import { settledInOrder } from '../../core/settled-in-order.ts'
import type { MarkedRows } from '../../core/watermark.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Database } from '../../postgres/database.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, STATEMENTS_AT_ONCE, tablesAtOnce } from '../../postgres/in-batches.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { namedAsItself, staysSql } from '../inspect/stay-rule.ts'
import { pageCondition } from '../source/copy-sql.ts'
import { cutIntoPieces, type PageRange, type Piece } from '../source/plan-parts.ts'
import { markedSql, NO_UNDATED_ROWS, readTablesAtMarks } from './foreign-writes.ts'

/** A table to read against some marks. */
export interface MarkRequest {
  readonly table: Table
  /** `txid_current_snapshot()` of each mark. */
  readonly snapshots: readonly string[]
  /** A condition for rows that do not count. */
  readonly except?: string | undefined
}

/** Reads pieces of tables, or returns `undefined` if it cannot now. */
type ReadPieces = (
  session: Session,
  tables: readonly Table[],
  read: () => Promise<MarkedRows[][]>,
) => Promise<MarkedRows[][] | undefined>

/** What to read against which marks, and on how many sessions. */
interface MarkReading {
  readonly jobs: number
  readonly requests: readonly MarkRequest[]
  readonly mergeXids: readonly string[]
  readonly readPieces?: ReadPieces
}

/** A piece of a request's table, and the index of the request. */
interface RequestedPiece {
  readonly piece: Piece
  readonly request: MarkRequest
  readonly index: number
}

/**
 * Reads tables against marks, piece by piece on up to `jobs` sessions, because `age()` prevents a parallel plan. Many small tables are read
 * at once, on the given session, because opening others takes longer.
 * @returns for each request, one reading per mark, in their order; undefined if a piece could not be read
 */
export async function readMarks(
  database: Database,
  session: Session,
  { jobs, requests, mergeXids, readPieces = (_, __, read) => read() }: MarkReading,
): Promise<(MarkedRows[] | undefined)[]> {
  const pieces = cutIntoPieces(
    requests.map(({ table }) => table),
    jobs,
    session.serverVersion,
  )
  const results = requests.map(({ snapshots }): MarkedRows[] | undefined => snapshots.map(() => NO_ROWS))
  const items = requests.flatMap((request, index) =>
    (pieces[index] ?? []).map((piece): RequestedPiece => ({ piece, request, index })),
  )
  if (items.length === 0) return results
  const readBatch = async (reader: Session, batch: readonly RequestedPiece[], how: ReadPieces) => {
    const wanted = batch.filter(({ index }) => results[index] !== undefined)
    const [first] = wanted
    if (first === undefined) return
    const tables = wanted.map(({ request }) => request.table)
    const from = wanted.map(({ piece: { partition, pages }, request }) =>
      countedSql(`ONLY ${relation(partition.name)}`, request, pages),
    )
    const read = await how(reader, tables, () =>
      readTablesAtMarks(reader, from, first.request.snapshots, mergeXids),
    )
    for (const [at, { index }] of wanted.entries())
      results[index] = read && results[index]?.map((marked, mark) => add(marked, read[at]?.[mark]))
  }
  const byMarks = groupBy(
    items.filter((item) => !isLarge(item)),
    ({ request }) => request.snapshots.join(' '),
  )
  const atOnce = await tablesAtOnce(session)
  const small = [...byMarks.values()].flatMap((own) => batchesOf(own, atOnce))
  await settledInOrder([
    small.length === 0
      ? Promise.resolve()
      : withUserPath(session, 'reading', async () => {
          for (const batches of batchesOf(small, STATEMENTS_AT_ONCE))
            await Promise.all(batches.map((batch) => readBatch(session, batch, readBriefly)))
        }),
    inParallel(database, jobs, items.filter(isLarge), (reader, item) =>
      readBatch(reader, [item], readPieces),
    ),
  ])
  return results
}

/** In a transaction, the locks of one batch are released before those of the next are taken. */
const readBriefly: ReadPieces = (session, _, read) => session.readBriefly(read)

/** A table with this few bytes takes less time to read than to ask about. */
const FEW_BYTES = 128 * 1024

function isLarge({ piece }: RequestedPiece): boolean {
  return piece.partition.bytes > FEW_BYTES
}

/** A FROM item without an alias: the rows of a relation of the table that count. */
export function countedSql(
  from: string,
  { table, except }: Pick<MarkRequest, 'table' | 'except'>,
  pages?: PageRange,
): string {
  const others = except === undefined ? '' : `NOT (${staysSql(except)})`
  const conditions = [pageCondition(pages), others].filter(Boolean)
  if (conditions.length === 0) return from
  return `(${markedSql(namedAsItself(from, table.name))} WHERE ${conditions.join(' AND ')})`
}

const NO_ROWS: MarkedRows = { rows: 0, undated: 0, fingerprint: NO_UNDATED_ROWS }

function add(a: MarkedRows, b: MarkedRows = NO_ROWS): MarkedRows {
  return {
    rows: a.rows + b.rows,
    undated: a.undated + b.undated,
    fingerprint: String(BigInt(a.fingerprint) + BigInt(b.fingerprint)),
  }
}

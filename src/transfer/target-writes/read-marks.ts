import { groupBy } from '../../core/group-by.ts'
import { settledInOrder } from '../../core/settled-in-order.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Database } from '../../postgres/database.ts'
import { relation } from '../../postgres/identifiers.ts'
import { batchesOf, tablesAtOnce } from '../../postgres/in-batches.ts'
import { inParallel } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { namedAsItself, staysSql } from '../inspect/stay-rule.ts'
import { pageCondition } from '../source/copy-sql.ts'
import { cutIntoPieces, type Piece } from '../source/plan-parts.ts'
import { type MarkedRows, markedSql, NO_UNDATED_ROWS, readTablesAtMarks } from './foreign-writes.ts'

/** A table to read against some marks. */
interface MarkRequest {
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

/** A piece of a request's table. */
interface RequestedPiece {
  readonly piece: Piece
  readonly index: number
}

/** What to read against which marks, and on how many sessions. */
interface MarkReading {
  readonly jobs: number
  readonly requests: readonly MarkRequest[]
  readonly mergeXids: readonly string[]
  readonly readPieces?: ReadPieces
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
  const items = pieces.flatMap((own, index) => own.map((piece) => ({ piece, index })))
  if (items.length === 0) return results
  const readBatch = async (reader: Session, batch: readonly RequestedPiece[], how: ReadPieces) => {
    const wanted = batch.filter(({ index }) => results[index] !== undefined)
    const tables = wanted.flatMap(({ index }) => requests[index]?.table ?? [])
    const { snapshots = [] } = requests[wanted[0]?.index ?? -1] ?? {}
    if (tables.length === 0) return
    const read = await how(reader, tables, () =>
      readTablesAtMarks(
        reader,
        wanted.map(({ piece, index }) => pieceSql(piece, requests[index])),
        snapshots,
        mergeXids,
      ),
    )
    for (const [at, { index }] of wanted.entries()) {
      const sum = results[index]
      results[index] =
        read === undefined ? undefined : sum?.map((marked, mark) => add(marked, read[at]?.[mark]))
    }
  }
  const small = togetherIfSmall(items, requests, await tablesAtOnce(session))
  await settledInOrder([
    small.length === 0
      ? Promise.resolve()
      : withUserPath(session, 'reading', async () => {
          await Promise.all(small.map((batch) => readBatch(session, batch, readBriefly)))
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

/** The small ones in batches, each with the same marks. */
function togetherIfSmall(
  items: readonly RequestedPiece[],
  requests: readonly MarkRequest[],
  atOnce: number,
): RequestedPiece[][] {
  const small = items.filter((item) => !isLarge(item))
  const byMarks = groupBy(small, ({ index }) => requests[index]?.snapshots.join(' '))
  return [...byMarks.values()].flatMap((own) => batchesOf(own, atOnce))
}

function pieceSql({ partition, pages }: Piece, request: MarkRequest | undefined): string {
  const conditions = [
    ...(pages === undefined ? [] : [pageCondition(pages)]),
    ...(request?.except === undefined ? [] : [`NOT (${staysSql(request.except)})`]),
  ]
  const from = `ONLY ${relation(partition.name)}`
  if (request === undefined || conditions.length === 0) return from
  return `(${markedSql(namedAsItself(from, request.table.name))} WHERE ${conditions.join(' AND ')})`
}

const NO_ROWS: MarkedRows = { rows: 0, undated: 0, fingerprint: NO_UNDATED_ROWS }

function add(a: MarkedRows, b: MarkedRows = NO_ROWS): MarkedRows {
  return {
    rows: a.rows + b.rows,
    undated: a.undated + b.undated,
    fingerprint: String(BigInt(a.fingerprint) + BigInt(b.fingerprint)),
  }
}

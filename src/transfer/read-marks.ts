import type { Table } from '../postgres/catalog/table.ts'
import type { Database } from '../postgres/database.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { pageCondition } from './copy-sql.ts'
import { type MarkedRows, NO_UNDATED_ROWS, readRowsAtMarks } from './foreign-writes.ts'
import { inParallel } from './in-parallel.ts'
import { cutIntoPieces, type Piece } from './plan-parts.ts'

/** A table whose rows are read against some marks. */
export interface MarkRequest {
  readonly table: Table
  /** `txid_current_snapshot()` of each mark. */
  readonly snapshots: readonly string[]
}

/** Reads a piece of a table, or tells with `undefined` that it cannot now. */
export type ReadPiece = (
  session: Session,
  table: Table,
  read: () => Promise<MarkedRows[]>,
) => Promise<MarkedRows[] | undefined>

/**
 * Reads tables against marks, piece by piece on up to `jobs` sessions: `age()` keeps the server from sharing the work out by itself.
 * @returns for each request one reading a mark, in their order; undefined where a piece could not be read
 */
export async function readMarks(
  database: Database,
  jobs: number,
  serverVersion: number,
  requests: readonly MarkRequest[],
  mergeXids: readonly string[],
  readPiece: ReadPiece = (_, __, read) => read(),
): Promise<(MarkedRows[] | undefined)[]> {
  const pieces = cutIntoPieces(
    requests.map(({ table }) => table),
    jobs,
    serverVersion,
  )
  const results = requests.map(({ snapshots }): MarkedRows[] | undefined => snapshots.map(() => NO_ROWS))
  const items = pieces.flatMap((own, index) => own.map((piece) => ({ piece, index })))
  await inParallel(database, jobs, items, async (session, { piece, index }) => {
    const request = requests[index]
    if (request === undefined || results[index] === undefined) return
    const { table, snapshots } = request
    const read = await readPiece(session, table, () =>
      readRowsAtMarks(session, pieceSql(piece), snapshots, mergeXids),
    )
    const sum = results[index]
    results[index] = read === undefined ? undefined : sum?.map((marked, mark) => add(marked, read[mark]))
  })
  return results
}

function pieceSql({ member, pages }: Piece): string {
  if (pages === undefined) return `ONLY ${relation(member.name)}`
  return `(SELECT tableoid, ctid, xmin FROM ONLY ${relation(member.name)} WHERE ${pageCondition(pages)})`
}

const NO_ROWS: MarkedRows = { rows: 0, undated: 0, fingerprint: NO_UNDATED_ROWS }

function add(a: MarkedRows, b: MarkedRows = NO_ROWS): MarkedRows {
  return {
    rows: a.rows + b.rows,
    undated: a.undated + b.undated,
    fingerprint: String(BigInt(a.fingerprint) + BigInt(b.fingerprint)),
  }
}

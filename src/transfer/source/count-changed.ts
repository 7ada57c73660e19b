import { batchesByWeight } from '../../core/batches-by-weight.ts'
import { groupBy } from '../../core/group-by.ts'
import { sum } from '../../core/sum.ts'
import { identifier, literal } from '../../postgres/identifiers.ts'
import { batchesOf } from '../../postgres/in-batches.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import type { SessionPool } from '../../postgres/session-pool.ts'
import { fromPart } from './copy-sql.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import { mayReadScans, readRowsSql, ScanCounts } from './scan-counts.ts'
import { changedSince, type SourceMark } from './watermark.ts'

/** 16 MB: the server keeps the ctids of all changed rows of a piece in memory before it reports how many there are. */
const PIECE_PAGES = 2048
/** Small pieces, which show how scans of a table can be counted. */
const SMALL_PIECE_PAGES = 256
/** If a piece has more changed rows, it is scanned again instead of being read by ctids. */
const MOST_CTIDS_OF_A_PIECE = 10_000
/** Each takes about 14 bytes in this process. */
const MOST_CTIDS = 500_000

/**
 * Settings for a transaction. The server then always uses a TID range scan for a piece of a much larger table. Parallel workers are not
 * used, because `age()` works only in the session's own process.
 */
const SCAN_SETTINGS = 'SET LOCAL seq_page_cost = 1; SET LOCAL random_page_cost = 1'

/** A table, given by its parts, and the watermark to compare with. */
export interface ChangeRequest {
  readonly parts: readonly LivePart[]
  readonly since: Pick<SourceMark, 'xmin'>
}

/** What has changed in a table. */
export interface ChangedTable {
  /** The number of its rows, under its condition if it has one. */
  readonly rows: number
  readonly changedRows: number
  /** Parts that contain only the changed rows. */
  readonly changedParts: readonly LivePart[]
}

/** What one piece of a part holds. */
interface CountedPiece {
  readonly piece: LivePart
  readonly rows: number
  readonly changed: number
  /** The ctids of the changed rows, as the text of a `tid[]`; null if there are too many. */
  readonly ctids: string | null
}

/**
 * Counts the rows of tables, and finds those that changed after the watermark, in one scan. While they are few, their ctids are remembered,
 * which stay true for the snapshot that the sessions share.
 */
export async function countChanged(
  sessions: SessionPool,
  guard: PlanGuard,
  requests: readonly ChangeRequest[],
): Promise<ChangedTable[]> {
  const counted = requests.map((): CountedPiece[] => [])
  const items = requests.flatMap(({ parts, since }, index) =>
    parts.flatMap(cutIntoSmallPieces).map((piece) => ({ piece, since, index })),
  )
  const scans = await openScanCounts(sessions, items)
  let ctidsLeft = MOST_CTIDS
  const countBatch = async (session: Session, batch: readonly PieceToCount[]) => {
    const partitions = batch.map(({ piece }) => piece.partition.name)
    const counts = await sessions.reading(session, partitions, async (reader) => {
      await guard.prepare(reader, ...batch.map(({ piece }) => piece))
      return countPieces(reader, batch, scans)
    })
    for (const [at, { piece, index }] of batch.entries()) {
      const count = counts[at]
      if (count === undefined) throw new Error('Every piece is counted')
      const { ctids, ...found } = count
      const isKept = ctids !== null && found.changed <= ctidsLeft
      if (isKept) ctidsLeft -= found.changed
      counted[index]?.push({ ...found, piece, ctids: isKept ? ctids : null })
    }
  }
  await overSessions(sessions, inTurns(items, sessions), async (session, batches) => {
    await Promise.all(batches.map((batch) => countBatch(session, batch)))
  })
  return requests.map(({ since }, index) => {
    const pieces = counted[index] ?? []
    return {
      rows: sum(pieces.map(({ rows }) => rows)),
      changedRows: sum(pieces.map(({ changed }) => changed)),
      changedParts: changedParts(pieces, since),
    }
  })
}

/** Undefined if no scan is large enough, or the role may not read what it has scanned. */
async function openScanCounts(
  sessions: SessionPool,
  items: readonly { readonly piece: LivePart }[],
): Promise<ScanCounts | undefined> {
  const [first] = sessions.all
  if (first === undefined || !items.some(({ piece }) => isOneOfMany(piece))) return undefined
  if (!(await mayReadScans(first))) return undefined
  await sessions.executeOnAll(SCAN_SETTINGS)
  return new ScanCounts()
}

/** Parts are not split if the server would scan the whole table for each piece. */
function cutIntoSmallPieces(part: LivePart): LivePart[] {
  const { pages, partition } = part
  if (pages === undefined) return [part]
  const pieces: LivePart[] = []
  const last = pages.end ?? Math.max(partition.pages, pages.first + 1)
  for (let first = pages.first; first < last; ) {
    const next = first + (first < PIECE_PAGES ? SMALL_PIECE_PAGES : PIECE_PAGES)
    pieces.push({ ...part, pages: { first, end: next < last ? next : pages.end } })
    first = next
  }
  return pieces
}

/** A piece to count, and the index of its request. */
interface PieceToCount {
  readonly piece: LivePart
  readonly since: ChangeRequest['since']
  readonly index: number
}

/** A table with this few pages takes less time to scan than to ask about. */
const FEW_PAGES = 16

/**
 * What a session counts in one turn, in batches. Many small tables share one statement. If the session holds all locks, it sends its share
 * of those statements at once. So the number of round trips does not depend on the number of tables.
 */
function inTurns(
  items: readonly PieceToCount[],
  { all, areLocked, tablesAtOnce }: SessionPool,
): PieceToCount[][][] {
  const isSmall = ({ piece }: PieceToCount) => piece.pages === undefined && piece.partition.pages <= FEW_PAGES
  const together = batchesOf(items.filter(isSmall), tablesAtOnce)
  return [
    ...items.filter((item) => !isSmall(item)).map((item) => [[item]]),
    ...batchesOf(together, areLocked ? Math.ceil(together.length / all.length) : 1),
  ]
}

type FoundInPiece = Omit<CountedPiece, 'piece'>

async function countPieces(
  session: Session,
  batch: readonly PieceToCount[],
  scans: ScanCounts | undefined,
): Promise<FoundInPiece[]> {
  const [only] = batch
  if (only !== undefined && batch.length === 1) return [await countPiece(session, only, scans)]
  const each = batch.map(({ piece, since }, at) => {
    const sql = countingSql(piece, changedSince(identifier(piece.table.name), since))
    return `SELECT ${at} AS at, counted.* FROM (${sql}) AS counted`
  })
  const rows = await session.query<FoundInPiece & { at: number }>(each.join('\nUNION ALL\n'))
  return rows.sort((a, b) => a.at - b.at).map(({ at: _, ...found }) => found)
}

async function countPiece(
  session: Session,
  { piece, since }: PieceToCount,
  scans: ScanCounts | undefined,
): Promise<FoundInPiece> {
  const changed = changedSince(identifier(piece.table.name), since)
  if (scans !== undefined && isOneOfMany(piece)) {
    const { oid } = piece.partition
    return scans.count(session, oid, (countsRows) =>
      session.queryOne<{ read: number; rows?: number; changed: number; ctids: string | null }>(
        countsRows ? countingSql(piece, changed, oid) : ctidsSql(piece, changed, oid),
      ),
    )
  }
  const isSmall = piece.pages !== undefined || piece.partition.pages <= PIECE_PAGES
  return session.queryOne(isSmall ? countingSql(piece, changed) : bareCountingSql(piece, changed))
}

/** With {@link SCAN_SETTINGS}, the server certainly scans only the pages of such a piece, and not the whole table. */
function isOneOfMany({ pages, where, partition }: LivePart): boolean {
  return pages !== undefined && where === undefined && partition.pages > 2 * PIECE_PAGES
}

function countingSql(piece: LivePart, changed: string, oid?: number): string {
  const ctids = `array_agg(${identifier(piece.table.name)}.ctid) FILTER (WHERE ${changed})`
  return withCtids(`SELECT count(*)::float8 AS rows, ${ctids} AS ctids ${fromPart(piece)}`, 'rows', oid)
}

/** Unchanged rows cost half as much as with {@link countingSql}. */
function ctidsSql(piece: LivePart, changed: string, oid: number): string {
  const ctids = `array_agg(${identifier(piece.table.name)}.ctid)`
  return withCtids(`SELECT ${ctids} AS ctids ${fromPart({ ...piece, filter: changed })}`, undefined, oid)
}

function withCtids(scan: string, rows: string | undefined, oid: number | undefined): string {
  const columns = [
    ...(rows === undefined ? [] : [rows]),
    'coalesce(cardinality(ctids), 0)::float8 AS changed',
    `CASE WHEN cardinality(ctids) <= ${MOST_CTIDS_OF_A_PIECE} THEN ctids::text END AS ctids`,
    ...(oid === undefined ? [] : [`${readRowsSql(oid)} AS read`]),
  ]
  return `SELECT ${columns.join(', ')} FROM (${scan}) AS scanned`
}

/** For this many rows, the ctids would take the server too much memory. */
function bareCountingSql(piece: LivePart, changed: string): string {
  return `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE ${changed}))::float8 AS changed, NULL AS ctids ${fromPart(piece)}`
}

/** If ctids are known, those of several pieces are read together. Other pieces are scanned again. */
function changedParts(pieces: readonly CountedPiece[], since: ChangeRequest['since']): LivePart[] {
  const parts = [...groupBy(pieces, ({ piece }) => piece.partition.oid).values()].flatMap((all) => {
    const rows = sum(all.map((counted) => counted.rows))
    const own = all.filter(({ changed }) => changed > 0)
    const known = own.filter(({ ctids }) => ctids !== null)
    const batches = batchesByWeight(known, MOST_CTIDS_OF_A_PIECE, ({ changed }) => changed)
    return [
      ...own.filter(({ ctids }) => ctids === null).map((piece) => readByScan(piece, rows, since)),
      ...batches.map((batch) => readByCtids(batch, rows)),
    ]
  })
  return parts.map((part, index) => ({ ...part, number: index + 1, of: parts.length }))
}

function readByScan(counted: CountedPiece, partitionRows: number, since: ChangeRequest['since']): LivePart {
  const { piece } = counted
  return {
    ...piece,
    ...estimate([counted], partitionRows),
    filter: changedSince(identifier(piece.table.name), since),
  }
}

/** All pieces belong to one partition. The rows at these ctids are known to meet the condition of the table. */
function readByCtids(pieces: readonly CountedPiece[], partitionRows: number): LivePart {
  const [first] = pieces
  if (first === undefined) throw new Error('A batch has a piece')
  const ctids = pieces.map((counted) => counted.ctids?.slice(1, -1)).join(',')
  return {
    ...first.piece,
    ...estimate(pieces, partitionRows),
    pages: undefined,
    where: undefined,
    filter: `${identifier(first.piece.table.name)}.ctid = ANY (${literal(`{${ctids}}`)}::tid[])`,
  }
}

/** A partition that was never analyzed has no estimate, but its rows have been counted. */
function estimate(
  pieces: readonly CountedPiece[],
  partitionRows: number,
): Pick<LivePart, 'estimatedRows' | 'isUncounted' | 'estimatedBytes'> {
  const rows = sum(pieces.map(({ changed }) => changed))
  const { bytes = 0, estimatedRows = 0 } = pieces[0]?.piece.partition ?? {}
  return {
    estimatedRows: rows,
    isUncounted: false,
    estimatedBytes: Math.round((rows * bytes) / Math.max(estimatedRows, partitionRows, 1)),
  }
}

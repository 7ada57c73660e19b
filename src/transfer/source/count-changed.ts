import { batchesByWeight } from '../../core/batches-by-weight.ts'
import { groupBy } from '../../core/group-by.ts'
import { sum } from '../../core/sum.ts'
import type { SourceMark } from '../../core/watermark.ts'
import { identifier } from '../../postgres/identifiers.ts'
import { batchesOf, STATEMENTS_AT_ONCE } from '../../postgres/in-batches.ts'
import { overSessions } from '../../postgres/in-parallel.ts'
import type { Session } from '../../postgres/session.ts'
import type { SessionPool } from '../../postgres/session-pool.ts'
import { atCtids, fromPart } from './copy-sql.ts'
import type { PlanGuard } from './plan-guard.ts'
import type { LivePart } from './plan-parts.ts'
import { changedSince } from './watermark.ts'

/** 16 MB: the server keeps the ctids of all changed rows of a piece in memory before it reports how many there are. */
const PIECE_PAGES = 2048
/** Small pieces, which show whether the server counts the rows of a table. */
const SMALL_PIECE_PAGES = 256
/** If a piece has more changed rows, it is scanned again instead of being read by ctids. */
const MOST_CTIDS_OF_A_PIECE = 10_000
/** Each takes about 14 bytes in this process. */
const MOST_CTIDS = 500_000

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

/** A piece to count, and the index of its request. */
interface PieceToCount {
  readonly piece: LivePart
  readonly since: ChangeRequest['since']
  readonly index: number
}

/** What one piece of a part holds. */
interface CountedPiece extends FoundInPiece {
  readonly piece: LivePart
}

type FoundInPiece = {
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
  const counted = requests.map((): CountedPiece[] | undefined => undefined)
  const items = requests.flatMap(({ parts, since }, index) =>
    parts.flatMap(cutIntoSmallPieces).map((piece) => ({ piece, since, index })),
  )
  const proofs = await openProofs(sessions, items)
  let ctidsLeft = MOST_CTIDS
  const countBatch = async (session: Session, batch: readonly PieceToCount[]) => {
    const partitions = batch.map(({ piece }) => piece.partition.name)
    const counts = await sessions.reading(session, partitions, async (reader) => {
      await guard.prepare(reader, ...batch.map(({ piece }) => piece))
      return countPieces(reader, batch, proofs)
    })
    for (const [at, { piece, index }] of batch.entries()) {
      const count = counts[at]
      if (count === undefined) throw new Error('Every piece is counted')
      const { rows, changed, ctids } = count
      const isKept = ctids !== null && changed <= ctidsLeft
      if (isKept) ctidsLeft -= changed
      // With a spread, V8 would make a hidden class for each object; and pushed onto an empty array, the first item would take room for 16 others.
      const found = { piece, rows, changed, ctids: isKept ? ctids : null }
      const own = counted[index]
      if (own === undefined) counted[index] = [found]
      else own.push(found)
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
      changedParts: pieces.some(({ changed }) => changed > 0) ? changedParts(pieces, since) : NO_PARTS,
    }
  })
}

const NO_PARTS: readonly LivePart[] = []

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

/** A table with this few pages takes less time to scan than to ask about. */
const FEW_PAGES = 16

/**
 * What a session counts in one turn, in batches. Many small tables share one statement. If the session holds all locks, it sends several
 * of those statements at once, so that hundreds of tables take no more round trips than a few.
 */
function inTurns(
  items: readonly PieceToCount[],
  { all, areLocked, tablesAtOnce }: SessionPool,
): PieceToCount[][][] {
  const isSmall = ({ piece }: PieceToCount) => piece.pages === undefined && piece.partition.pages <= FEW_PAGES
  const together = batchesOf(items.filter(isSmall), tablesAtOnce)
  return [
    ...items.filter((item) => !isSmall(item)).map((item) => [[item]]),
    ...batchesOf(
      together,
      areLocked ? Math.min(Math.ceil(together.length / all.length), STATEMENTS_AT_ONCE) : 1,
    ),
  ]
}

async function countPieces(
  session: Session,
  batch: readonly PieceToCount[],
  proofs: Proofs | undefined,
): Promise<FoundInPiece[]> {
  const [only] = batch
  if (only !== undefined && batch.length === 1)
    return proofs !== undefined && isOneOfMany(only)
      ? [await countByServer(session, only, proofs)]
      : session.query<FoundInPiece>(countingSql(only))
  const each = batch.map((item, at) => `SELECT ${at} AS at, counted.* FROM (${countingSql(item)}) AS counted`)
  const rows = await session.query<FoundInPiece & { at: number }>(each.join('\nUNION ALL\n'))
  return rows.sort((a, b) => a.at - b.at).map(({ at: _, ...found }) => found)
}

/** How many scans of a table, by its object id, have shown that the server counts its rows; minus infinity if one has shown that it does not. */
type Proofs = Map<number, number>

/** A single scan could give the same number because it has read all rows of the table. The other scans would then read them again. */
const ENOUGH_PROOFS = 2

/**
 * Settings for a transaction. The server then always uses a TID range scan for a piece of a much larger table. Parallel workers are not
 * used, because `age()` works only in the session's own process.
 */
const SCAN_SETTINGS = 'SET LOCAL seq_page_cost = 1; SET LOCAL random_page_cost = 1'

/** Undefined if no scan is large enough, or the role may not read what it has scanned; an administrator may have revoked that. */
async function openProofs(
  sessions: SessionPool,
  items: readonly PieceToCount[],
): Promise<Proofs | undefined> {
  const [first] = sessions.all
  if (first === undefined || !items.some(isOneOfMany)) return undefined
  const { allowed } = await first.queryOne<{ allowed: boolean }>(
    `SELECT has_function_privilege('pg_catalog.pg_stat_get_xact_tuples_returned(oid)', 'EXECUTE') AS allowed`,
  )
  if (!allowed) return undefined
  await sessions.executeOnAll(SCAN_SETTINGS)
  return new Map()
}

/** With {@link SCAN_SETTINGS}, the server certainly scans only the pages of such a piece, and not the whole table. */
function isOneOfMany({ piece: { pages, where, partition } }: PieceToCount): boolean {
  return pages !== undefined && where === undefined && partition.pages > 2 * PIECE_PAGES
}

/**
 * Asks the server how many rows a scan has read, because counting them one by one costs it as much as reading them. For its statistics, the
 * server counts what a session reads, exactly and at once. Whether this works is tested for each table: scans also count one by one, until
 * two that found rows have given the same number. If one has not, they count one by one for good.
 */
async function countByServer(session: Session, item: PieceToCount, proofs: Proofs): Promise<FoundInPiece> {
  const { oid } = item.piece.partition
  const isProven = (proofs.get(oid) ?? 0) >= ENOUGH_PROOFS
  const readRows = () =>
    session.queryOne<{ n: number }>(`SELECT pg_catalog.pg_stat_get_xact_tuples_returned(${oid})::float8 AS n`)
  // Sent together, so that the session reads nothing else in between.
  const [before, found, after] = await Promise.all([
    readRows(),
    session.queryOne<Omit<FoundInPiece, 'rows'> & { rows?: number }>(countingSql(item, isProven)),
    readRows(),
  ])
  const { rows = after.n - before.n } = found
  if (rows !== after.n - before.n) proofs.set(oid, Number.NEGATIVE_INFINITY)
  else if (rows > 0) proofs.set(oid, (proofs.get(oid) ?? 0) + 1)
  return { ...found, rows }
}

/** Counts the changed rows of a piece, and all its rows unless the server has counted these: unchanged rows then cost half as much. */
function countingSql({ piece, since }: PieceToCount, areCounted = false): string {
  const changed = changedSince(identifier(piece.table.name), since)
  // For more rows, the ctids would take the server too much memory.
  const keepsCtids = piece.pages !== undefined || piece.partition.pages <= PIECE_PAGES
  const found = keepsCtids ? `array_agg(${identifier(piece.table.name)}.ctid)` : 'count(*)::float8'
  const scan = areCounted
    ? `SELECT ${found} AS found ${fromPart({ ...piece, filter: changed })}`
    : `SELECT count(*)::float8 AS rows, ${found} FILTER (WHERE ${changed}) AS found ${fromPart(piece)}`
  const columns = [
    ...(areCounted ? [] : ['rows']),
    keepsCtids ? 'coalesce(cardinality(found), 0)::float8 AS changed' : 'found AS changed',
    keepsCtids
      ? `CASE WHEN cardinality(found) <= ${MOST_CTIDS_OF_A_PIECE} THEN found::text END AS ctids`
      : 'NULL AS ctids',
  ]
  return `SELECT ${columns.join(', ')} FROM (${scan}) AS scanned`
}

/** If ctids are known, those of several pieces are read together. Other pieces are scanned again. */
function changedParts(pieces: readonly CountedPiece[], since: ChangeRequest['since']): LivePart[] {
  const parts = [...groupBy(pieces, ({ piece }) => piece.partition.oid).values()].flatMap((all) => {
    const rows = sum(all.map((counted) => counted.rows))
    const own = all.filter(({ changed }) => changed > 0)
    const known = own.filter(({ ctids }) => ctids !== null)
    const batches = batchesByWeight(known, MOST_CTIDS_OF_A_PIECE, ({ changed }) => changed)
    return [
      ...own
        .filter(({ ctids }) => ctids === null)
        .map((counted) => {
          const { piece } = counted
          const filter = changedSince(identifier(piece.table.name), since)
          return { ...piece, ...estimate([counted], rows), filter }
        }),
      ...batches.flatMap((batch) => {
        const ctids = batch.map((counted) => counted.ctids?.slice(1, -1)).join(',')
        return batch
          .slice(0, 1)
          .map(({ piece }) => atCtids({ ...piece, ...estimate(batch, rows) }, `{${ctids}}`))
      }),
    ]
  })
  return parts.map((part, index) => ({ ...part, number: index + 1, of: parts.length }))
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

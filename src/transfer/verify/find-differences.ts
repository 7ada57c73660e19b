import { batchesByWeight } from '../../core/batches-by-weight.ts'
import type { Session } from '../../postgres/session.ts'
import type { LivePart } from '../source/plan-parts.ts'
import type { BucketDifference } from './bucket-sums.ts'
import { type Hashing, hashedSql, keyBytesSql, rowTextsSql } from './row-hashes.ts'

/** A row that is not the same on both sides. */
export interface Difference {
  readonly kind: 'missing' | 'extra' | 'changed'
  /** The key as PostgreSQL prints a row, such as `(42)`, with escapes for bytes that are not text; undefined for rows without a key. */
  readonly key: string | undefined
}

/** One side of a table: its parts, how they are read, and how its rows are hashed. */
export interface Side {
  /** Reads a part on a session that may query it. */
  readonly reading: <T>(part: LivePart, read: (session: Session) => Promise<T>) => Promise<T>
  readonly parts: readonly LivePart[]
  readonly hashing: Hashing
}

/** Keys and hashes of this many rows of both sides together are in memory at once. */
const ROWS_AT_ONCE = 100_000

/**
 * Names the rows in which two sides differ, within the buckets that differ. Stops when `enough` are found.
 * @returns the rows, and whether these are all
 */
export async function findDifferences(
  source: Side,
  target: Side,
  buckets: readonly BucketDifference[],
  enough: number,
  staying: StayingSide = NOTHING_STAYS,
): Promise<{ readonly differences: Difference[]; readonly isComplete: boolean; readonly stayed: number }> {
  const differences: Difference[] = []
  let stayed = 0
  const batches = batchesOf(buckets, ROWS_AT_ONCE)
  for (const [index, batch] of batches.entries()) {
    const [expected, actual] = await Promise.all([readHashes(source, batch), readHashes(target, batch)])
    const isKeyed = source.hashing.keyColumns !== undefined
    const keyOf = ({ key }: HashedRow) => key
    const kept = staying.side === undefined ? [] : await readHashes(staying.side, batch)
    const found = isKeyed ? byKey(without(expected, kept, keyOf), actual) : byImage(expected, actual, kept)
    const isDifference = ({ kind }: Difference) => kind !== 'extra' || !staying.withoutSource
    differences.push(...found.filter(isDifference))
    stayed += found.filter((each) => !isDifference(each)).length
    if (differences.length >= enough && index < batches.length - 1)
      return { differences, isComplete: false, stayed }
  }
  return { differences, isComplete: true, stayed }
}

/** Rows of the target that a run leaves as they are, and that do not count as differences. */
export interface StayingSide {
  /** Those that stay for their values, which the target's side leaves out; undefined for none. */
  readonly side: Side | undefined
  /** Whether rows stay that the source lacks. */
  readonly withoutSource: boolean
}

/** For tables of which a run may change and delete every row. */
export const NOTHING_STAYS: StayingSide = { side: undefined, withoutSource: false }

/** Source rows are left out if the target keeps a row with their key. */
export function without<Row>(
  expected: readonly Row[],
  kept: readonly Row[],
  keyOf: (row: Row) => unknown,
): readonly Row[] {
  const keys = new Set(kept.map(keyOf))
  return keys.size === 0 ? expected : expected.filter((row) => !keys.has(keyOf(row)))
}

/** Batches of buckets with up to this many rows of both sides together, unless a single one has more. */
export function batchesOf(buckets: readonly BucketDifference[], rowsAtOnce: number): number[][] {
  return batchesByWeight(buckets, rowsAtOnce, ({ here, there }) => here + there).map((batch) =>
    batch.map(({ bucket }) => bucket),
  )
}

/**
 * Rows without a key only exist or not, in some number of copies: how many more of each image there are than expected. Kept rows make up for
 * missing ones.
 */
export function surplusOf<Row>(
  expected: readonly Row[],
  actual: readonly Row[],
  kept: readonly Row[],
  imageOf: (row: Row) => unknown,
): Iterable<number> {
  const surplus = new Map<unknown, number>()
  const add = (image: unknown, count: number) => surplus.set(image, (surplus.get(image) ?? 0) + count)
  for (const row of actual) add(imageOf(row), 1)
  for (const row of expected) add(imageOf(row), -1)
  for (const image of kept.map(imageOf)) if ((surplus.get(image) ?? 0) < 0) add(image, 1)
  return surplus.values()
}

interface HashedRow extends Record<string, unknown> {
  /** The bytes of the key, in hexadecimal. */
  readonly key: string | null
  readonly image: string
}

async function readHashes(
  { reading, parts, hashing }: Side,
  buckets: readonly number[],
): Promise<HashedRow[]> {
  const rows: HashedRow[] = []
  for (const part of parts) {
    const sql = `SELECT ${keyBytesSql('key', hashing)} AS key, first::text || ' ' || second::text AS image FROM (${hashedSql(rowTextsSql(part, hashing), hashing)}) AS rows WHERE bucket = ANY ($1::int[])`
    const read = await reading(part, (session) => session.query<HashedRow>(sql, [buckets]))
    for (const row of read) rows.push(row)
  }
  return rows
}

function byKey(expected: readonly HashedRow[], actual: readonly HashedRow[]): Difference[] {
  const images = new Map(actual.map(({ key, image }) => [key ?? '', image]))
  const found: Difference[] = []
  for (const { key, image } of expected) {
    const now = images.get(key ?? '')
    if (now === undefined) found.push({ kind: 'missing', key: readableKey(key ?? '') })
    else if (now !== image) found.push({ kind: 'changed', key: readableKey(key ?? '') })
    images.delete(key ?? '')
  }
  const extra = Array.from(images.keys(), (key): Difference => ({ kind: 'extra', key: readableKey(key) }))
  return [...found, ...extra]
}

function byImage(
  expected: readonly HashedRow[],
  actual: readonly HashedRow[],
  kept: readonly HashedRow[],
): Difference[] {
  return [...surplusOf(expected, actual, kept, ({ image }) => image)].flatMap((count) =>
    Array.from(
      { length: Math.abs(count) },
      (): Difference => ({ kind: count > 0 ? 'extra' : 'missing', key: undefined }),
    ),
  )
}

/** A non-ASCII character in UTF-8, with each of its bytes as a Latin-1 character, or a byte that belongs to no character. */
const BEYOND_ASCII =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g

/**
 * The text of a key from its bytes in hexadecimal. A byte that is not part of a UTF-8 character becomes an escape such as `\xe4`.
 * PostgreSQL doubles the backslashes of a key itself.
 */
function readableKey(hex: string): string {
  const text = Buffer.from(hex, 'hex').toString('latin1')
  return text.replace(BEYOND_ASCII, (bytes) =>
    bytes.length === 1
      ? `\\x${bytes.charCodeAt(0).toString(16)}`
      : Buffer.from(bytes, 'latin1').toString('utf8'),
  )
}

import { identifier } from '../../postgres/identifiers.ts'
import { columnSql, type TableMasks } from '../masks/table-masks.ts'
import { fromPart } from '../source/copy-sql.ts'
import type { LivePart } from '../source/plan-parts.ts'
import type { KeyForm } from './key-forms.ts'

/** How the rows of a table are hashed on one side, so that equal rows have equal hashes on both. */
export interface Hashing {
  /** The compared columns, in the same order on both sides. */
  readonly columns: readonly string[]
  /** The columns that identify a row; undefined for a table without a key. */
  readonly keyColumns: readonly string[] | undefined
  /** The forms in which the key is compared, if equal values of a column have several texts. */
  readonly keyForms: ReadonlyMap<string, KeyForm>
  /** The casts before the text of a column is taken, by name: to the type of the other side, if it writes the same value differently. */
  readonly casts: ReadonlyMap<string, string>
  /** A power of two: rows are distributed over this many buckets by the hash of what identifies them. */
  readonly buckets: number
  /** How much of the table is compared, in percent. */
  readonly samplePercent: number
  readonly text: HashedText
}

/** How a text is hashed: `as is` if both databases have one encoding; otherwise its bytes, as they are `stored` or in `UTF8`. */
export type HashedText = 'as is' | 'stored' | 'UTF8'

/**
 * How text is hashed on each side, so that it is equal if a run would have stored it like this: the bytes of a SQL_ASCII source reach the
 * target unchanged, and a SQL_ASCII target contains text of any other source as UTF8.
 */
export function hashedTexts(
  source: string,
  target: string,
): { readonly source: HashedText; readonly target: HashedText } {
  if (source === target) return { source: 'as is', target: 'as is' }
  if (source === 'SQL_ASCII') return { source: 'stored', target: 'stored' }
  return { source: 'UTF8', target: target === 'SQL_ASCII' ? 'stored' : 'UTF8' }
}

/** For columns that both sides write alike. */
export const NO_CASTS: Hashing['casts'] = new Map()

const SEEDS = { spread: 7, first: 1, second: 2 }
/** Sampling uses bits of the hash that buckets do not use. */
const SAMPLE_BITS = 20
const SAMPLE_SHIFT = 32
/** Rows per bucket, so that a bucket that differs can be read quickly. */
const ROWS_PER_BUCKET = 512
const MOST_BUCKETS = 65_536

/** The number of buckets for a table with this many rows. */
export function bucketsFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.min(Math.max(rows / ROWS_PER_BUCKET, 1), MOST_BUCKETS)))
}

/** A SELECT of the `key` (the text of the key, or NULL) and the `image` (the text of the row) of the rows of a part. */
export function rowTextsSql(part: LivePart, { columns, keyColumns, keyForms, casts }: Hashing): string {
  const value = (name: string) => valueSql(identifier(part.table.name), name, casts, part.masks)
  const keyValue = (name: string) => keyForms.get(name)?.(value(name)) ?? value(name)
  const key = keyColumns === undefined ? 'NULL' : rowText(keyColumns.map(keyValue))
  return `SELECT ${key} AS key, ${rowText(columns.map(value))} AS image ${fromPart(part)}`
}

/**
 * A SELECT of `bucket`, `spread` (a 64-bit hash of what identifies the row), `key`, `first` and `second` (64-bit hashes of the image), from
 * a SELECT of keys and images. The functions are those of hash partitioning, so they give the same on every server of every version.
 */
export function hashedSql(texts: string, hashing: Hashing): string {
  const named = hashing.keyColumns === undefined ? 'image' : 'key'
  const hashed = `SELECT key, ${hashOf(named, SEEDS.spread, hashing)} AS spread, ${hashOf('image', SEEDS.first, hashing)} AS first, ${hashOf('image', SEEDS.second, hashing)} AS second FROM (${texts}) AS texts`
  return `SELECT (spread & ${hashing.buckets - 1})::int AS bucket, spread, key, first, second FROM (${hashed}) AS hashed${sampled(hashing.samplePercent)}`
}

/** The count and sums of the hashes in each bucket. They do not depend on the order of rows, or on how rows are split into parts. */
export function bucketSumsSql(texts: string, hashing: Hashing): string {
  return `SELECT bucket, count(*)::float8 AS rows, sum(first)::text AS first, sum(second)::text AS second
    FROM (${hashedSql(texts, hashing)}) AS rows GROUP BY bucket`
}

/** A SELECT of two 64-bit hashes for each row in some buckets: of what identifies it, and of its image. */
export function hashPairsSql(texts: string, hashing: Hashing, buckets: readonly number[]): string {
  return `SELECT spread, first FROM (${hashedSql(texts, hashing)}) AS rows WHERE bucket = ANY ('{${buckets.join(',')}}'::int4[])`
}

/** The text of some values of a row. A row without columns has an empty text. */
function rowText(values: readonly string[]): string {
  return values.length === 0 ? `''` : `ROW(${values.join(', ')})::text`
}

function valueSql(
  alias: string,
  name: string,
  casts: Hashing['casts'],
  masks: TableMasks | undefined,
): string {
  const value = columnSql(name, masks, alias)
  const type = casts.get(name)
  return type === undefined ? value : `${value}::${type}`
}

/** The bytes of a key in hexadecimal, because a result cannot contain bytes that are invalid in the session's encoding. */
export function keyBytesSql(key: string, { text }: Hashing): string {
  const encoding =
    text === 'as is'
      ? `(CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)::name`
      : encodingSql(text)
  return `pg_catalog.encode(pg_catalog.convert_to(${key}, ${encoding}), 'hex')`
}

/** An array of bytes stands for bytea, for which servers before 18 have no hash function. It hashes the bytes like `hashtextextended`. */
function hashOf(text: string, seed: number, { text: form }: Hashing): string {
  return form === 'as is'
    ? `pg_catalog.hashtextextended(${text} COLLATE "C", ${seed})`
    : `pg_catalog.hash_array_extended(ARRAY[pg_catalog.convert_to(${text}, ${encodingSql(form)})], ${seed})`
}

function encodingSql(form: 'stored' | 'UTF8'): string {
  return form === 'stored' ? 'pg_catalog.getdatabaseencoding()' : `'UTF8'`
}

function sampled(percent: number): string {
  if (percent >= 100) return ''
  const range = 2 ** SAMPLE_BITS
  return ` WHERE (spread >> ${SAMPLE_SHIFT}) & ${range - 1} < ${Math.round((percent * range) / 100)}`
}

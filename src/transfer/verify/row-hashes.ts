import { identifier } from '../../postgres/identifiers.ts'
import { columnSql, type TableMasks } from '../masks/table-masks.ts'
import { fromPart } from '../source/copy-sql.ts'
import type { LivePart } from '../source/plan-parts.ts'
import type { KeyForm } from './key-forms.ts'

/** How the rows of a table are hashed on one side, so that equal rows have equal hashes on both. */
export interface Hashing {
  /** The columns that are compared, in the same order on both sides. */
  readonly columns: readonly string[]
  /** The columns that name a row; undefined for a table without a key, whose rows have no names. */
  readonly keyColumns: readonly string[] | undefined
  /** What the key is matched by, where equal values of a column have several texts. */
  readonly keyForms: ReadonlyMap<string, KeyForm>
  /** What columns are cast to before their text is taken, by name: the type of the other side, where it writes the same value in another way. */
  readonly casts: ReadonlyMap<string, string>
  /** A power of two: rows are dealt into so many buckets by the hash of what names them. */
  readonly buckets: number
  /** How much of the table is compared, in percent. */
  readonly samplePercent: number
  readonly text: HashedText
}

/**
 * What is hashed of a text. `as is` where both databases have one encoding; else its bytes, as they are `stored` or in `UTF8`.
 */
export type HashedText = 'as is' | 'stored' | 'UTF8'

/**
 * How text is hashed on each side, so that it is equal where a run would have stored it so: the bytes of a SQL_ASCII source reach the target
 * as they are, and a SQL_ASCII target holds text of any other source as UTF8.
 */
export function hashedTexts(
  source: string,
  target: string,
): { readonly source: HashedText; readonly target: HashedText } {
  if (source === target) return { source: 'as is', target: 'as is' }
  if (source === 'SQL_ASCII') return { source: 'stored', target: 'stored' }
  return { source: 'UTF8', target: target === 'SQL_ASCII' ? 'stored' : 'UTF8' }
}

/** Where both sides write a value alike. */
export const NO_CASTS: Hashing['casts'] = new Map()

const SEEDS = { spread: 7, first: 1, second: 2 }
/** Sampling looks at bits of the hash that buckets do not use. */
const SAMPLE_BITS = 20
const SAMPLE_SHIFT = 32
/** Rows of a bucket, so that one that differs is quickly read. */
const ROWS_PER_BUCKET = 512
const MOST_BUCKETS = 65_536

/** How many buckets suit a table of so many rows. */
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
 * A SELECT of `bucket`, `spread` (a 64-bit hash of what names the row), `key`, `first` and `second` (64-bit hashes of the image) for a SELECT of keys and images. The functions are
 * what hash partitioning stands on, so they give the same on every server of every version.
 */
export function hashedSql(texts: string, hashing: Hashing): string {
  const named = hashing.keyColumns === undefined ? 'image' : 'key'
  const hashed = `SELECT key, ${hashOf(named, SEEDS.spread, hashing)} AS spread, ${hashOf('image', SEEDS.first, hashing)} AS first, ${hashOf('image', SEEDS.second, hashing)} AS second FROM (${texts}) AS texts`
  return `SELECT (spread & ${hashing.buckets - 1})::int AS bucket, spread, key, first, second FROM (${hashed}) AS hashed${sampled(hashing.samplePercent)}`
}

/** Count and sums of the hashes in each bucket: independent of the order of rows, and of how they are split into parts. */
export function bucketSumsSql(texts: string, hashing: Hashing): string {
  return `SELECT bucket, count(*)::float8 AS rows, sum(first)::text AS first, sum(second)::text AS second
    FROM (${hashedSql(texts, hashing)}) AS rows GROUP BY bucket`
}

/** A SELECT of two 64-bit hashes of the rows in some buckets: of what names each of them, and of its image. */
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

/** The bytes of a key in hexadecimal, as no result can hold those that are not valid in the encoding of the session. */
export function keyBytesSql(key: string, { text }: Hashing): string {
  const encoding =
    text === 'as is'
      ? `(CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)::name`
      : encodingSql(text)
  return `pg_catalog.encode(pg_catalog.convert_to(${key}, ${encoding}), 'hex')`
}

/** An array of bytes stands for bytes, for which servers before 18 have no function; it hashes the bytes as `hashtextextended` does. */
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

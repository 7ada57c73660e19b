import { identifier } from '../../postgres/identifiers.ts'
import { fromPart } from '../copy-sql.ts'
import type { LivePart } from '../plan-parts.ts'

/** How the rows of a table are hashed, alike on both sides. */
export interface Hashing {
  /** The columns that are compared, in the same order on both sides. */
  readonly columns: readonly string[]
  /** The columns that name a row; undefined for a table without a key, whose rows have no names. */
  readonly keyColumns: readonly string[] | undefined
  /** A power of two: rows are dealt into so many buckets by the hash of what names them. */
  readonly buckets: number
  /** How much of the table is compared, in percent. */
  readonly samplePercent: number
  /** Whether text has other bytes on the two servers, so that it must be converted before it is hashed. */
  readonly isConverted: boolean
}

const SEEDS = { spread: 7, first: 1, second: 2 }
/** Sampling looks at bits of the hash that buckets do not use. */
const SAMPLE_BITS = 20
const SAMPLE_SHIFT = 32

/**
 * A SELECT of `bucket`, `key` (the text of the key, or NULL), `first` and `second` (64-bit hashes of the text of the row) for the rows of a
 * part. `hashtextextended` is what hash partitioning stands on, so it gives the same on every server of every version.
 */
export function hashedRowsSql(part: LivePart, hashing: Hashing): string {
  const { columns, keyColumns, buckets, samplePercent } = hashing
  const alias = part.table.name
  const image = rowText(alias, columns)
  const key = keyColumns === undefined ? 'NULL' : rowText(alias, keyColumns)
  const hash = (text: string, seed: number) =>
    `pg_catalog.hashtextextended(${hashing.isConverted ? converted(text) : text} COLLATE "C", ${seed})`
  const named = keyColumns === undefined ? 'image' : 'key'
  const texts = `SELECT ${key} AS key, ${image} AS image ${fromPart(part)}`
  const hashed = `SELECT key, ${hash(named, SEEDS.spread)} AS spread, ${hash('image', SEEDS.first)} AS first, ${hash('image', SEEDS.second)} AS second FROM (${texts}) AS texts`
  return `SELECT (spread & ${buckets - 1})::int AS bucket, key, first, second FROM (${hashed}) AS hashed${sampled(samplePercent)}`
}

/** Count and sums of the hashes in each bucket: independent of the order of rows, and of how they are split into parts. */
export function bucketSumsSql(part: LivePart, hashing: Hashing): string {
  return `SELECT bucket, count(*)::float8 AS rows, sum(first)::text AS first, sum(second)::text AS second
    FROM (${hashedRowsSql(part, hashing)}) AS rows GROUP BY bucket`
}

function rowText(alias: string, columns: readonly string[]): string {
  if (columns.length === 0) return `''`
  return `ROW(${columns.map((name) => `${identifier(alias)}.${identifier(name)}`).join(', ')})::text`
}

function converted(text: string): string {
  return `pg_catalog.md5(pg_catalog.convert_to(${text}, 'UTF8'))`
}

function sampled(percent: number): string {
  if (percent >= 100) return ''
  const range = 2 ** SAMPLE_BITS
  return ` WHERE (spread >> ${SAMPLE_SHIFT}) & ${range - 1} < ${Math.round((percent * range) / 100)}`
}

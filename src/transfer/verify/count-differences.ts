import type { BucketDifference } from './bucket-sums.ts'
import {
  batchesOf,
  NOTHING_STAYS,
  type Side,
  type StayingSide,
  surplusOf,
  without,
} from './find-differences.ts'
import { hashPairsSql, rowTextsSql } from './row-hashes.ts'

/** How many rows differ, by kind of difference. */
export interface DifferenceCounts {
  missing: number
  extra: number
  changed: number
}

/** Two hashes of this many rows of both sides together are in memory at once: 64 MB. */
const ROWS_AT_ONCE = 4_000_000

/** Counts all rows in which two sides differ, within the buckets that differ. Rows of buckets that only one side has are not read again. */
export async function countDifferences(
  source: Side,
  target: Side,
  buckets: readonly BucketDifference[],
  staying: StayingSide = NOTHING_STAYS,
): Promise<DifferenceCounts & { readonly stayed: number }> {
  const counts = { missing: 0, extra: 0, changed: 0 }
  const { side: kept, withoutSource } = staying
  const isRead = ({ here, there }: BucketDifference) => here > 0 && (there > 0 || kept !== undefined)
  const onBoth = buckets.filter(isRead)
  for (const { here, there } of buckets) {
    if (there === 0 && kept === undefined) counts.missing += here
    if (here === 0) counts.extra += there
  }
  for (const batch of batchesOf(onBoth, ROWS_AT_ONCE)) {
    const [expected, actual] = await Promise.all([readPairs(source, batch), readPairs(target, batch)])
    const staying = kept === undefined ? undefined : await readPairs(kept, batch)
    const isKeyed = source.hashing.keyColumns !== undefined
    for (const bucket of batch) {
      const [pairs, others] = [expected.pairsOf(bucket), actual.pairsOf(bucket)]
      const own = staying?.pairsOf(bucket) ?? []
      if (isKeyed)
        addByKey(
          counts,
          without(pairs, own, ([name]) => name),
          others,
        )
      else addByImage(counts, pairs, others, own)
    }
  }
  return withoutSource ? { ...counts, extra: 0, stayed: counts.extra } : { ...counts, stayed: 0 }
}

async function readPairs({ reading, parts, hashing }: Side, buckets: readonly number[]) {
  const pairs = new HashPairs()
  for (const part of parts) {
    const sql = `COPY (${hashPairsSql(rowTextsSql(part, hashing), hashing, buckets)}) TO STDOUT WITH (FORMAT binary)`
    await reading(part, (session) => session.busy(sql, () => pairs.read(session.copyOut(sql))))
  }
  pairs.deal(hashing.buckets)
  return pairs
}

function addByKey(
  counts: DifferenceCounts,
  expected: readonly HashPair[],
  actual: readonly HashPair[],
): void {
  const images = new Map(actual)
  for (const [name, image] of expected) {
    const now = images.get(name)
    if (now === undefined) counts.missing += 1
    else if (now !== image) counts.changed += 1
    images.delete(name)
  }
  counts.extra += images.size
}

function addByImage(
  counts: DifferenceCounts,
  expected: readonly HashPair[],
  actual: readonly HashPair[],
  kept: readonly HashPair[],
): void {
  for (const count of surplusOf(expected, actual, kept, ([, image]) => image)) {
    counts.extra += Math.max(count, 0)
    counts.missing += Math.max(-count, 0)
  }
}

/** The header of binary COPY without extensions, which no server writes. */
const HEADER_BYTES = 19
/** The number of columns, then for each of the two its length and eight bytes. */
const ROW_BYTES = 2 + 2 * (4 + 8)
const NAME_AT = 6
const IMAGE_AT = 18

/** The hash of what identifies a row, and the hash of the whole row. */
type HashPair = readonly [name: bigint, image: bigint]

/** The pairs of many rows, in 16 bytes each. */
class HashPairs {
  #pairs = new BigInt64Array(1024)
  #length = 0
  #mask = 0n
  /** The end of each bucket's pairs in the sorted order. */
  #ends = new Uint32Array(0)
  /** The positions of the pairs, bucket by bucket. */
  #order = new Uint32Array(0)

  /** Adds the data of a COPY of two bigints in the binary format. */
  async read(copied: AsyncIterable<Buffer>): Promise<void> {
    let rest: Buffer = Buffer.alloc(0)
    let isBegun = false
    for await (const chunk of copied) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      if (!isBegun && rest.length < HEADER_BYTES) continue
      let at = isBegun ? 0 : HEADER_BYTES
      isBegun = true
      // The trailer is shorter than a row.
      for (; at + ROW_BYTES <= rest.length; at += ROW_BYTES) {
        this.#add(rest.readBigInt64BE(at + NAME_AT), rest.readBigInt64BE(at + IMAGE_AT))
      }
      rest = rest.subarray(at)
    }
  }

  /** Sorts the pairs into this many buckets for {@link pairsOf}. */
  deal(buckets: number): void {
    this.#mask = BigInt(buckets - 1)
    this.#ends = new Uint32Array(buckets)
    for (let at = 0; at < this.#length; at += 2) this.#count(this.#bucketAt(at), 1)
    for (let bucket = 1; bucket < buckets; bucket += 1) this.#count(bucket, this.#ends[bucket - 1] ?? 0)
    this.#order = new Uint32Array(this.#length / 2)
    const next = this.#ends.slice()
    for (let at = 0; at < this.#length; at += 2) {
      const bucket = this.#bucketAt(at)
      next[bucket] = (next[bucket] ?? 0) - 1
      this.#order[next[bucket]] = at
    }
  }

  /** The pairs whose identifying hash is in a bucket. */
  pairsOf(bucket: number): HashPair[] {
    const from = bucket === 0 ? 0 : (this.#ends[bucket - 1] ?? 0)
    const places = this.#order.subarray(from, this.#ends[bucket])
    return Array.from(places, (at): HashPair => [this.#pairs[at] ?? 0n, this.#pairs[at + 1] ?? 0n])
  }

  #count(bucket: number, more: number): void {
    this.#ends[bucket] = (this.#ends[bucket] ?? 0) + more
  }

  #bucketAt(at: number): number {
    return Number((this.#pairs[at] ?? 0n) & this.#mask)
  }

  #add(name: bigint, image: bigint): void {
    if (this.#length === this.#pairs.length) {
      const larger = new BigInt64Array(2 * this.#pairs.length)
      larger.set(this.#pairs)
      this.#pairs = larger
    }
    this.#pairs[this.#length] = name
    this.#pairs[this.#length + 1] = image
    this.#length += 2
  }
}

import type { BucketDifference } from './bucket-sums.ts'
import { batchesOf, type Side } from './find-differences.ts'
import { type HashPair, HashPairs } from './hash-pairs.ts'
import { hashPairsSql, rowTextsSql } from './row-hashes.ts'

/** In how many rows of each kind two sides differ. */
export interface DifferenceCounts {
  missing: number
  extra: number
  changed: number
}

/** Two hashes of so many rows are held at once, of both sides together: 64 MB. */
const ROWS_AT_ONCE = 4_000_000

/** Counts all rows in which two sides differ, from the buckets that differ. What is on one side alone is not read again. */
export async function countDifferences(
  source: Side,
  target: Side,
  buckets: readonly BucketDifference[],
): Promise<DifferenceCounts> {
  const counts = { missing: 0, extra: 0, changed: 0 }
  const onBoth = buckets.filter(({ here, there }) => here > 0 && there > 0)
  for (const { here, there } of buckets) {
    if (there === 0) counts.missing += here
    if (here === 0) counts.extra += there
  }
  for (const batch of batchesOf(onBoth, ROWS_AT_ONCE)) {
    const [expected, actual] = await Promise.all([readPairs(source, batch), readPairs(target, batch)])
    const isKeyed = source.hashing.keyColumns !== undefined
    for (const bucket of batch) {
      const [pairs, others] = [expected.pairsOf(bucket), actual.pairsOf(bucket)]
      if (isKeyed) addByKey(counts, pairs, others)
      else addByImage(counts, pairs, others)
    }
  }
  return counts
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

/** Rows without a key are there or not, so many times. */
function addByImage(
  counts: DifferenceCounts,
  expected: readonly HashPair[],
  actual: readonly HashPair[],
): void {
  const surplus = new Map<bigint, number>()
  for (const [, image] of actual) surplus.set(image, (surplus.get(image) ?? 0) + 1)
  for (const [, image] of expected) surplus.set(image, (surplus.get(image) ?? 0) - 1)
  for (const count of surplus.values()) {
    counts.extra += Math.max(count, 0)
    counts.missing += Math.max(-count, 0)
  }
}

import type { BucketDifference } from './bucket-sums.ts'
import {
  batchesOf,
  NOTHING_STAYS,
  type Side,
  type StayingSide,
  surplusOf,
  without,
} from './find-differences.ts'
import { type HashPair, HashPairs } from './hash-pairs.ts'
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

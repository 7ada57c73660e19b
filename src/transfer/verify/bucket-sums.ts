import type { Session } from '../../postgres/session.ts'

/** Settings for a transaction. The planner would otherwise assume that every row is its own group, and sort them all. */
export const SUM_SETTINGS = `SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'`

/** A bucket in which the two sides differ, with the number of rows on each. */
export interface BucketDifference {
  readonly bucket: number
  readonly here: number
  readonly there: number
}

/** The sums of the rows on one side of a table, by bucket. */
export class BucketSums {
  readonly #buckets = new Map<number, { rows: number; first: bigint; second: bigint }>()

  /** How many rows there are. */
  get rows(): number {
    return [...this.#buckets.values()].reduce((total, bucket) => total + bucket.rows, 0)
  }

  /** Adds the result of a SELECT of `bucket`, `rows`, `first` and `second`. */
  async add(session: Session, sql: string): Promise<void> {
    const rows = await session.query<{ bucket: number; rows: number; first: string; second: string }>(sql)
    for (const { bucket, rows: count, first, second } of rows) {
      const sum = this.#buckets.get(bucket) ?? { rows: 0, first: 0n, second: 0n }
      sum.rows += count
      sum.first += BigInt(first)
      sum.second += BigInt(second)
      this.#buckets.set(bucket, sum)
    }
  }

  /** The buckets in which the two sides differ. */
  differences(other: BucketSums): BucketDifference[] {
    const buckets = new Set([...this.#buckets.keys(), ...other.#buckets.keys()])
    return [...buckets].flatMap((bucket) => {
      const [a, b] = [this.#buckets.get(bucket), other.#buckets.get(bucket)]
      const isSame = a?.rows === b?.rows && a?.first === b?.first && a?.second === b?.second
      return isSame ? [] : [{ bucket, here: a?.rows ?? 0, there: b?.rows ?? 0 }]
    })
  }
}

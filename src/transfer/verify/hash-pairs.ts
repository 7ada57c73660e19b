/** The header of binary COPY without extensions, which no server writes. */
const HEADER_BYTES = 19
/** The number of columns, then for each of the two its length and eight bytes. */
const ROW_BYTES = 2 + 2 * (4 + 8)
const NAME_AT = 6
const IMAGE_AT = 18

/** The hash of what identifies a row, and the hash of the whole row. */
export type HashPair = readonly [name: bigint, image: bigint]

/** The pairs of many rows, in 16 bytes each. */
export class HashPairs {
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

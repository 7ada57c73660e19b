import { createHash } from 'node:crypto'
import { parseCopyRow } from '../../postgres/copy-rows.ts'
import type { Difference } from './find-differences.ts'

const BUCKET_BITS = 14
const WORDS = 4
/** Of so many rows in all, hashes are in memory at once to find out which ones differ. */
const MOST_ODD = 200_000

/** What stands for a row: its bucket, and a hash. */
export interface RowHash {
  readonly bucket: number
  readonly words: Buffer
}

/** Hashes a line of COPY text. */
export function hashRow(line: Buffer): RowHash {
  const digest = createHash('sha256').update(line).digest()
  return { bucket: digest.readUInt16BE(0) >> (16 - BUCKET_BITS), words: digest.subarray(2, 2 + 4 * WORDS) }
}

/**
 * Counts and sums of hashes of rows, in buckets. The order of the rows does not matter, and neither does how many there are for the memory. A bucket
 * has its count, and the sums of the 32-bit words of the hashes modulo 2^32.
 */
export class CopiedSums {
  rows = 0
  readonly #sums = new Uint32Array(2 ** BUCKET_BITS * (WORDS + 1))

  add({ bucket, words }: RowHash): void {
    this.rows += 1
    const at = bucket * (WORDS + 1)
    for (let word = 0; word < WORDS; word += 1)
      this.#sums[at + word] = this.#word(at + word) + words.readUInt32BE(4 * word)
    this.#sums[at + WORDS] = this.#word(at + WORDS) + 1
  }

  /** The buckets in which two sides differ. */
  differences(other: CopiedSums): Set<number> {
    const found = new Set<number>()
    for (const [at, sum] of this.#sums.entries())
      if (sum !== other.#word(at)) found.add(Math.floor(at / (WORDS + 1)))
    return found
  }

  #word(at: number): number {
    return this.#sums[at] ?? 0
  }
}

/** The rows of two sides that are not the same on both, by their lines of COPY text. */
export class OddRows {
  /** The rows of each hash: more than 0 for rows that only the source has, less for those of the target. */
  readonly #odd = new Map<string, { readonly key: string | undefined; count: number }>()
  readonly #buckets: ReadonlySet<number>
  /** Where the columns of the key stand in a line; undefined for a table without a key. */
  readonly #keyAt: readonly number[] | undefined
  /** Whether rows were left out, because there are too many. */
  isComplete = true

  constructor(buckets: ReadonlySet<number>, keyAt: readonly number[] | undefined) {
    this.#buckets = buckets
    this.#keyAt = keyAt
  }

  add(line: Buffer, side: 'source' | 'target'): void {
    const { bucket, words } = hashRow(line)
    if (!this.#buckets.has(bucket)) return
    const hash = words.toString('latin1')
    const known = this.#odd.get(hash)
    const count = (known?.count ?? 0) + (side === 'source' ? 1 : -1)
    if (count === 0) this.#odd.delete(hash)
    else if (known !== undefined) known.count = count
    else if (this.#odd.size < MOST_ODD) this.#odd.set(hash, { key: this.#keyOf(line), count })
    else this.isComplete = false
  }

  /** Every row that is missing, extra or changed: the same key on both sides. */
  differences(): Difference[] {
    const rows = [...this.#odd.values()]
    const keys = (isSource: boolean) =>
      new Set(rows.filter(({ count }) => count > 0 === isSource).map(({ key }) => key))
    const [ofSource, ofTarget] = [keys(true), keys(false)]
    return rows.flatMap(({ key, count }): Difference[] => {
      const isChanged = key !== undefined && ofSource.has(key) && ofTarget.has(key)
      if (isChanged) return count > 0 ? [{ kind: 'changed', key }] : []
      return Array.from({ length: Math.abs(count) }, () => ({ kind: count > 0 ? 'missing' : 'extra', key }))
    })
  }

  #keyOf(line: Buffer): string | undefined {
    if (this.#keyAt === undefined) return undefined
    const values = parseCopyRow(line.toString('utf8'))
    return recordText(this.#keyAt.map((at) => values[at] ?? null))
  }
}

/** A row as PostgreSQL prints it: https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX */
function recordText(values: readonly (string | null)[]): string {
  return `(${values.map(fieldText).join(',')})`
}

function fieldText(value: string | null): string {
  if (value === null) return ''
  const isPlain = value !== '' && !/[\s(),"\\]/.test(value)
  return isPlain ? value : `"${value.replaceAll(/["\\]/g, '$&$&')}"`
}

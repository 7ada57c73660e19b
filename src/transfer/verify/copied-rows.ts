import { createHash, type Hash } from 'node:crypto'
import { parseCopyRow } from '../../postgres/copy-rows.ts'
import type { Difference } from './find-differences.ts'

const BUCKET_BITS = 14
const WORDS = 4
/** The most rows whose hashes are in memory at once to find out which ones differ. */
const MOST_ODD = 200_000

const NEWLINE = 0x0a
/** More than the text of any key takes, as an index entry has at most a third of a page. */
const START_BYTES = 64 * 1024

/** What stands for a row: its bucket and a hash, and the first bytes of its line of COPY text. */
export interface CopiedRow {
  readonly bucket: number
  readonly words: Buffer
  readonly start: Buffer
}

/** Finds the rows in pieces of COPY text. A row may be of any length, and is never in memory as a whole. */
export class RowHasher {
  readonly #take: (row: CopiedRow) => void
  #hash: Hash = createHash('sha256')
  #start: Buffer = Buffer.alloc(0)

  constructor(take: (row: CopiedRow) => void) {
    this.#take = take
  }

  add(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#extend(chunk.subarray(from, end))
      this.#finish()
      from = end + 1
    }
    if (from < chunk.length) this.#extend(chunk.subarray(from))
  }

  #extend(piece: Buffer): void {
    this.#hash.update(piece)
    const room = START_BYTES - this.#start.length
    if (room > 0) this.#start = Buffer.concat([this.#start, piece.subarray(0, room)])
  }

  #finish(): void {
    const digest = this.#hash.digest()
    const bucket = digest.readUInt16BE(0) >> (16 - BUCKET_BITS)
    this.#take({ bucket, words: digest.subarray(2, 2 + 4 * WORDS), start: this.#start })
    this.#hash = createHash('sha256')
    this.#start = Buffer.alloc(0)
  }
}

/**
 * Counts and sums of hashes of rows, in buckets. The order of the rows does not matter, and neither does how many there are for the memory. A bucket
 * has its count, and the sums of the 32-bit words of the hashes modulo 2^32.
 */
export class CopiedSums {
  rows = 0
  readonly #sums = new Uint32Array(2 ** BUCKET_BITS * (WORDS + 1))

  add({ bucket, words }: Omit<CopiedRow, 'start'>): void {
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
  /** How many columns the key has, with which each line begins; 0 for a table without a key. */
  readonly #keyColumns: number
  /** Whether rows were left out, because there are too many. */
  isComplete = true

  constructor(buckets: ReadonlySet<number>, keyColumns: number) {
    this.#buckets = buckets
    this.#keyColumns = keyColumns
  }

  add({ bucket, words, start }: CopiedRow, side: 'source' | 'target'): void {
    if (!this.#buckets.has(bucket)) return
    const hash = words.toString('latin1')
    const known = this.#odd.get(hash)
    const count = (known?.count ?? 0) + (side === 'source' ? 1 : -1)
    if (count === 0) this.#odd.delete(hash)
    else if (known !== undefined) known.count = count
    else if (this.#odd.size < MOST_ODD) this.#odd.set(hash, { key: this.#keyOf(start), count })
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

  #keyOf(start: Buffer): string | undefined {
    if (this.#keyColumns === 0) return undefined
    return recordText(parseCopyRow(start.toString('utf8')).slice(0, this.#keyColumns))
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

/** Room for all that is searched, and what comes meanwhile. */
const START_BYTES = 512 * 1024
const START_ROWS = 4096
/** A row may take this much memory. */
const MOST_BYTES = 4 * 1024 * 1024

/** Signature, flags, and the length of an extension, which no version has. */
const HEADER_BYTES = 19
/** Stands instead of the number of a row's columns, at the end of all rows. */
const TRAILER = -1
const NULL_BYTES = -1

/** Those of windows that have ended: as garbage, they would stay until V8 looks at all of the heap. */
const free: Buffer[] = []

/** The rows at the front of what has come of a COPY in the binary form, by their bytes. */
export class RowWindow {
  /** What comes before the first row; undefined until it has come. */
  header: Buffer | undefined
  #bytes: Buffer = free.pop() ?? Buffer.allocUnsafeSlow(START_BYTES)
  /** Where the first row begins, where the last complete one ends, and where the bytes end. */
  #start = 0
  #parsed = 0
  #end = 0
  /** Where each complete row ends, from `#first` up to `#last`: in one array, as many small ones would be garbage soon. */
  #ends = new Int32Array(START_ROWS)
  #first = 0
  #last = 0

  /** How many complete rows it has. */
  get rows(): number {
    return this.#last - this.#first
  }

  /** How many bytes these take. */
  get bytes(): number {
    return this.#parsed - this.#start
  }

  /** Takes in a copy of more bytes. Returns false if a row is too long. */
  add(chunk: Buffer): boolean {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    chunk.copy(this.#bytes, this.#end)
    this.#end += chunk.length
    if (this.header === undefined && this.#end >= HEADER_BYTES) {
      this.header = Buffer.from(this.#bytes.subarray(0, HEADER_BYTES))
      this.#start = HEADER_BYTES
      this.#parsed = HEADER_BYTES
    }
    if (this.header !== undefined) this.#findRows()
    return this.#end - this.#parsed <= MOST_BYTES
  }

  /** Whether its rows from `at` on have the same bytes as those of another from `there` on. */
  isSame(at: number, other: RowWindow, there: number, count = 1): boolean {
    const [start, end] = [this.#startOf(at), this.#endOf(at + count - 1)]
    const [otherStart, otherEnd] = [other.#startOf(there), other.#endOf(there + count - 1)]
    if (end - start !== otherEnd - otherStart) return false
    return this.#bytes.compare(other.#bytes, otherStart, otherEnd, start, end) === 0
  }

  /** A number that rows with the same bytes share, and others rarely do: of their length, first and last bytes. */
  tokenOf(at: number): number {
    const [start, end] = [this.#startOf(at), this.#endOf(at)]
    let token = end - start
    const head = Math.min(end, start + HEAD_BYTES)
    for (let byte = start; byte < head; byte += 1) token = (token * 31 + (this.#bytes[byte] ?? 0)) | 0
    for (let byte = Math.max(head, end - TAIL_BYTES); byte < end; byte += 1)
      token = (token * 31 + (this.#bytes[byte] ?? 0)) | 0
    return token
  }

  /** The bytes of the first rows, which are valid until the next call of {@link add}. */
  peek(count: number): Buffer {
    return count === 0
      ? this.#bytes.subarray(0, 0)
      : this.#bytes.subarray(this.#start, this.#endOf(count - 1))
  }

  /** Drops the first rows. */
  skip(count: number): void {
    if (count === 0) return
    this.#start = this.#endOf(count - 1)
    this.#first += count
  }

  /** All bytes after the rows that were dropped: complete rows, the begin of another, and what ends them. They are valid until the next call of {@link add} or {@link end}. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** Lets go of all rows. */
  end(): void {
    if (this.#bytes.length === START_BYTES) free.push(this.#bytes)
    this.#bytes = Buffer.alloc(0)
    this.#ends = new Int32Array(0)
    this.#first = 0
    this.#last = 0
    this.#start = 0
    this.#parsed = 0
    this.#end = 0
  }

  #startOf(at: number): number {
    return at === 0 ? this.#start : this.#endOf(at - 1)
  }

  #endOf(at: number): number {
    const end = this.#ends[this.#first + at]
    if (end === undefined || at >= this.rows) throw new Error('A row that has not come')
    return end
  }

  /** Moves what is left to the front, into a larger buffer if it takes one. */
  #makeRoom(more: number): void {
    const moved = this.#start
    const size = this.#end - moved
    let room = this.#bytes.length
    while (room < size + more) room *= 2
    const into = room === this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(room)
    this.#bytes.copy(into, 0, moved, this.#end)
    this.#bytes = into
    const rows = this.rows
    for (let row = 0; row < rows; row += 1) this.#ends[row] = this.#endOf(row) - moved
    this.#first = 0
    this.#last = rows
    this.#start = 0
    this.#parsed -= moved
    this.#end = size
  }

  #makeRoomForRows(): void {
    const ends = new Int32Array(2 * this.#ends.length)
    ends.set(this.#ends)
    this.#ends = ends
  }

  #findRows(): void {
    for (let end = this.#nextEnd(); end !== undefined; end = this.#nextEnd()) {
      if (this.#last === this.#ends.length) this.#makeRoomForRows()
      this.#ends[this.#last] = end
      this.#last += 1
      this.#parsed = end
    }
  }

  /** Where the row ends that begins at `#parsed`; undefined if it is not complete. */
  #nextEnd(): number | undefined {
    let at = this.#parsed
    if (at + 2 > this.#end) return undefined
    const columns = this.#bytes.readInt16BE(at)
    if (columns === TRAILER) return undefined
    at += 2
    for (let column = 0; column < columns; column += 1) {
      if (at + 4 > this.#end) return undefined
      const size = this.#bytes.readInt32BE(at)
      at += size === NULL_BYTES ? 4 : 4 + size
    }
    return at > this.#end ? undefined : at
  }
}

const HEAD_BYTES = 24
const TAIL_BYTES = 8

import { createWriteStream } from 'node:fs'
import { Duplex, Writable } from 'node:stream'
import { createGzip, type Gzip } from 'node:zlib'
import { countByte } from '../core/count-byte.ts'
import { Meter } from './meter.ts'
import type { Script } from './script.ts'

/** What was written to one file. */
export interface WrittenFile {
  readonly bytes: number
  readonly rawBytes: number
  readonly rowsStart: number
  readonly rowsBytes: number
  readonly rows: number
  /** Of the compressed bytes, in hex. */
  readonly sha256: string
}

/** The streams that turn COPY rows into a gzipped psql script on disk. */
export interface GzipFile {
  readonly stages: readonly [...NodeJS.ReadWriteStream[], Writable]
  /** Call it when the pipeline has ended. */
  written(): WrittenFile
}

/** COPY text has exactly one for each row. */
const NEWLINE = 0x0a
/** zlib is asked in pieces of this size: COPY comes in small chunks, and every call costs a turn of the thread pool. */
const PIECE_BYTES = 256 * 1024
const OUTPUT_BYTES = 256 * 1024
/** A window of 8 KB: at the fastest level it saves a fifth of the time, and hardly any match of rows is further away. */
const FASTEST_WINDOW_BITS = 13

/** Opens a new file; the file is on disk, not only in the page cache, when its last stage has closed. */
export function openGzipFile(path: string, script: Script, level: number): GzipFile {
  const window = level === 1 ? { windowBits: FASTEST_WINDOW_BITS } : {}
  const gzip = createGzip({ level, ...window, chunkSize: OUTPUT_BYTES })
  const framing = new Framing(script, gzip)
  const meter = new Meter()
  const disk = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  return {
    stages: [Duplex.from({ writable: framing, readable: gzip }), meter, disk],
    written: () => ({
      bytes: meter.bytes,
      rawBytes: script.header.length + framing.rowsBytes + script.trailer.length,
      rowsStart: script.header.length,
      rowsBytes: framing.rowsBytes,
      rows: framing.rows,
      sha256: meter.digest(),
    }),
  }
}

/**
 * Puts a header before the rows and a trailer after them, and gathers small chunks into large pieces for gzip. It fills one buffer while
 * gzip reads the other, and never a third: buffers of this size that are used once stay until a large garbage collection.
 */
class Framing extends Writable {
  rowsBytes = 0
  rows = 0
  readonly #script: Script
  readonly #gzip: Gzip
  #filling = Buffer.allocUnsafe(PIECE_BYTES)
  #spare = Buffer.allocUnsafe(PIECE_BYTES)
  #size = 0
  /** Settles when gzip has read what it was given last. */
  #given: Promise<void> = Promise.resolve()

  constructor(script: Script, gzip: Gzip) {
    super()
    this.#script = script
    this.#gzip = gzip
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#add(this.#script.header).then(() => done(), done)
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.rowsBytes += chunk.length
    this.rows += countByte(chunk, NEWLINE)
    if (this.#size + chunk.length < PIECE_BYTES) {
      this.#take(chunk)
      done()
    } else {
      this.#add(chunk).then(() => done(), done)
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), done)
  }

  async #finish(): Promise<void> {
    await this.#add(this.#script.trailer)
    await this.#give()
    await this.#given
    this.#gzip.end()
  }

  async #add(bytes: Buffer): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      const taken = this.#take(rest)
      rest = rest.subarray(taken)
      if (this.#size === PIECE_BYTES) await this.#give()
    }
  }

  #take(bytes: Buffer): number {
    const taken = bytes.copy(this.#filling, this.#size)
    this.#size += taken
    return taken
  }

  /** Hands the full buffer over once gzip is done with the other one, which is then filled next. */
  async #give(): Promise<void> {
    await this.#given
    const [full, size] = [this.#filling, this.#size]
    this.#filling = this.#spare
    this.#spare = full
    this.#size = 0
    this.#given = new Promise((resolve, reject) => {
      this.#gzip.write(full.subarray(0, size), (error) => (error ? reject(error) : resolve()))
    })
    // It is awaited with the next piece.
    this.#given.catch(() => undefined)
  }
}

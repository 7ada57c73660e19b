import { createWriteStream } from 'node:fs'
import { Duplex, type Transform, Writable } from 'node:stream'
import { countByte } from '../core/count-byte.ts'
import { giveBack } from '../postgres/read-buffers.ts'
import { type Compression, createCompressor } from './compression.ts'
import { Meter } from './meter.ts'
import type { Script } from './script.ts'

/** What was written to one file. */
interface WrittenFile {
  readonly bytes: number
  readonly rawBytes: number
  readonly rowsStart: number
  readonly rowsBytes: number
  readonly rows: number
  /** Of the compressed bytes, in hex. */
  readonly sha256: string
}

/** The streams that turn COPY rows into a compressed psql script on disk. */
export interface CompressedFile {
  readonly stages: readonly [...NodeJS.ReadWriteStream[], Writable]
  /** Call it when the pipeline has ended. */
  written(): WrittenFile
}

/** COPY text has exactly one for each row. */
const NEWLINE = 0x0a
/** The codec is asked in pieces of this size: COPY comes in small chunks, and every call costs a turn of the thread pool. */
const PIECE_BYTES = 512 * 1024

/** Opens a new file. When its last stage has closed, the file may still be in the page cache alone. */
export function openCompressedFile(path: string, script: Script, compression: Compression): CompressedFile {
  const codec = createCompressor(compression)
  const framing = new Framing(script, codec)
  const meter = new Meter()
  const disk = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  return {
    stages: [Duplex.from({ writable: framing, readable: codec }), meter, disk],
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
 * Puts a header before the rows and a trailer after them, and gathers small chunks into large pieces for the codec. It fills one buffer while
 * the codec reads the other, and never a third: buffers of this size that are used once stay until a large garbage collection.
 */
class Framing extends Writable {
  rowsBytes = 0
  rows = 0
  readonly #script: Script
  readonly #codec: Transform
  #filling = Buffer.allocUnsafe(PIECE_BYTES)
  #spare = Buffer.allocUnsafe(PIECE_BYTES)
  #size = 0
  /** Settles when the codec has read what it was given last. */
  #given: Promise<void> = Promise.resolve()

  constructor(script: Script, codec: Transform) {
    super()
    this.#script = script
    this.#codec = codec
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#add(this.#script.header).then(() => done(), done)
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.rowsBytes += chunk.length
    this.rows += countByte(chunk, NEWLINE)
    if (this.#size + chunk.length < PIECE_BYTES) {
      this.#take(chunk)
      giveBack(chunk)
      done()
    } else {
      this.#add(chunk).then(() => {
        giveBack(chunk)
        done()
      }, done)
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), done)
  }

  async #finish(): Promise<void> {
    await this.#add(this.#script.trailer)
    await this.#give()
    await this.#given
    this.#codec.end()
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

  /** Hands the full buffer over once the codec is done with the other one, which is then filled next. */
  async #give(): Promise<void> {
    await this.#given
    const [full, size] = [this.#filling, this.#size]
    this.#filling = this.#spare
    this.#spare = full
    this.#size = 0
    this.#given = new Promise((resolve, reject) => {
      this.#codec.write(full.subarray(0, size), (error) => (error ? reject(error) : resolve()))
    })
    // It is awaited with the next piece.
    this.#given.catch(() => undefined)
  }
}

import { createWriteStream } from 'node:fs'
import { Transform, type TransformCallback, type Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { Meter } from './meter.ts'
import type { Script } from './script.ts'

/** What was written to one file. */
export interface WrittenFile {
  readonly bytes: number
  readonly rawBytes: number
  readonly rowsStart: number
  readonly rowsBytes: number
  /** Of the compressed bytes, in hex. */
  readonly sha256: string
}

/** The streams that turn COPY rows into a gzipped psql script on disk. */
export interface GzipFile {
  readonly stages: readonly [...NodeJS.ReadWriteStream[], Writable]
  /** Call it when the pipeline has ended. */
  written(): WrittenFile
}

/** zlib is asked in pieces of this size: every call costs a turn of the thread pool. */
const PIECE_BYTES = 256 * 1024

/** Opens a new file; the file is on disk, not only in the page cache, when its last stage has closed. */
export function openGzipFile(path: string, script: Script, level: number): GzipFile {
  const framing = new Framing(script)
  const gzip = createGzip({ level, chunkSize: PIECE_BYTES })
  const meter = new Meter()
  const disk = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true, highWaterMark: PIECE_BYTES })
  return {
    stages: [framing, gzip, meter, disk],
    written: () => ({
      bytes: meter.bytes,
      rawBytes: script.header.length + framing.rowsBytes + script.trailer.length,
      rowsStart: script.header.length,
      rowsBytes: framing.rowsBytes,
      sha256: meter.digest(),
    }),
  }
}

/** Puts a header before the rows and a trailer after them, and gathers small chunks into larger pieces. */
class Framing extends Transform {
  rowsBytes = 0
  readonly #trailer: Buffer
  #pieces: Buffer[]
  #size: number

  constructor({ header, trailer }: Script) {
    super({ highWaterMark: PIECE_BYTES })
    this.#trailer = trailer
    this.#pieces = [header]
    this.#size = header.length
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.rowsBytes += chunk.length
    this.#add(chunk)
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#add(this.#trailer)
    this.#pass()
    done()
  }

  #add(chunk: Buffer): void {
    this.#pieces.push(chunk)
    this.#size += chunk.length
    if (this.#size >= PIECE_BYTES) this.#pass()
  }

  #pass(): void {
    if (this.#size > 0) this.push(Buffer.concat(this.#pieces))
    this.#pieces = []
    this.#size = 0
  }
}

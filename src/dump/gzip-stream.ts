import { Transform, type TransformCallback } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY } = zlib.constants
const deflate = promisify(zlib.deflateRaw)

/** A window of 4 KB: at the fastest level it saves time, and hardly any match of rows is further away. */
const FASTEST_WINDOW_BITS = 12
/** Of deflate, no flags, no time, no extra flags, of Unix: RFC 1952. */
const HEADER = Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03])
/** What is tried of a piece: as much as the largest window. */
const SAMPLE_BYTES = 32 * 1024
/** Fewer bytes are not worth a sample. */
const LEAST_SAMPLED_BYTES = 4 * SAMPLE_BYTES
const SAMPLE_EVERY_BYTES = 8 * 1024 * 1024

/**
 * Compresses as gzip does, and looks for repetitions only where there are any. Digests, tokens, and images as hexadecimal digits repeat by chance alone: to
 * write down such repetitions takes more bytes than it saves, and to look for them takes most of the time. Write it in large pieces.
 */
export class GzipStream extends Transform {
  readonly #options: zlib.ZlibOptions
  readonly #deflate: zlib.DeflateRaw & zlib.ZlibParams
  readonly #setParams: (level: number, strategy: number) => Promise<void>
  readonly #level: number
  #crc = 0
  #size = 0
  #sampleAt = 0

  constructor(level: number, chunkSize: number) {
    super({ readableHighWaterMark: chunkSize })
    this.#level = level
    this.#options = { level, ...(level === 1 ? { windowBits: FASTEST_WINDOW_BITS } : {}) }
    const codec = zlib.createDeflateRaw({ ...this.#options, chunkSize })
    codec.on('data', (bytes: Buffer) => this.push(bytes))
    codec.on('error', (error) => this.destroy(error))
    this.#deflate = codec as zlib.DeflateRaw & zlib.ZlibParams
    this.#setParams = promisify(this.#deflate.params.bind(codec))
    this.push(HEADER)
  }

  override _transform(piece: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#take(piece).then(() => done(), done)
  }

  override _flush(done: TransformCallback): void {
    this.#deflate.once('end', () => {
      const trailer = Buffer.alloc(8)
      trailer.writeUInt32LE(this.#crc, 0)
      trailer.writeUInt32LE(this.#size % 2 ** 32, 4)
      done(null, trailer)
    })
    this.#deflate.end()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#deflate.destroy()
    done(error)
  }

  async #take(piece: Buffer): Promise<void> {
    this.#crc = zlib.crc32(piece, this.#crc)
    if (piece.length >= LEAST_SAMPLED_BYTES && this.#size >= this.#sampleAt) {
      const strategy = (await this.#isRepetitive(piece)) ? Z_DEFAULT_STRATEGY : Z_HUFFMAN_ONLY
      await this.#setParams(this.#level, strategy)
      this.#sampleAt = this.#size + SAMPLE_EVERY_BYTES
    }
    this.#size += piece.length
    await new Promise<void>((resolve, reject) => {
      this.#deflate.write(piece, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** By a sample, compressed in both ways. */
  async #isRepetitive(piece: Buffer): Promise<boolean> {
    const start = (piece.length - SAMPLE_BYTES) >> 1
    const sample = piece.subarray(start, start + SAMPLE_BYTES)
    const [matched, coded] = await Promise.all([
      deflate(sample, this.#options),
      deflate(sample, { ...this.#options, strategy: Z_HUFFMAN_ONLY }),
    ])
    return matched.length < coded.length
  }
}

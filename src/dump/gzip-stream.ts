import { Transform, type TransformCallback } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

const { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY } = zlib.constants
const deflate = promisify(zlib.deflateRaw)

/** Of deflate, no flags, no time, no extra flags, of Unix: RFC 1952. */
const HEADER = Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03])
const LARGEST_WINDOW_BITS = 15
/** The windows that are tried, as powers of two: from 1 KB to the largest. */
const WINDOW_BITS = [10, 11, 12, 13, LARGEST_WINDOW_BITS] as const
/** A larger window must make this much of the bytes that a smaller one leaves. */
const WORTH_A_WINDOW = 0.98
/** The window of what is too short for a sample. */
const USUAL_WINDOW_BITS = 12
/** As much as four of the largest windows; fewer bytes are not worth a sample. */
const WINDOW_SAMPLE_BYTES = 128 * 1024
/** What is tried of a piece, again and again, to see whether anything repeats. */
const SAMPLE_BYTES = 32 * 1024
const SAMPLE_EVERY_BYTES = 8 * 1024 * 1024

/** A stream of zlib that can change its strategy. */
interface Codec {
  readonly deflate: zlib.DeflateRaw & zlib.ZlibParams
  readonly options: zlib.ZlibOptions
}

/**
 * Compresses as gzip does, but looks for repetitions only as far back as it pays, and only where there are any. Most rows repeat those just before them: a
 * repetition that is near takes fewer bits than one that is far away, and a small window is searched in half the time. Digests, tokens, and images as hexadecimal
 * digits repeat by chance alone: to write down such repetitions takes more bytes than it saves, and to look for them takes most of the time. Write it in large
 * pieces of the same kind.
 */
export class GzipStream extends Transform {
  readonly #level: number
  readonly #chunkSize: number
  #codec: Codec | undefined
  #crc = 0
  #size = 0
  #sampleAt = 0

  constructor(level: number, chunkSize: number) {
    super({ readableHighWaterMark: chunkSize })
    this.#level = level
    this.#chunkSize = chunkSize
    this.push(HEADER)
  }

  override _transform(piece: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#take(piece).then(() => done(), done)
  }

  override _flush(done: TransformCallback): void {
    const { deflate } = this.#codec ?? this.#open(USUAL_WINDOW_BITS)
    deflate.once('end', () => {
      const trailer = Buffer.alloc(8)
      trailer.writeUInt32LE(this.#crc, 0)
      trailer.writeUInt32LE(this.#size % 2 ** 32, 4)
      done(null, trailer)
    })
    deflate.end()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#codec?.deflate.destroy()
    done(error)
  }

  #open(windowBits: number): Codec {
    const options = { level: this.#level, windowBits }
    const deflate = zlib.createDeflateRaw({ ...options, chunkSize: this.#chunkSize })
    deflate.on('data', (bytes: Buffer) => this.push(bytes))
    deflate.on('error', (error) => this.destroy(error))
    this.#codec = { deflate: deflate as Codec['deflate'], options }
    return this.#codec
  }

  async #take(piece: Buffer): Promise<void> {
    this.#crc = zlib.crc32(piece, this.#crc)
    const isSampled = piece.length >= WINDOW_SAMPLE_BYTES
    const windowBits =
      this.#codec === undefined && isSampled ? await bestWindowBits(piece, this.#level) : USUAL_WINDOW_BITS
    if (this.destroyed) return
    const { deflate, options } = this.#codec ?? this.#open(windowBits)
    if (isSampled && this.#size >= this.#sampleAt) {
      const strategy = (await isRepetitive(piece, options)) ? Z_DEFAULT_STRATEGY : Z_HUFFMAN_ONLY
      await promisify(deflate.params.bind(deflate))(this.#level, strategy)
      this.#sampleAt = this.#size + SAMPLE_EVERY_BYTES
    }
    this.#size += piece.length
    await new Promise<void>((resolve, reject) => {
      deflate.write(piece, (error) => (error ? reject(error) : resolve()))
    })
  }
}

/** The smallest window that no larger one is worth it; the largest where nothing repeats, as it is moved on least often. */
async function bestWindowBits(piece: Buffer, level: number): Promise<number> {
  const sample = middle(piece, WINDOW_SAMPLE_BYTES)
  if (!(await isRepetitive(sample, { level, windowBits: USUAL_WINDOW_BITS }))) return LARGEST_WINDOW_BITS
  let [best, fewest]: [number, number] = [USUAL_WINDOW_BITS, Number.POSITIVE_INFINITY]
  for (const windowBits of WINDOW_BITS) {
    const { length } = await deflate(sample, { level, windowBits })
    if (length < fewest * WORTH_A_WINDOW) [best, fewest] = [windowBits, length]
  }
  return best
}

/** By a sample, compressed in both ways. */
async function isRepetitive(piece: Buffer, options: zlib.ZlibOptions): Promise<boolean> {
  const sample = middle(piece, SAMPLE_BYTES)
  const [matched, coded] = await Promise.all([
    deflate(sample, options),
    deflate(sample, { ...options, strategy: Z_HUFFMAN_ONLY }),
  ])
  return matched.length < coded.length
}

function middle(piece: Buffer, bytes: number): Buffer {
  const start = (piece.length - bytes) >> 1
  return piece.subarray(start, start + bytes)
}

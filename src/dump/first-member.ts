import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Transform } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { createDecompressor, isCodecError, type Method } from './compression.ts'

/** What the first compressed member of a file holds, whatever follows it. */
export interface FirstMember {
  readonly text: Buffer
  /** Where it ends in the file; undefined if the file ended first, or the end was not looked for. */
  readonly end: number | undefined
  /** Whether the file ends before it does. */
  readonly isCut: boolean
}

/** Of deflate, without flags: RFC 1952. mbsync writes no other one. */
const GZIP_START = Buffer.from([0x1f, 0x8b, 0x08, 0])
const [GZIP_HEADER_BYTES, GZIP_TRAILER_BYTES] = [10, 8]

/**
 * Reads the first member of a file of several. Unpacking it as a whole file would fail with an error of what follows, and say nothing of it. Its checksum is not checked.
 * @param goesOn whether more of the text is wanted, by what there is of it
 */
export async function readFirstMember(
  path: string,
  method: Method,
  goesOn: (pieces: readonly Buffer[], size: number) => boolean,
): Promise<FirstMember> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    if (method === 'gzip') {
      const start = await bytesAt(handle, 0, GZIP_START.length)
      if (!start.equals(GZIP_START)) return { text: Buffer.alloc(0), end: undefined, isCut: false }
      const codec = createInflateRaw()
      const read = await unpack(path, { start: GZIP_HEADER_BYTES }, codec, goesOn)
      const end = GZIP_HEADER_BYTES + codec.bytesWritten + GZIP_TRAILER_BYTES
      return read.isWhole && end > size ? { ...read, isCut: true, end: undefined } : ended(read, end)
    }
    const end = await endOfZstdFrame(handle, size)
    const range = end === undefined ? {} : { start: 0, end: end - 1 }
    const read = await unpack(path, range, createDecompressor(method), goesOn)
    return { ...ended(read, end), isCut: end === undefined }
  } finally {
    await handle.close()
  }
}

interface Unpacked {
  readonly text: Buffer
  readonly isWhole: boolean
  readonly isCut: boolean
}

function ended({ text, isWhole, isCut }: Unpacked, end: number | undefined): FirstMember {
  return { text, end: isWhole ? end : undefined, isCut }
}

/** What there is before an error counts: a stream that is read otherwise loses it. */
function unpack(
  path: string,
  range: { readonly start?: number; readonly end?: number },
  codec: Transform,
  goesOn: (pieces: readonly Buffer[], size: number) => boolean,
): Promise<Unpacked> {
  const input = createReadStream(path, range)
  const pieces: Buffer[] = []
  let size = 0
  return new Promise<Unpacked>((resolve, reject) => {
    const end = (isWhole: boolean, isCut: boolean) => resolve({ text: Buffer.concat(pieces), isWhole, isCut })
    input.on('error', reject)
    codec.on('error', (error) =>
      isCodecError(error) ? end(false, 'code' in error && error.code === 'Z_BUF_ERROR') : reject(error),
    )
    codec.on('end', () => end(true, false))
    codec.on('data', (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (!goesOn(pieces, size)) end(false, false)
    })
    input.pipe(codec)
  }).finally(() => {
    input.destroy()
    codec.destroy()
  })
}

const [ZSTD_MAGIC_BYTES, ZSTD_CHECKSUM_BYTES, BLOCK_HEADER_BYTES] = [4, 4, 3]
/** A block that repeats one byte. */
const RLE = 1

/** Where the first frame of zstd ends, by the sizes that its blocks name (RFC 8878, 3.1.1); undefined if the file ends before. */
async function endOfZstdFrame(handle: FileHandle, size: number): Promise<number | undefined> {
  const [descriptor = 0] = await bytesAt(handle, ZSTD_MAGIC_BYTES, 1)
  const isSingle = (descriptor >> 5) & 1
  const windowBytes = isSingle === 1 ? 0 : 1
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  const contentBytes = [isSingle, 2, 4, 8][descriptor >> 6] ?? 0
  let at = ZSTD_MAGIC_BYTES + 1 + windowBytes + dictionaryBytes + contentBytes
  for (let isLast = false; !isLast; ) {
    const header = await bytesAt(handle, at, BLOCK_HEADER_BYTES)
    if (header.length < BLOCK_HEADER_BYTES) return undefined
    const block = header.readUIntLE(0, BLOCK_HEADER_BYTES)
    isLast = (block & 1) === 1
    at += BLOCK_HEADER_BYTES + (((block >> 1) & 3) === RLE ? 1 : block >> 3)
  }
  const end = at + (((descriptor >> 2) & 1) === 1 ? ZSTD_CHECKSUM_BYTES : 0)
  return end > size ? undefined : end
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

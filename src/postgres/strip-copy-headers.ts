import type { CopyToStreamQuery } from 'pg-copy-streams'

/** What `pg-copy-streams` keeps to itself of a `COPY … TO STDOUT`; mbsync ships with the version that it was built with. */
interface Decoder {
  _parse(chunk: Buffer): boolean | undefined
  _state: number
  _code: number
  _unreadMessageContentLength: number
  readonly _buffer: { readonly size: number } | null
  readonly _copyDataChunks: { push(chunk: Buffer): void }
}

const [AT_CODE, AT_CONTENT] = [0, 2]
/** `d`: the rest of the message is a row, or a piece of one. */
const COPY_DATA = 0x64
const HEADER_BYTES = 5

/**
 * Makes a stream of `COPY … TO STDOUT` pass rows on as they lie in the socket's buffers: only the headers between them are cut out, in place. Its own
 * way is an object and a copy for each row. All other messages are left to it, with everything that follows them in the same buffer.
 */
export function stripCopyHeaders(stream: CopyToStreamQuery): void {
  const decoder = stream as unknown as Decoder
  const parse = decoder._parse.bind(stream)
  decoder._parse = (chunk) => {
    const { read, written } = moveRows(decoder, chunk)
    const rows = chunk.subarray(0, written)
    if (read === chunk.length) return written === 0 ? true : stream.push(rows)
    if (written > 0) decoder._copyDataChunks.push(rows)
    // It keeps what is incomplete, longer than the buffer may be.
    return parse(Buffer.from(chunk.subarray(read)))
  }
}

/** Moves rows to the start of a chunk, as far as nothing but rows is in it. */
function moveRows(decoder: Decoder, chunk: Buffer): { readonly read: number; readonly written: number } {
  let read = startOfRows(decoder, chunk)
  let written = read
  if (decoder._state !== AT_CODE || decoder._buffer?.size !== 0) return { read, written }
  while (read + HEADER_BYTES <= chunk.length && chunk[read] === COPY_DATA) {
    const size = chunk.readInt32BE(read + 1) - (HEADER_BYTES - 1)
    if (size < 0) break
    const from = read + HEADER_BYTES
    const end = Math.min(from + size, chunk.length)
    chunk.copyWithin(written, from, end)
    written += end - from
    read = end
    if (end - from === size) continue
    decoder._state = AT_CONTENT
    decoder._code = COPY_DATA
    decoder._unreadMessageContentLength = size - (end - from)
  }
  return { read, written }
}

/** What is left of the row that the chunk before has begun stands at the start of this one. */
function startOfRows(decoder: Decoder, chunk: Buffer): number {
  const isWithinRow =
    decoder._state === AT_CONTENT && decoder._code === COPY_DATA && decoder._buffer?.size === 0
  if (!isWithinRow) return 0
  const size = Math.min(decoder._unreadMessageContentLength, chunk.length)
  decoder._unreadMessageContentLength -= size
  if (decoder._unreadMessageContentLength === 0) decoder._state = AT_CODE
  return size
}

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { Duplex } from 'node:stream'

/** As much as Node reads at once. */
const BUFFER_BYTES = 64 * 1024
/** Fewer bytes are copied: they may be kept for long, and the buffer is read into again at once. */
const SMALL_BYTES = 8 * 1024
const MOST_FREE = 64

const free: Buffer[] = []
/** The memory of buffers whose bytes were passed on and not given back. */
const lent = new WeakSet<ArrayBufferLike>()

/**
 * A socket that reads into the same few buffers, as far as their readers give them back. Node allocates one for each read: at the pace of a COPY, most of the
 * time of this process would go to the collection of garbage. Under TLS, decrypted bytes come in memory of their own as usual.
 */
export function socketOfReadBuffers(): Socket {
  let buffer = take()
  const onread: OnReadOpts & { buffer: () => Buffer } = {
    buffer: () => buffer,
    callback: (size) => {
      if (size < SMALL_BYTES) return push(Buffer.from(buffer.subarray(0, size)))
      const chunk = buffer.subarray(0, size)
      lent.add(chunk.buffer)
      buffer = take()
      return push(chunk)
    },
  }
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread }
  const socket = new Socket(options)
  const push = (chunk: Buffer) => {
    try {
      return socket.push(chunk)
    } catch (error) {
      // Node would stay with the buffer whose bytes were just passed on, and read over them.
      socket.destroy(error instanceof Error ? error : new Error('A listener failed', { cause: error }))
      return false
    }
  }
  // Node's would stop reading at once: a COPY that is not read yet would look as if the server sent nothing.
  return Object.assign(socket, { pause: Duplex.prototype.pause })
}

/** To be called with a chunk of a COPY of which nothing will be read any more. A chunk that is not given back is garbage as any other. */
export function giveBack(chunk: Buffer): void {
  if (lent.delete(chunk.buffer) && free.length < MOST_FREE) free.push(Buffer.from(chunk.buffer))
}

/** Copies pieces into chunks that are given back as those of a socket. */
export function chunksOf(pieces: readonly Buffer[]): Buffer[] {
  const size = pieces.reduce((total, piece) => total + piece.length, 0)
  if (size < SMALL_BYTES) return [Buffer.concat(pieces, size)]
  const chunks: Buffer[] = []
  let [buffer, end] = [take(), 0]
  const finish = () => {
    lent.add(buffer.buffer)
    chunks.push(buffer.subarray(0, end))
  }
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      if (end === buffer.length) {
        finish()
        ;[buffer, end] = [take(), 0]
      }
      const copied = piece.copy(buffer, end, at)
      at += copied
      end += copied
    }
  finish()
  return chunks
}

function take(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

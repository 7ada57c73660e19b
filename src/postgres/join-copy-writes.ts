import type { Socket } from 'node:net'
import type { CopyStreamQuery } from 'pg-copy-streams'
import { messageHeader } from './message-header.ts'
import { giveBack } from './read-buffers.ts'

/** What `pg-copy-streams` keeps to itself of a `COPY … FROM STDIN`; mbsync ships with the version that it was built with. */
interface Encoder {
  flush(callback?: () => void): void
  flushChunk(chunk: Buffer): boolean
  readonly connection: { readonly stream: Socket } | null
}

/**
 * Makes a stream of `COPY … FROM STDIN` send what it writes in one turn of the event loop at once, and give back the buffers of what has been sent. Its own
 * way is a packet for each header, each chunk and the end, which wakes the server each time: of many small tables, that takes longer than the rows.
 */
export function joinCopyWrites(stream: CopyStreamQuery): void {
  const encoder = stream as unknown as Encoder
  const flush = encoder.flush.bind(stream)
  encoder.flush = (callback) => {
    const socket = encoder.connection?.stream
    if (socket !== undefined) {
      socket.cork()
      setImmediate(() => socket.uncork())
    }
    flush(callback)
  }
  encoder.flushChunk = (chunk) => {
    const socket = encoder.connection?.stream
    if (socket === undefined) return true
    socket.write(messageHeader('d', chunk.length))
    return socket.write(chunk, (error) => {
      if (!error) giveBack(chunk)
    })
  }
}

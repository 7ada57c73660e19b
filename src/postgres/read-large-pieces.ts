import type { Socket } from 'node:net'
import type { CopyToStreamQuery } from 'pg-copy-streams'

/** What `pg-copy-streams` keeps to itself of a `COPY … TO STDOUT`; mbsync ships with the version that it was built with. */
interface Forwarding {
  _forward(): void
  /** None after an error. */
  readonly _buffer: object | null
  readonly connection?: { readonly stream: Socket } | null
}

/** The server sends pieces of 8 KB, and Node reads at most 64 KB at once. */
const SMALL_BYTES = 4 * 1024
const LARGE_BYTES = 32 * 1024
const WAIT_MS = 1

/**
 * Makes a stream of `COPY … TO STDOUT` wait a moment for more if rows come more slowly than they are passed on. Its own way is to pass on each piece at once:
 * then each wakes this process and the other server, and most of their time goes to that. The first piece does not wait, as it is often all there is.
 */
export function readLargePieces(stream: CopyToStreamQuery): void {
  const query = stream as unknown as Forwarding
  const forward = query._forward.bind(stream)
  let isFirst = true
  let timer: NodeJS.Timeout | undefined
  query._forward = () => {
    if (timer !== undefined) return
    const waiting = query.connection?.stream.readableLength ?? 0
    const isSmall = waiting >= SMALL_BYTES && waiting < LARGE_BYTES
    if (isSmall && !isFirst) {
      timer = setTimeout(() => {
        timer = undefined
        if (query._buffer !== null) forward()
      }, WAIT_MS)
      return
    }
    if (waiting >= SMALL_BYTES) isFirst = false
    forward()
  }
}

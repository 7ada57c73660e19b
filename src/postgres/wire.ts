import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type pg from 'pg'
import { type CopyStreamQuery, type CopyToStreamQuery, from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { joinCopyWrites } from './join-copy-writes.ts'
import { readLargePieces } from './read-large-pieces.ts'
import { stripCopyHeaders } from './strip-copy-headers.ts'

/** A server that does not answer a farewell is left after that time. */
const FAREWELL_MS = 2000

/** What node-postgres does not declare: whether it sends statements without waiting for the answers to those before, and whether none is awaited. */
type PipelinedClient = pg.Client & { pipeline: boolean; readonly readyForQuery: boolean }

/**
 * A connection, and since when its server has owed it something without a byte having moved. Statements are sent as they come, and answered in
 * that order: each is a transaction of its own unless one is open, and after an error those that follow in an open one fail, too.
 */
export class Wire {
  readonly client: pg.Client
  #isAwaiting = false
  #reading: Readable | undefined
  #writing: Writable | undefined
  #lastSeen = ''
  #isBroken = false
  #quietSince = performance.now()

  constructor(client: pg.Client) {
    this.client = client
    this.#isPipelined = true
    const done = () => {
      this.#isPipelined = true
      this.#isAwaiting = false
      this.#reading = undefined
      this.#writing = undefined
    }
    client.on('drain', done)
    client.once('end', done)
  }

  /** Sends a statement with the given call, whose answer is then awaited. */
  send<T>(call: (client: pg.Client) => T): T {
    this.#isAwaiting = true
    return call(this.client)
  }

  /** Starts `COPY … TO STDOUT`. */
  copyOut(sql: string): CopyToStreamQuery {
    const stream = copyTo(sql)
    stripCopyHeaders(stream)
    readLargePieces(stream)
    keepErrors(stream)
    this.#copy(stream, () => {
      this.#reading = stream
    })
    return stream
  }

  /** The same, with the number of rows by the server's own count: it comes after the last of them. */
  copyOutCounted(sql: string): { readonly stream: CopyToStreamQuery; readonly rowCount: Promise<number> } {
    const stream = this.copyOut(sql)
    const rowCount = new Promise<number>((resolve, reject) => {
      Object.assign(stream, { handleReadyForQuery: () => resolve(stream.rowCount) })
      stream.once('error', reject)
    })
    // It is awaited only where the stream has not failed.
    rowCount.catch(() => undefined)
    return { stream, rowCount }
  }

  /** Starts `COPY … FROM STDIN`. */
  copyIn(sql: string): CopyStreamQuery {
    const stream = copyFrom(sql)
    joinCopyWrites(stream)
    this.#copy(stream, () => {
      this.#writing = stream
    })
    return stream
  }

  /**
   * For how long the server has owed an answer without a byte having come or gone, in milliseconds. It is known as exactly as it is asked
   * often. The server owes nothing while what it has sent waits to be read here, or while it waits for rows of a COPY.
   */
  quietMs(): number {
    const { bytesRead, bytesWritten, writableLength } = this.#socket
    const seen = `${bytesRead} ${bytesWritten} ${writableLength}`
    if (seen !== this.#lastSeen || !this.#isOwed()) this.excuse()
    this.#lastSeen = seen
    return performance.now() - this.#quietSince
  }

  /** Takes the silence up to now for explained. */
  excuse(): void {
    this.#quietSince = performance.now()
  }

  /** Breaks the connection: whatever waits for it fails with the error. */
  destroy(error?: Error): void {
    this.#isBroken = true
    this.#socket.destroy(error)
  }

  /**
   * Ends the connection. A server that does not answer is not waited for. Never throws.
   * @returns whether the server has ended it, too
   */
  async end(): Promise<boolean> {
    if (this.#socket.destroyed) return !this.#isBroken
    const timer = setTimeout(() => this.destroy(), FAREWELL_MS)
    await this.client.end().catch(() => undefined)
    clearTimeout(timer)
    return !this.#isBroken
  }

  /**
   * A COPY has the connection to itself: it is sent when all before it has been answered, as it reads the socket on its own, and what is asked
   * meanwhile waits until it has ended.
   */
  #copy(stream: CopyToStreamQuery | CopyStreamQuery, started: () => void): void {
    const start = () => {
      this.client.off('drain', start).off('end', start)
      this.#isPipelined = false
      this.send((client) => client.query(stream))
      started()
    }
    if ((this.client as PipelinedClient).readyForQuery) start()
    // At the end of the connection it fails as any statement does.
    else this.client.on('drain', start).on('end', start)
  }

  set #isPipelined(value: boolean) {
    ;(this.client as PipelinedClient).pipeline = value
  }

  #isOwed(): boolean {
    if (!this.#isAwaiting) return false
    const reading = this.#reading
    if (reading !== undefined) return !reading.destroyed && this.#unread(reading) === 0
    const writing = this.#writing
    if (writing === undefined || writing.destroyed || writing.writableEnded) return true
    return writing.writableLength + this.#socket.writableLength > 0
  }

  /** A stream that is not read goes on to take in what comes until its buffer is full: so an empty one has been sent nothing. */
  #unread(stream: Readable): number {
    return stream.readableLength + this.#socket.readableLength
  }

  get #socket(): Socket {
    return this.client.connection.stream as Socket
  }
}

/**
 * Destroys a stream of `COPY … TO STDOUT` that fails. `pg-copy-streams` only emits the error: a reader that begins afterwards, as the writer took
 * its time, would wait for good.
 */
function keepErrors(stream: CopyToStreamQuery): void {
  const query = stream as unknown as { _cleanup(): void }
  const handleError = (error: Error) => {
    stream.destroy(error)
    query._cleanup()
  }
  Object.assign(stream, { handleError })
}

import type { Duplex } from 'node:stream'
import type pg from 'pg'

/** The code, and the length of what follows, itself included. */
const HEADER_BYTES = 5

/** The largest messages that a server can mean: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const LARGEST_BYTES: Readonly<Record<string, number>> = {
  // Rows and COPY data: PostgreSQL makes no value and no row of more than 1 GB.
  D: 2 ** 30 + 2 ** 20,
  d: 2 ** 30 + 2 ** 20,
  // Descriptions of 1,664 columns at most, each with a name of at most 63 bytes.
  T: 2 ** 20,
  t: 2 ** 20,
  // Errors and notices may quote what functions of users say.
  E: 2 ** 24,
  N: 2 ** 24,
}
const LARGEST_OTHER_BYTES = 2 ** 16
const KNOWN_CODES = new Set('RKSZCDETNAIGHWdcsnt123vV'.split(''))

/**
 * Breaks a connection whose server sends what cannot be a message of PostgreSQL's protocol, or one that is larger than any it can mean, before
 * it is collected in memory: node-postgres would wait for all of it, and an error while reading it would end the process.
 * Call it before `client.connect()`.
 */
export function guardProtocol({ connection }: pg.Client): void {
  const own = connection as unknown as { attachListeners(stream: Duplex): void }
  const attach = own.attachListeners.bind(connection)
  own.attachListeners = (stream) => {
    attach(stream)
    const readers = stream.listeners('data') as ((chunk: Buffer) => void)[]
    stream.removeAllListeners('data')
    const check = frameCheck()
    stream.on('data', (chunk: Buffer) => {
      try {
        check(chunk)
        for (const read of readers) read(chunk)
      } catch (cause) {
        stream.destroy(new Error('The server sent an unreadable message', { cause }))
      }
    })
  }
}

/**
 * Follows a stream from one message to the next, whatever its chunks.
 * @returns what takes the next chunk, and throws for a message that cannot be one
 */
export function frameCheck(): (chunk: Buffer) => void {
  let left = 0
  let header: Buffer = Buffer.alloc(0)
  return (chunk) => {
    // A header may be spread over chunks.
    const bytes = header.length === 0 ? chunk : Buffer.concat([header, chunk])
    let at = left
    while (at + HEADER_BYTES <= bytes.length) at += 1 + lengthOf(bytes, at)
    header = Buffer.from(bytes.subarray(at))
    left = Math.max(0, at - bytes.length)
  }
}

function lengthOf(bytes: Buffer, at: number): number {
  const code = String.fromCharCode(bytes[at] ?? 0)
  const length = bytes.readUInt32BE(at + 1)
  const largest = LARGEST_BYTES[code] ?? LARGEST_OTHER_BYTES
  if (!KNOWN_CODES.has(code) || length < 4 || length > largest) throw new Error('no message of PostgreSQL')
  return length
}

import { createServer, type Socket } from 'node:net'
import { socketOfReadBuffers } from '../../src/postgres/read-buffers.ts'

/**
 * Receives bytes over a connection as those to servers are, with each chunk as it was read: its memory is read into again if `take` gives it back.
 * @throws the error of the connection
 */
export async function receiveChunks(
  bytes: Buffer,
  take: (chunk: Buffer) => void = () => undefined,
): Promise<Buffer[]> {
  const server = createServer((peer: Socket) => peer.on('error', () => undefined).end(bytes))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port')
    const chunks: Buffer[] = []
    const socket = socketOfReadBuffers()
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      take(chunk)
    })
    socket.connect(address.port, '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('error', reject).once('close', resolve))
    return chunks
  } finally {
    server.close()
  }
}

/** A chunk whose memory is not shared with any other, until it is given back. */
export async function receiveChunk(fill: string): Promise<Buffer> {
  const [largest] = (await receiveChunks(Buffer.alloc(512 * 1024, fill))).toSorted(
    (a, b) => b.length - a.length,
  )
  if (largest === undefined) throw new Error('Nothing came')
  return largest
}

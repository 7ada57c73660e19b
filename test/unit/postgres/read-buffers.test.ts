import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { giveBack, socketOfReadBuffers } from '../../../src/postgres/read-buffers.ts'

const CHUNK_BYTES = 64 * 1024
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A connection to a server that sends this much, each 4 bytes the number of those before. */
async function receive(bytes: number, take: (chunk: Buffer) => void): Promise<void> {
  const numbers = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4) numbers.writeUInt32LE(at / 4, at)
  const server = createServer((peer: Socket) => peer.end(numbers))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  const socket = socketOfReadBuffers()
  socket.on('data', take)
  socket.connect(address.port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
}

function numbersIn(chunks: readonly Buffer[]): boolean {
  const all = Buffer.concat(chunks)
  for (let at = 0; at < all.length; at += 4) if (all.readUInt32LE(at) !== at / 4) return false
  return true
}

test('what arrives is whole, and buffers that are given back are read into again', async () => {
  const copies: Buffer[] = []
  const memory = new Set<ArrayBufferLike>()
  let large = 0
  await receive(200 * CHUNK_BYTES, (chunk) => {
    copies.push(Buffer.from(chunk))
    if (chunk.byteLength === CHUNK_BYTES) {
      memory.add(chunk.buffer)
      large += 1
    }
    giveBack(chunk)
  })
  expect(Buffer.concat(copies).length).toBe(200 * CHUNK_BYTES)
  expect(numbersIn(copies)).toBe(true)
  expect(large).toBeGreaterThan(50)
  expect(memory.size).toBeLessThan(10)
})

test('a chunk that is not given back stays as it is', async () => {
  const chunks: Buffer[] = []
  await receive(50 * CHUNK_BYTES, (chunk) => chunks.push(chunk))
  expect(numbersIn(chunks)).toBe(true)
})

test('few bytes are a copy, which nobody reads into again', async () => {
  const chunks: Buffer[] = []
  await receive(4000, (chunk) => {
    chunks.push(chunk)
    giveBack(chunk)
  })
  await receive(4000, (chunk) => giveBack(chunk))
  expect(numbersIn(chunks)).toBe(true)
})

test('a buffer that is given back twice is used once', async () => {
  const chunks: Buffer[] = []
  await receive(20 * CHUNK_BYTES, (chunk) => {
    chunks.push(Buffer.from(chunk))
    giveBack(chunk)
    giveBack(chunk)
  })
  expect(numbersIn(chunks)).toBe(true)
  const held: Buffer[] = []
  await receive(20 * CHUNK_BYTES, (chunk) => held.push(chunk))
  expect(numbersIn(held)).toBe(true)
})

import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { giveBack, socketOfReadBuffers } from '../../../src/postgres/read-buffers.ts'
import { receiveChunks } from '../../support/receive-chunks.ts'

const CHUNK_BYTES = 64 * 1024

/** A server sends this much, each 4 bytes the number of those before. */
function receive(bytes: number, take: (chunk: Buffer) => void): Promise<Buffer[]> {
  const numbers = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += 4) numbers.writeUInt32LE(at / 4, at)
  return receiveChunks(numbers, take)
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

test('a connection whose listener throws ends, as Node would read over what it has passed on', async () => {
  const chunks: Buffer[] = []
  const received = receive(20 * CHUNK_BYTES, (chunk) => {
    chunks.push(chunk)
    if (chunks.length === 2) throw new Error('The listener failed')
  })
  await expect(received).rejects.toThrow('The listener failed')
  expect(chunks).toHaveLength(2)
  expect(numbersIn(chunks)).toBe(true)
})

test('a connection that is paused takes in what comes, as any other does', async () => {
  const sent = Buffer.alloc(100, 'x')
  const server = createServer((peer) => {
    peer.once('data', () => peer.write(sent))
    peer.write('hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  const socket = socketOfReadBuffers()
  socket.connect(address.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  socket.write('more')
  await expect.poll(() => socket.readableLength).toBe(sent.length)
  socket.destroy()
  server.close()
})

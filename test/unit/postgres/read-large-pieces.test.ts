import { PassThrough } from 'node:stream'
import type pg from 'pg'
import { type CopyToStreamQuery, to as copyTo } from 'pg-copy-streams'
import { expect, test, vi } from 'vitest'
import { readLargePieces } from '../../../src/postgres/read-large-pieces.ts'

const PIECE = 8 * 1024

function row(size: number): Buffer {
  const bytes = Buffer.alloc(size, 'x')
  bytes.write('d')
  bytes.writeUInt32BE(size - 1, 1)
  return bytes
}

interface Copying {
  readonly stream: CopyToStreamQuery
  /** Of the pieces that were passed on. */
  readonly sizes: number[]
  readonly send: (bytes: Buffer) => Promise<void>
}

async function copying(use: (copying: Copying) => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const socket = new PassThrough({ highWaterMark: 1024 * 1024 })
    socket.on('data', () => undefined)
    const stream = copyTo('COPY t TO STDOUT')
    readLargePieces(stream)
    stream.submit({ stream: socket, query: () => undefined } as unknown as pg.Connection)
    const sizes: number[] = []
    stream.on('data', (chunk: Buffer) => sizes.push(chunk.length))
    const send = async (bytes: Buffer) => {
      socket.write(bytes)
      await turn()
    }
    await use({ stream, sizes, send })
  } finally {
    vi.useRealTimers()
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('pieces that come slowly are passed on together, but neither the first nor the end waits for more', () =>
  copying(async ({ stream, sizes, send }) => {
    await send(row(PIECE))
    expect(sizes).toEqual([PIECE - 5])
    await send(row(PIECE))
    await send(row(PIECE))
    expect(sizes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    await turn()
    expect(sizes).toEqual([PIECE - 5, 2 * (PIECE - 5)])
    await send(row(5 * PIECE))
    expect(sizes).toHaveLength(3)
    const ended = new Promise((resolve) => stream.once('end', resolve))
    await send(Buffer.from([0x63, 0, 0, 0, 4]))
    await ended
  }))

test('a connection that is lost while a piece waits is an error of the COPY alone', () =>
  copying(async ({ stream, sizes, send }) => {
    const errors: Error[] = []
    stream.on('error', (error) => errors.push(error))
    await send(row(PIECE))
    await send(row(PIECE))
    ;(stream as unknown as { handleError(error: Error): void }).handleError(new Error('lost'))
    await vi.advanceTimersByTimeAsync(1)
    expect(sizes).toHaveLength(1)
    expect(errors).toEqual([new Error('lost')])
  }))

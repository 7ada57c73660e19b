import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { expect, test } from 'vitest'
import { joinCopyWrites } from '../../../src/postgres/join-copy-writes.ts'
import { receiveChunk, receiveChunks } from '../../support/receive-chunks.ts'

/** More than is copied. */
const SENT_BYTES = 512 * 1024

/** Sends these chunks as the rows of a COPY that the server has agreed to. */
async function send(socket: Writable, ...chunks: readonly Buffer[]): Promise<void> {
  const stream = copyFrom('COPY item FROM STDIN')
  joinCopyWrites(stream)
  const connection = { query: () => undefined, stream: socket } as unknown as pg.Connection
  stream.submit(connection)
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  const answered = stream as unknown as { handleCopyInResponse(connection: pg.Connection): void }
  answered.handleCopyInResponse(connection)
  await nextTurn()
  await nextTurn()
}

test('rows of a small table go with their header and the end of the COPY at once', async () => {
  const sent: string[] = []
  const socket = new Writable({
    writev: (chunks, done) => {
      sent.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString('latin1'))
      done()
    },
  })
  await send(socket, Buffer.from('1\n'), Buffer.from('2\n'))
  expect(sent).toEqual(['d\0\0\0\x061\nd\0\0\0\x062\nc\0\0\0\x04'])
})

test('the buffer of a chunk is read into again when the chunk has been sent, and neither before nor if that fails', async () => {
  const sending: ((error?: Error) => void)[] = []
  const socket = () => new Writable({ writev: (_, done) => sending.push(done) }).on('error', () => undefined)
  const memoryOf = async (fill: string) =>
    (await receiveChunks(Buffer.alloc(SENT_BYTES, fill))).map(({ buffer }) => buffer)
  const [first, second] = [await receiveChunk('1'), await receiveChunk('2')]

  await send(socket(), first)
  expect(await memoryOf('x')).not.toContain(first.buffer)
  expect(first.equals(Buffer.alloc(first.length, '1'))).toBe(true)
  sending[0]?.()
  await nextTurn()
  expect(await memoryOf('x')).toContain(first.buffer)

  await send(socket(), second)
  sending[1]?.(new Error('The connection is lost'))
  await nextTurn()
  expect(await memoryOf('x')).not.toContain(second.buffer)
})

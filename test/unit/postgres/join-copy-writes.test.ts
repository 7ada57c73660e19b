import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { beforeEach, expect, test, vi } from 'vitest'
import { joinCopyWrites } from '../../../src/postgres/join-copy-writes.ts'
import { giveBack } from '../../../src/postgres/read-buffers.ts'

vi.mock('../../../src/postgres/read-buffers.ts', () => ({ giveBack: vi.fn() }))

beforeEach(() => {
  vi.mocked(giveBack).mockClear()
})

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

test('the buffer of a chunk is given back when it has been sent, and never when it was not', async () => {
  const chunk = Buffer.from('1\n')
  let finish: ((error?: Error) => void) | undefined
  const socket = () =>
    new Writable({
      writev: (_, done) => {
        finish = done
      },
    }).on('error', () => undefined)
  await send(socket(), chunk)
  expect(giveBack).not.toHaveBeenCalled()
  finish?.()
  await nextTurn()
  expect(giveBack).toHaveBeenCalledExactlyOnceWith(chunk)
  await send(socket(), chunk)
  finish?.(new Error('The connection is lost'))
  await nextTurn()
  expect(giveBack).toHaveBeenCalledOnce()
})

import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { expect, test } from 'vitest'
import { joinCopyWrites } from '../../../src/postgres/join-copy-writes.ts'

test('rows of a small table go with their header and the end of the COPY at once', async () => {
  const sent: string[] = []
  const socket = new Writable({
    writev: (chunks, done) => {
      sent.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString('latin1'))
      done()
    },
  })
  const stream = copyFrom('COPY item FROM STDIN')
  joinCopyWrites(stream)
  const connection = { query: () => undefined, stream: socket } as unknown as pg.Connection
  stream.submit(connection)
  stream.write('1\n')
  stream.end('2\n')
  const answered = stream as unknown as { handleCopyInResponse(connection: pg.Connection): void }
  answered.handleCopyInResponse(connection)
  await nextTurn()
  await nextTurn()
  expect(sent).toEqual(['d\0\0\0\x061\nd\0\0\0\x062\nc\0\0\0\x04'])
})

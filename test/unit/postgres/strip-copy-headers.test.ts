import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { expect, test } from 'vitest'
import { stripCopyHeaders } from '../../../src/postgres/strip-copy-headers.ts'

function message(code: string, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  const head = Buffer.alloc(5)
  head.write(code)
  head.writeUInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

const ROWS = ['1\tone\n', 'd', '', '\n', `${'x'.repeat(300)}\n`, 'c\0\0\0\x04', '2\ttwo\n'].map((row) => row)
const END = [message('c', ''), message('C', 'COPY 6\0'), message('Z', 'I')]

function answer(rows: readonly string[]): Buffer {
  const [first = '', ...others] = rows
  return Buffer.concat([
    message('H', '\0\0\x02\0\0\0\0'),
    message('d', first),
    message('N', 'SNOTICE\0\0'),
    ...others.map((row) => message('d', row)),
    ...END,
  ])
}

/** What a COPY gives for an answer that comes in these chunks, and what it leaves to node-postgres. */
async function read(chunks: readonly Buffer[]): Promise<{ rows: string; rest: string }> {
  const socket = new PassThrough()
  const rest: Buffer[] = []
  socket.on('data', (chunk: Buffer) => rest.push(Buffer.from(chunk)))
  const stream = copyTo('COPY t TO STDOUT')
  stripCopyHeaders(stream)
  stream.submit({ stream: socket, query: () => undefined } as unknown as pg.Connection)
  const rows: Buffer[] = []
  stream.on('data', (chunk: Buffer) => rows.push(Buffer.from(chunk)))
  const ended = new Promise((resolve) => stream.once('end', resolve))
  for (const chunk of chunks) {
    const sent = Buffer.from(chunk)
    socket.write(sent)
    await nextTurn()
    // Its reader has given it back, and the next bytes are read into it.
    sent.fill('?')
  }
  await ended
  await nextTurn()
  return { rows: Buffer.concat(rows).toString('latin1'), rest: Buffer.concat(rest).toString('latin1') }
}

const WANTED = { rows: ROWS.join(''), rest: Buffer.concat(END.slice(0)).toString('latin1') }

test('rows arrive whole wherever an answer is cut, and what follows them is left to node-postgres', async () => {
  const bytes = answer(ROWS)
  const cuts = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1)
  const found = await Promise.all(cuts.map((at) => read([bytes.subarray(0, at), bytes.subarray(at)])))
  // The end of the COPY itself is not for node-postgres.
  const rest = Buffer.concat(END.slice(1)).toString('latin1')
  for (const each of found) expect(each).toEqual({ rows: WANTED.rows, rest })
})

test('rows arrive whole byte by byte, and in chunks that none of them fits in', async () => {
  const bytes = answer(ROWS)
  for (const size of [1, 2, 3, 4, 5, 6, 7, 100]) {
    const count = Math.ceil(bytes.length / size)
    const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
    expect((await read(chunks)).rows).toBe(WANTED.rows)
  }
})

test('an answer without rows is an empty stream', async () => {
  expect((await read([Buffer.concat([message('H', '\0\0\0'), ...END])])).rows).toBe('')
})

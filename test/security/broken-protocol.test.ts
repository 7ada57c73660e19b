import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { runMbsync } from '../support/run-mbsync.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** A server that answers each startup packet in the given way; its URL. */
async function serve(answer: (socket: Socket) => void): Promise<string> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => answer(socket))
  })
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return `postgres://me@127.0.0.1:${address.port}/app?sslmode=disable&connect_timeout=20`
}

const header = (code: string, length: number) => {
  const bytes = Buffer.alloc(5)
  bytes.write(code)
  bytes.writeUInt32BE(length, 1)
  return bytes
}
const LOGGED_IN = Buffer.concat([header('R', 8), Buffer.alloc(4)])

test.each<[string, (socket: Socket) => void]>([
  ['answers in HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['announces a message of 2 GB', (socket) => socket.write(Buffer.concat([LOGGED_IN, header('S', 2 ** 31)]))],
  ['sends a message shorter than its length', (socket) => socket.write(header('R', 1))],
  [
    'sends a kind of message that there is not',
    (socket) => socket.write(Buffer.concat([header('?', 4), LOGGED_IN])),
  ],
  [
    'sends an error of 50 MB',
    (socket) => socket.write(Buffer.concat([header('E', 50_000_000), Buffer.alloc(50_000_000, 'Mx')])),
  ],
  [
    'sends fields without an end',
    (socket) => socket.end(Buffer.concat([header('T', 10), Buffer.from([255, 255, 65, 65, 65, 65])])),
  ],
])('a server that %s ends with a short message', async (_, answer) => {
  const url = await serve(answer)
  const { exitCode, stderr } = await runMbsync(['sync', '--dry-run'], {
    env: { PRODUCTION_DATABASE_URL: url, STAGING_DATABASE_URL: url.replace('/app', '/other') },
  })
  expect(exitCode, stderr.slice(0, 2000)).toBe(1)
  expect(stderr).toMatch(/not PostgreSQL's protocol|was lost/)
  expect(stderr).not.toMatch(/\n\s+at |Please report/)
  expect(stderr.length).toBeLessThan(2000)
})

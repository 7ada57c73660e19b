import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openTypesense } from '../../../../src/search/typesense/open-typesense.ts'
import { startTypesense } from '../../../support/typesense/start-typesense.ts'
import { documents, nodeOf, openTestIndex, SECRET_KEY, settingsFor } from './open-test-index.ts'

const BOOKS_COLLECTION = { name: 'books', identity: '1' }

function waiting(longestWaitMs: number, attempts = 3) {
  return {
    retry: { attempts, firstWaitMs: 1, longestWaitMs },
    lagWaitMs: 1,
    settleMs: 1,
    settleReads: 3,
  }
}

test('the next server is asked when one is down, and asked on', async () => {
  const down = await startTypesense()
  await down.close()
  const { server, open, books } = await openTestIndex()
  const index = open({ nodes: [nodeOf(down), nodeOf(server)] })
  expect(await index.upsert(books, documents('a'))).toEqual([{ kind: 'indexed' }])
  await index.delete(books, ['a'])
  expect(await index.findLive()).toEqual(books)
  expect(await index.check([{ name: 'title', type: 'text' }])).toEqual([])
})

test('the next server is asked when one lags', async () => {
  const lagging = await startTypesense({ apiKey: SECRET_KEY })
  lagging.faults.always({ kind: 'not-ready' })
  const { server, open, books } = await openTestIndex()
  const index = open({ nodes: [nodeOf(lagging), nodeOf(server)] })
  await index.upsert(books, documents('a', 'b'))
  expect(server.documentsOf('books').size).toBe(2)
  expect(lagging.requests).toHaveLength(1)
  await lagging.close()
})

test.each(['1', new Date(Date.now() + 3_600_000).toUTCString()])(
  'a server that says %s is not asked before, up to the longest wait',
  async (retryAfter) => {
    const { server, open, books } = await openTestIndex()
    server.faults.next({ kind: 'rate-limited', retryAfter, on: 'import' })
    const started = performance.now()
    await open({ pacing: waiting(200) }).upsert(books, documents('a'))
    const waited = performance.now() - started
    expect(waited).toBeGreaterThan(190)
    expect(waited).toBeLessThan(900)
  },
)

test('attempts end', async () => {
  const { server, open, books } = await openTestIndex()
  server.faults.always({ kind: 'reset-before' })
  await expect(open({ pacing: waiting(2, 3) }).upsert(books, documents('a'))).rejects.toMatchObject({
    kind: 'network',
    message: expect.stringContaining('was lost'),
  })
  expect(server.requests).toHaveLength(3)
})

test('the time limit covers the body of a reply', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"success"'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const settings = { ...settingsFor([nodeOf({ port })]), requestMs: 100, pacing: waiting(2, 2) }
  const index = openTypesense(settings, new AbortController().signal)
  const started = performance.now()
  await expect(index.upsert(BOOKS_COLLECTION, documents('a'))).rejects.toMatchObject({ kind: 'timeout' })
  await expect(index.findLive()).rejects.toThrow('did not answer within 100 ms')
  expect(performance.now() - started).toBeLessThan(2000)
  await index.close()
  server.close()
})

test('a connection that does not come about has a time limit of its own', async () => {
  // Of a TLS handshake that never ends, as of a host that never answers.
  const server = createServer((socket) => void socket.on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const node = { ...nodeOf({ port }), protocol: 'https' as const }
  const settings = { ...settingsFor([node]), connectMs: 50, requestMs: 60_000, pacing: waiting(2, 2) }
  const index = openTypesense(settings, new AbortController().signal)
  await expect(index.findLive()).rejects.toThrow('Timed out connecting to Typesense at 127.0.0.1')
  await index.close()
  server.close()
})

test('a path before every other is sent along', async () => {
  const { server, open } = await openTestIndex()
  const index = open({ nodes: [{ ...nodeOf(server), path: '/prefix' }] })
  await index.findLive()
  expect(server.requests.map(({ path }) => path)).toEqual(['/prefix/collections/books'])
})

test('closing twice, and without a request before, is no error', async () => {
  const { index } = await openTestIndex()
  await index.close()
  await index.close()
})

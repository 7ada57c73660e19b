import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { SearchIndex } from '../../../../src/search/search-index.ts'
import { openTypesense } from '../../../../src/search/typesense/open-typesense.ts'
import { ids, nodeOf, openTestIndex, settingsFor } from './open-test-index.ts'

const BOOKS_COLLECTION = { name: 'books', identity: '1' }

async function listed(index: SearchIndex): Promise<readonly string[][]> {
  const portions: string[][] = []
  for await (const portion of index.listIds(BOOKS_COLLECTION)) portions.push([...portion])
  return portions
}

async function openWith(count: number) {
  const opened = await openTestIndex()
  for (const id of ids(count)) opened.server.putDocument('books', { id, title: 'ü'.repeat(5) })
  return opened
}

test('ids come in portions of a thousand', async () => {
  const { index } = await openWith(2500)
  const portions = await listed(index)
  expect(portions.map(({ length }) => length)).toEqual([1000, 1000, 500])
  expect(portions.flat()).toEqual(ids(2500))
})

test('texts are told as they are there, without embeddings, also of documents that have an error', async () => {
  const { index, server } = await openTestIndex()
  const live = server.collections.get('books')
  live?.schema.fields.push({
    name: 'vector',
    type: 'float[]',
    optional: true,
    index: true,
    embed: { from: ['title'] },
  })
  for (const id of ids(150)) server.putDocument('books', { id, title: 'T', error: 'none', vector: [1, 2] })
  const portions: number[] = []
  for await (const texts of index.listTexts?.(BOOKS_COLLECTION) ?? []) {
    portions.push(texts.length)
    for (const { id, json } of texts) expect(JSON.parse(json)).toEqual({ id, title: 'T', error: 'none' })
  }
  expect(portions).toEqual([100, 50])
})

test('an empty collection has no portions', async () => {
  const { index } = await openTestIndex()
  expect(await listed(index)).toEqual([])
})

test.each([{ kind: 'not-ready' }, { kind: 'reset-before' }, { kind: 'error-line', afterLines: 3 }] as const)(
  '$kind before the first portion only costs an attempt',
  async (fault) => {
    const { index, server } = await openWith(1500)
    server.faults.next({ ...fault, on: 'export' }, 2)
    expect((await listed(index)).flat()).toHaveLength(1500)
  },
)

test.each([
  { kind: 'error-line', afterLines: 2100 },
  { kind: 'error-line', afterLines: 2100, line: 'not json' },
  { kind: 'error-line', afterLines: 2100, line: '{"id":"id-2100","error":"Not found."}' },
  { kind: 'reset-mid-reply' },
] as const)('$kind after a portion is an error that says to run again', async (fault) => {
  const { index, server } = await openWith(5000)
  server.faults.next({ ...fault, on: 'export' })
  await expect(listed(index)).rejects.toMatchObject({
    message: expect.stringContaining('broke off'),
    hint: expect.stringContaining('run again'),
  })
  expect(server.requests).toHaveLength(1)
})

test('a reader that leaves early ends the export', async () => {
  const { index } = await openWith(5000)
  for await (const portion of index.listIds(BOOKS_COLLECTION)) {
    expect(portion).toHaveLength(1000)
    break
  }
  expect(await index.countDocuments(BOOKS_COLLECTION)).toBe(5000)
})

test('a slow reader is no timeout, but a server that falls silent is', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      const lines = ids(1000).map((id) => `{"id":"${id}"}\n`)
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${lines.join('')}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const settings = { ...settingsFor([nodeOf({ port })]), requestMs: 150 }
  const index = openTypesense(settings, new AbortController().signal)
  const iterator = index.listIds(BOOKS_COLLECTION)[Symbol.asyncIterator]()
  expect((await iterator.next()).value).toHaveLength(1000)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const started = performance.now()
  await expect(iterator.next()).rejects.toThrow(/broke off/)
  expect(performance.now() - started).toBeGreaterThan(100)
  await index.close()
  server.close()
})

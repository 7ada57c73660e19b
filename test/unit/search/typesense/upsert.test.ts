import { expect, test } from 'vitest'
import type { RefusalKind } from '../../../support/typesense/fault.ts'
import { document, documents, ids, openTestIndex } from './open-test-index.ts'

const INDEXED = { kind: 'indexed' }

test('documents are replaced, and each has an outcome in its place', async () => {
  const { index, server, books } = await openTestIndex()
  const outcomes = await index.upsert(books, [
    document({ id: 'a', title: 'Old', pages: 3 }),
    document({ id: 'b', title: 7 }),
    document({ id: 'c', title: 'C' }),
  ])
  expect(outcomes).toEqual([INDEXED, { kind: 'rejected', error: 'Field `title` must be a string.' }, INDEXED])
  await index.upsert(books, [document({ id: 'a', title: 'New' })])
  expect(server.documentsOf('books').get('a')).toEqual({ id: 'a', title: 'New' })
})

test('no documents need no request', async () => {
  const { index, server, books } = await openTestIndex()
  expect(await index.upsert(books, [])).toEqual([])
  expect(server.requests).toEqual([])
})

test('batches hold no more documents and bytes than the limits say', async () => {
  const limits = { documents: 10, bytes: 400, deletions: 100, parallel: 1 }
  const { index, server, books } = await openTestIndex({ limits })
  const large = document({ id: 'large', title: 'x'.repeat(1000) })
  await index.upsert(books, [...documents(...ids(25)), large])
  expect(server.documentsOf('books').size).toBe(26)
  for (const { byteLength, documentIds } of server.requests) {
    expect(documentIds.length).toBeLessThanOrEqual(10)
    expect(byteLength <= 400 || documentIds.length === 1).toBe(true)
  }
})

test('a document on several lines is still one document', async () => {
  const { index, server, books } = await openTestIndex()
  const outcomes = await index.upsert(books, [
    { id: 'a', json: '{"id": "a",\n "title": "A"}' },
    ...documents('b'),
  ])
  expect(outcomes).toEqual([INDEXED, INDEXED])
  expect(server.documentsOf('books').size).toBe(2)
})

test.each([
  { kind: 'not-ready' },
  { kind: 'no-leader' },
  { kind: 'rate-limited', retryAfter: '0' },
  { kind: 'rate-limited', retryAfter: 'Wed, 21 Oct 2015 07:28:00 GMT' },
  { kind: 'update-in-progress' },
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'reset-mid-reply' },
  { kind: 'short-reply', missing: 2, isWhollyApplied: false },
  { kind: 'short-reply', missing: 1, isWhollyApplied: true },
  { kind: 'answer', status: 502, body: '<html>Bad gateway</html>' },
  { kind: 'answer', status: 200, body: '<html>Please log in</html>' },
  { kind: 'answer', status: 200, body: '{"success":true}\n{"success":true}\n{"succ' },
  { kind: 'answer', status: 200, body: '{}\nnull\n1' },
] as const)('gets over $kind', async (fault) => {
  const { index, server, books } = await openTestIndex()
  server.faults.next({ ...fault, on: 'import' }, 2)
  expect(await index.upsert(books, documents('a', 'b', 'c'))).toEqual([INDEXED, INDEXED, INDEXED])
  expect([...server.documentsOf('books').keys()]).toEqual(['a', 'b', 'c'])
  expect(server.faults.queued).toEqual([])
})

test('newlines that pad a reply are no results', async () => {
  const { index, server, books } = await openTestIndex()
  server.faults.next({ kind: 'padded-reply', start: '\n', between: '\n', end: '\n\n' })
  const outcomes = await index.upsert(books, [...documents('a'), document({ id: 'b', title: 1 })])
  expect(outcomes.map(({ kind }) => kind)).toEqual(['indexed', 'rejected'])
  expect(server.requests).toHaveLength(1)
})

test('a reply that stays short fails after the attempts', async () => {
  const { index, server, books } = await openTestIndex()
  server.faults.always({ kind: 'short-reply', missing: 1, isWhollyApplied: true, on: 'import' })
  await expect(index.upsert(books, documents('a', 'b'))).rejects.toThrow('1 results for 2 documents')
  expect(server.requests).toHaveLength(5)
})

test.each([
  ['out-of-memory', /OUT_OF_MEMORY/, /disk space or memory/],
  ['out-of-disk', /OUT_OF_DISK/, /disk space or memory/],
  ['skipping-writes', /Skipping writes/, /skip-writes/],
] as const satisfies readonly [RefusalKind, RegExp, RegExp][])(
  '%s ends at once',
  async (kind, message, hint) => {
    const { index, server, books } = await openTestIndex()
    server.faults.always({ kind, on: 'import' })
    await expect(index.upsert(books, documents('a'))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
    expect(server.requests).toHaveLength(1)
  },
)

test('a collection that is gone, and a key that may not write, end at once', async () => {
  const { index, server, books, open } = await openTestIndex()
  await expect(index.upsert({ ...books, name: 'none' }, documents('a'))).rejects.toThrow(/404/)
  const { value } = server.addKey({ actions: ['documents:export'], collections: ['*'] })
  await expect(open({ apiKey: value }).upsert(books, documents('a'))).rejects.toThrow(
    /refuses the API key for documents:import on books/,
  )
  expect(server.requests).toHaveLength(2)
})

test.each([{ kind: 'not-ready' }, { kind: 'rate-limited', retryAfter: '0' }] as const)(
  'batches are halved at $kind, stay small, and grow again',
  async (fault) => {
    const { index, server, books } = await openTestIndex()
    server.faults.next({ ...fault, on: 'import' }, 2)
    await index.upsert(books, documents(...ids(100)))
    const sizes = () => server.requests.splice(0).map(({ documentIds }) => documentIds.length)
    expect(sizes()).toEqual([100, 50, 25, 30, 35, 10])
    await index.upsert(books, documents(...ids(100)))
    expect(sizes()).toEqual([45, 50, 5])
    for (let round = 0; round < 10; round += 1) await index.upsert(books, documents(...ids(100)))
    expect(sizes().slice(-2)).toEqual([100, 100])
    expect(server.documentsOf('books').size).toBe(100)
  },
)

test('a proxy that takes no large bodies gets smaller batches at once', async () => {
  const { index, server, books } = await openTestIndex()
  server.faults.decideBy(({ operation, documentIds }) =>
    operation === 'import' && documentIds.length > 30
      ? { kind: 'answer', status: 413, body: '<html>Too large</html>' }
      : undefined,
  )
  const outcomes = await index.upsert(books, documents(...ids(500)))
  expect(outcomes.filter(({ kind }) => kind === 'indexed')).toHaveLength(500)
  expect(server.documentsOf('books').size).toBe(500)
})

test('a proxy that breaks the connection at large bodies gets smaller batches', async () => {
  const { index, server, books } = await openTestIndex()
  server.faults.decideBy(({ operation, documentIds }) =>
    operation === 'import' && documentIds.length > 30 ? { kind: 'reset-before' } : undefined,
  )
  await index.upsert(books, documents(...ids(100)))
  expect(server.documentsOf('books').size).toBe(100)
})

test('a server that is too slow gets smaller batches', async () => {
  const { index, server, books } = await openTestIndex({ requestMs: 100 })
  server.faults.next({ kind: 'slow', delayMs: 300, on: 'import' })
  expect(await index.upsert(books, documents(...ids(10)))).toHaveLength(10)
  expect(server.requests.map(({ documentIds }) => documentIds.length)).toEqual([10, 5, 5])
})

test.each([400, 413])('the document that makes a batch a %i is found and rejected alone', async (status) => {
  const { index, server, books } = await openTestIndex()
  server.faults.decideBy(({ operation, documentIds }) =>
    operation === 'import' && documentIds.includes('id-37')
      ? { kind: 'answer', status, body: '{"message":"Malformed."}' }
      : undefined,
  )
  const outcomes = await index.upsert(books, documents(...ids(100)))
  expect(outcomes.filter(({ kind }) => kind === 'indexed')).toHaveLength(99)
  expect(outcomes[37]).toEqual({ kind: 'rejected', error: 'Malformed.' })
  expect(server.documentsOf('books').size).toBe(99)
})

test.each([
  '<html>blocked by the firewall</html>',
  '{"message":"Parameter `action` must be a valid value."}',
])('a 400 that is about no document is a failure of the request: %s', async (body) => {
  const { index, server, books } = await openTestIndex()
  server.faults.always({ kind: 'answer', status: 400, body, on: 'import' })
  await expect(index.upsert(books, documents(...ids(100)))).rejects.toThrow(/HTTP 400/)
  expect(server.requests.filter(({ operation }) => operation === 'import')).toHaveLength(1)
})

test('an aborted signal ends the waiting with its reason', async () => {
  const { index, server, books, stopping } = await openTestIndex({
    pacing: {
      retry: { attempts: 5, firstWaitMs: 60_000, longestWaitMs: 60_000 },
      lagWaitMs: 1,
      settleMs: 1,
      settleReads: 2,
    },
  })
  server.faults.always({ kind: 'not-ready' })
  const upsert = index.upsert(books, documents('a'))
  await expect.poll(() => server.requests.length).toBe(1)
  stopping.abort(new Error('Stopped'))
  await expect(upsert).rejects.toThrow('Stopped')
  await expect(index.findLive()).rejects.toThrow('Stopped')
})

test('an aborted signal ends a request that is under way', async () => {
  const { index, server, books, stopping } = await openTestIndex({ requestMs: 60_000 })
  server.faults.always({ kind: 'slow', delayMs: 60_000 })
  const upsert = index.upsert(books, documents('a'))
  await expect.poll(() => server.requests.length).toBe(1)
  stopping.abort(new Error('Stopped'))
  await expect(upsert).rejects.toThrow('Stopped')
})

test('parameters of the import are sent along', async () => {
  const { open, server, books } = await openTestIndex()
  const index = open({
    importParameters: { dirty_values: 'coerce_or_drop', remote_embedding_timeout_ms: 30_000 },
  })
  await index.upsert(books, [document({ id: 'a', title: 7 })])
  expect(server.documentsOf('books').get('a')).toEqual({ id: 'a', title: '7' })
  const { query = '' } = server.requests.find(({ operation }) => operation === 'import') ?? {}
  expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
    action: 'upsert',
    dirty_values: 'coerce_or_drop',
    remote_embedding_timeout_ms: '30000',
  })
})

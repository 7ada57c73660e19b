import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assertProperty } from '../../../support/properties.ts'
import type { RefusalKind } from '../../../support/typesense/fault.ts'
import { randomFaults } from '../../../support/typesense/random-faults.ts'
import { books, resultsOf, talk } from './talk.ts'

test.each<readonly [RefusalKind, number, RegExp]>([
  ['not-ready', 503, /^Not Ready or Lagging$/],
  ['no-leader', 500, /^Could not find a leader\.$/],
  ['rate-limited', 429, /./],
  ['out-of-memory', 422, /^Rejecting write: running out of resource type: OUT_OF_MEMORY$/],
  ['out-of-disk', 422, /OUT_OF_DISK$/],
  ['update-in-progress', 422, /^Another collection update operation is in progress\.$/],
  ['skipping-writes', 422, /^Skipping writes\.$/],
])('%s refuses as often as it was queued, and applies nothing', async (kind, status, message) => {
  const { upsert, server } = await talk()
  server.faults.next({ kind, on: 'import', retryAfter: '7' }, 2)
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await upsert(books('1'))
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(message) } })
    expect(answer.headers.get('retry-after')).toBe('7')
  }
  expect(server.documentsOf('books').size).toBe(0)
  expect((await upsert(books('1'))).status).toBe(200)
  expect(server.requests.map(({ faults }) => faults)).toEqual([[kind], [kind], []])
})

test('faults select by operation, and any of them but health', async () => {
  const { send, upsert, server } = await talk()
  server.faults.next({ kind: 'not-ready', on: 'alias' })
  server.faults.always({ kind: 'slow', delayMs: 1 })
  expect((await upsert(books('1'))).status).toBe(200)
  expect((await send('GET', '/health')).status).toBe(200)
  expect((await send('PUT', '/aliases/a', { collection_name: 'books' })).status).toBe(503)
  expect(server.faults.queued).toEqual([])
  server.faults.next({ kind: 'answer', status: 502, body: '<html>' })
  expect(await send('GET', '/collections')).toMatchObject({ status: 502, body: '<html>' })
  expect(server.requests.map(({ faults }) => faults.length)).toEqual([1, 0, 2, 2])
})

test.each([
  ['reset-before', 0],
  ['reset-after', 3],
  ['reset-mid-reply', 3],
] as const)('%s breaks the connection with %i documents applied', async (kind, applied) => {
  const { upsert, server } = await talk()
  server.faults.next({ kind, on: 'import' })
  await expect(upsert(books('1', '2', '3'))).rejects.toThrow()
  expect(server.documentsOf('books').size).toBe(applied)
  expect(server.requests[0]).toMatchObject({ documentIds: ['1', '2', '3'] })
  expect(server.requests[0]?.status).toBeUndefined()
})

test.each([
  [true, 3],
  [false, 1],
])('a short reply is a 200; wholly applied: %s', async (isWhollyApplied, applied) => {
  const { upsert, server } = await talk()
  server.faults.next({ kind: 'short-reply', missing: 2, isWhollyApplied })
  const answer = await upsert(books('1', '2', '3'))
  expect(answer).toMatchObject({ status: 200, body: '{"success":true}' })
  expect(server.documentsOf('books').size).toBe(applied)
})

test('a reply may be padded with newlines', async () => {
  const { upsert, server } = await talk()
  server.faults.next({ kind: 'padded-reply' })
  server.faults.next({ kind: 'padded-reply', start: '\n', between: '\n', end: '\n\n' })
  expect((await upsert(books('1'))).body).toBe('{"success":true}\n')
  expect((await upsert(books('1', '2'))).body).toBe('\n{"success":true}\n\n{"success":true}\n\n')
})

test('a slow request is applied even if its client has given up', async () => {
  const { server, upsert } = await talk()
  server.faults.next({ kind: 'slow', delayMs: 500 })
  const url = `${server.url}/collections/books/documents/import?action=upsert`
  const init = {
    method: 'POST',
    headers: { 'x-typesense-api-key': server.apiKey },
    body: '{"id":"1","title":"old"}',
  }
  await expect(fetch(url, { ...init, signal: AbortSignal.timeout(100) })).rejects.toThrow()
  await upsert([{ id: '1', title: 'new' }])
  expect(server.documentsOf('books').get('1')?.title).toBe('new')
  await expect.poll(() => server.documentsOf('books').get('1')?.title).toBe('old')
})

test('documents are refused one by one', async () => {
  const { server, upsert } = await talk()
  server.faults.always({ kind: 'reject', rejects: ({ id }) => (id === '2' ? 'Not this one.' : undefined) })
  expect(resultsOf(await upsert(books('1', '2', '3')))).toMatchObject([
    { success: true },
    { code: 400, error: 'Not this one.' },
    { success: true },
  ])
})

test('writes that lag are accepted, and seen later', async () => {
  const { server, send, upsert, count } = await talk()
  await upsert(books('old', 'gone'))
  server.faults.always({ kind: 'lag', lagMs: 400 })
  await upsert([{ id: 'old', title: 'changed' }, ...books('new')])
  await send('DELETE', '/collections/books/documents/gone')
  const exported = async () => (await send('GET', '/collections/books/documents/export')).body
  expect(await count()).toBe(2)
  expect(await exported()).toBe('{"id":"old","title":"Book old"}\n{"id":"gone","title":"Book gone"}')
  expect([...server.documentsOf('books').keys()]).toEqual(['old', 'new'])
  await expect.poll(exported).toBe('{"id":"old","title":"changed"}\n{"id":"new","title":"Book new"}')
})

test('the number of documents may be wrong for a while', async () => {
  const { server, upsert, count } = await talk()
  await upsert(books('1', '2', '3'))
  server.faults.next({ kind: 'wrong-count', offBy: -2, on: 'collection' })
  server.faults.next({ kind: 'wrong-count', offBy: 5, on: 'collection' })
  expect([await count(), await count(), await count()]).toEqual([1, 8, 3])
})

test('an error may be a line of an export that is a 200', async () => {
  const { server, send, upsert } = await talk()
  await upsert(books('1', '2', '3'))
  server.faults.next({ kind: 'error-line', afterLines: 1, on: 'export' })
  const { status, body } = await send('GET', '/collections/books/documents/export')
  expect(status).toBe(200)
  expect(body.split('\n').map((line: string) => JSON.parse(line))).toMatchObject([
    { id: '1' },
    { error: expect.any(String) },
    { id: '3' },
  ])
})

test('random faults follow from their numbers, and let a request through in the end', async () => {
  const target = { method: 'POST', url: '/', operation: 'import', documentIds: ['1'] } as const
  await assertProperty(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20 }), (numbers) => {
      const drawn = () => {
        const left = [...numbers]
        const policy = randomFaults(() => left.shift() ?? 0, { rate: 0.9, mostPerRequest: 3 })
        return Array.from({ length: 10 }, () => policy(target)?.kind)
      }
      expect(drawn()).toEqual(drawn())
      expect(drawn().filter((kind) => kind !== undefined).length).toBeLessThanOrEqual(3)
    }),
    { numRuns: 50 },
  )
  const { server, upsert } = await talk()
  server.faults.decideBy(randomFaults(() => 0, { rate: 1, mostPerRequest: 2 }))
  const statuses = [await upsert(books('1')), await upsert(books('1')), await upsert(books('1'))]
  expect(statuses.map(({ status }) => status)).toEqual([503, 503, 200])
})

test('closing ends slow requests at once', async () => {
  const { server, upsert } = await talk()
  server.faults.next({ kind: 'slow', delayMs: 60_000 })
  const pending = expect(upsert(books('1'))).rejects.toThrow()
  await expect.poll(() => server.requests.length).toBe(1)
  const start = performance.now()
  await server.close()
  await pending
  expect(performance.now() - start).toBeLessThan(2_000)
  await expect(fetch(server.url)).rejects.toThrow()
})

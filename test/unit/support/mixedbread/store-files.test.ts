import { expect, test } from 'vitest'
import { mixedbreadForTest } from './mixedbread-calls.ts'

test('a store is found by its id and by its name, and counts its files', async () => {
  const mixedbread = await mixedbreadForTest({ storeName: 'parts', ingestAfterMs: 'manual' })
  mixedbread.addStore('other')
  await mixedbread.put('a', '1')
  mixedbread.ingest()
  await mixedbread.put('b', '2')
  for (const name of [mixedbread.storeId, 'parts']) {
    const { status, body } = await mixedbread.call('GET', `/v1/stores/${name}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: mixedbread.storeId, name: 'parts', status: 'in_progress' })
    const counts = { pending: 1, in_progress: 0, cancelled: 0, completed: 1, failed: 0, total: 2 }
    expect(body.file_counts).toEqual(counts)
  }
  expect((await mixedbread.call('GET', '/v1/stores/nothing')).status).toBe(404)
  const { body } = await mixedbread.call('GET', '/v1/stores?limit=1')
  expect(body).toMatchObject({ data: [{ name: 'other' }], pagination: { has_more: true } })
})

test('an upload is added to a store with its metadata', async () => {
  const mixedbread = await mixedbreadForTest()
  const metadata = { scope: 'tenant', sizes: [1, 2] }
  const { status, body } = await mixedbread.put('a', 'text', {
    metadata,
    config: { parsing_strategy: 'fast' },
  })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    external_id: 'a',
    filename: 'text.md',
    metadata,
    status: 'pending',
    last_error: null,
    store_id: mixedbread.storeId,
    object: 'store.file',
  })
  expect(mixedbread.document('a')).toMatchObject({ id: body.id, metadata, content: 'text' })
  expect(mixedbread.orphans()).toEqual([])
})

test('what is overwritten stays uploaded, as an orphan', async () => {
  const mixedbread = await mixedbreadForTest()
  const { body } = await mixedbread.put('a', 'old')
  expect((await mixedbread.put('a', 'new', { overwrite: true })).status).toBe(201)
  expect(mixedbread.documents()).toMatchObject([{ externalId: 'a', content: 'new' }])
  expect(mixedbread.orphans()).toEqual([{ id: body.id, filename: 'text.md', content: 'old' }])
})

test('an external id that is taken is a conflict unless it may be overwritten', async () => {
  const mixedbread = await mixedbreadForTest()
  await mixedbread.put('a', 'old')
  const { status, body } = await mixedbread.put('a', 'new', { overwrite: false })
  expect({ status, body }).toMatchObject({ status: 409, body: { type: 'conflict_error' } })
  expect(mixedbread.document('a')?.content).toBe('old')
  expect(mixedbread.orphans()).toMatchObject([{ content: 'new' }])
})

test('adding the same upload again changes nothing else', async () => {
  const mixedbread = await mixedbreadForTest()
  const { body } = await mixedbread.put('a', 'text')
  const again = { file_id: body.id, external_id: 'a', overwrite: true }
  expect((await mixedbread.call('POST', `/v1/stores/${mixedbread.storeId}/files`, again)).status).toBe(201)
  expect(mixedbread.documents()).toHaveLength(1)
  expect(mixedbread.orphans()).toEqual([])
})

test('an unknown upload and an unknown store are not found', async () => {
  const mixedbread = await mixedbreadForTest()
  const unknown = { file_id: '00000000-0000-4000-8000-ffffffffffff', external_id: 'a' }
  expect((await mixedbread.call('POST', '/v1/stores/documents/files', unknown)).status).toBe(404)
  const known = { file_id: await mixedbread.upload('a'), external_id: 'a' }
  expect((await mixedbread.call('POST', '/v1/stores/nothing/files', known)).status).toBe(404)
})

test.each([
  ['an external id of 257 characters', { external_id: 'x'.repeat(257) }, 'external_id'],
  ['an id that is no UUID', { file_id: 'x' }, 'file_id'],
  ['257 keys of metadata', { metadata: metadataOf(257, 1) }, 'metadata'],
  ['a value of more than 8 KiB', { metadata: { a: 'x'.repeat(8193) } }, 'metadata'],
  ['metadata of more than 128 KiB', { metadata: metadataOf(17, 8192) }, 'metadata'],
  ['metadata that are no object', { metadata: 'x' }, 'metadata'],
])('%s is refused', async (_, more, field) => {
  const mixedbread = await mixedbreadForTest()
  const { status, body } = await mixedbread.put('a', 'text', more)
  expect(status).toBe(422)
  expect(body).toEqual({
    detail: [
      { loc: expect.arrayContaining(['body', field]), msg: expect.any(String), type: expect.any(String) },
    ],
  })
  expect(mixedbread.documents()).toEqual([])
})

test('what just fits is taken', async () => {
  const mixedbread = await mixedbreadForTest()
  const longest = '\u{1f9e9}'.repeat(256)
  expect((await mixedbread.put(longest, 'text', { metadata: metadataOf(256, 1) })).status).toBe(201)
  expect((await mixedbread.put('b', 'text', { metadata: metadataOf(15, 8192) })).status).toBe(201)
})

test('a file is read, changed and deleted by its id and by its external id, slashes and all', async () => {
  const mixedbread = await mixedbreadForTest()
  const { body } = await mixedbread.put('global/parts/a b', 'text', { metadata: { old: 1 } })
  const files = `/v1/stores/${mixedbread.storeId}/files`
  for (const name of [body.id, 'global%2Fparts%2Fa%20b', 'global/parts/a%20b']) {
    expect((await mixedbread.call('GET', `${files}/${name}`)).body).toMatchObject({ id: body.id })
    const changed = await mixedbread.call('PATCH', `${files}/${name}`, { metadata: { by: name } })
    expect(changed).toMatchObject({ status: 200, body: { metadata: { by: name } } })
    expect(mixedbread.document('global/parts/a b')?.metadata).toEqual({ by: name })
  }
  const path = `${files}/global%2Fparts%2Fa%20b`
  const deleted = await mixedbread.call('DELETE', path)
  expect(deleted).toMatchObject({ status: 200, body: { id: body.id, deleted: true, object: 'store.file' } })
  for (const method of ['DELETE', 'GET', 'PATCH']) {
    const reply = await mixedbread.call(method, path, method === 'PATCH' ? { metadata: {} } : undefined)
    expect(reply.status).toBe(404)
  }
  expect(mixedbread.orphans()).toMatchObject([{ id: body.id }])
})

test('metadata are cleared by null, left by nothing and checked', async () => {
  const mixedbread = await mixedbreadForTest()
  const { body } = await mixedbread.put('a', 'text', { metadata: { old: 1 } })
  const path = `/v1/stores/${mixedbread.storeId}/files/${body.id}`
  expect((await mixedbread.call('PATCH', path, {})).body.metadata).toEqual({ old: 1 })
  expect((await mixedbread.call('PATCH', path, { metadata: metadataOf(257, 1) })).status).toBe(422)
  expect((await mixedbread.call('PATCH', path, { metadata: null })).body.metadata).toBe(null)
})

function metadataOf(keys: number, bytes: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key${index}`, 'x'.repeat(bytes)]))
}

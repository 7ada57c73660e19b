import { expect, test } from 'vitest'
import { BOOKS, books, resultsOf, talk } from './talk.ts'

const FORBIDDEN = 'Forbidden - a valid `x-typesense-api-key` header must be sent.'

test('only a known key is let in, but anyone may ask for the health', async () => {
  const { send, server } = await talk()
  expect(await send('GET', '/collections', undefined, 'wrong')).toMatchObject({
    status: 401,
    body: { message: FORBIDDEN },
  })
  expect(await send('GET', '/health', undefined, '')).toMatchObject({ status: 200, body: { ok: true } })
  server.setHealth({ isOk: false, resourceError: 'OUT_OF_DISK' })
  expect(await send('GET', '/health')).toMatchObject({
    status: 503,
    body: { ok: false, resource_error: 'OUT_OF_DISK' },
  })
})

test('a limited key is held to its actions and to the names as they are sent', async () => {
  const { send, server } = await talk()
  server.createCollection({ ...BOOKS, name: 'films' })
  server.aliases.set('shelf', 'books')
  const { value } = server.addKey({ actions: ['documents:*', 'collections:list'], collections: ['book.*'] })
  const statusOf = async (method: string, path: string) => (await send(method, path, '', value)).status
  expect(await statusOf('POST', '/collections/books/documents/import')).toBe(200)
  expect(await statusOf('POST', '/collections/shelf/documents/import')).toBe(401)
  expect(await statusOf('DELETE', '/collections/books')).toBe(401)
  const { body } = await send('GET', '/collections', undefined, value)
  expect(body.map(({ name }: { name: string }) => name)).toEqual(['books'])
})

test('keys are shown once', async () => {
  const { send } = await talk()
  const key = { description: 'd', actions: ['*'], collections: ['*'], expires_at: 1 }
  const created = await send('POST', '/keys', key)
  expect(created).toMatchObject({ status: 201, body: { id: 0, value: expect.any(String) } })
  expect((await send('GET', '/keys/0')).body).not.toHaveProperty('value')
  expect((await send('GET', '/keys')).body.keys[0].value_prefix).toHaveLength(4)
  expect((await send('GET', '/aliases', undefined, created.body.value)).status).toBe(401)
  expect((await send('DELETE', '/keys/0')).body).toEqual({ id: 0 })
  expect((await send('GET', '/keys/0')).status).toBe(404)
})

test.each(['29.0', '30.1'] as const)('version %s tells itself', async (version) => {
  const { send } = await talk({ version })
  expect((await send('GET', '/debug')).body).toEqual({ state: 1, version })
})

test('a collection is created once, and described with the defaults of its fields', async () => {
  const { send } = await talk()
  const created = await send('POST', '/collections', { ...BOOKS, name: 'films', metadata: { by: 'us' } })
  expect(created).toMatchObject({ status: 201, body: { num_documents: 0, metadata: { by: 'us' } } })
  expect(created.body.created_at).toBeGreaterThan(1e9)
  expect(created.body.fields[0]).toMatchObject({ facet: false, index: true, optional: false, store: true })
  expect((await send('POST', '/collections', BOOKS)).status).toBe(409)
  expect((await send('POST', '/collections', { name: 'x' })).status).toBe(400)
  expect((await send('GET', '/collections/none')).status).toBe(404)
  expect((await send('GET', '/collections')).body).toHaveLength(2)
})

test('a clone has the schema and rules of its source, and neither its metadata nor its documents', async () => {
  const { send, server, count } = await talk()
  server.putDocument('books', { id: '1', title: 'a' })
  await send('PATCH', '/collections/books', { metadata: { by: 'us' } })
  await send('PUT', '/collections/books/synonyms/s', { synonyms: ['a', 'b'] })
  const clone = await send('POST', '/collections?src_name=books', { name: 'copy' })
  expect(clone).toMatchObject({
    status: 201,
    body: { name: 'copy', num_documents: 0 },
  })
  expect(clone.body.metadata).toBeUndefined()
  expect((await send('GET', '/collections/copy/synonyms')).body.synonyms).toHaveLength(1)
  expect(await count()).toBe(1)
  expect((await send('POST', '/collections?src_name=none', { name: 'c2' })).status).toBe(404)
})

test('a schema is changed by adding and dropping fields', async () => {
  const { send, upsert, server } = await talk()
  const patch = (...fields: object[]) => send('PATCH', '/collections/books', { fields })
  expect((await patch({ name: 'year', type: 'int32', optional: true })).status).toBe(200)
  expect(await patch({ name: 'year', type: 'int32' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('Field `year` is already part of the schema') },
  })
  expect((await patch({ name: 'none', drop: true })).status).toBe(400)
  expect(
    (await patch({ name: 'year', drop: true }, { name: 'year', type: 'string', optional: true })).status,
  ).toBe(200)
  expect(resultsOf(await upsert([{ id: '1', title: 'a', year: 5 }]))[0]).toMatchObject({ success: false })
  server.putDocument('books', { id: '1', title: 'a' })
  expect((await patch({ name: 'isbn', type: 'string' })).body.message).toBe(
    'Field `isbn` has been declared in the schema, but is not found in the documents already present in the collection. If you still want to add this field, set it as `optional: true`.',
  )
  server.putDocument('books', { id: '1', title: 'a', pages: 'many', isbn: '7' })
  expect((await patch({ name: 'isbn', type: 'int32', optional: true })).body.message).toBe(
    'Schema change is incompatible with the type of documents already stored in this collection. Existing data for field `pages` cannot be coerced into an int32.',
  )
})

test('while a schema changes, another change is refused and writes wait', async () => {
  const { send, upsert } = await talk({ alterMs: 400 })
  const patch = (name: string) => send('PATCH', '/collections/books', { fields: [{ name, type: 'string' }] })
  const first = patch('a')
  await expect.poll(async () => (await send('GET', '/operations/schema_changes')).body).toHaveLength(1)
  expect(await patch('b')).toMatchObject({
    status: 422,
    body: { message: 'Another collection update operation is in progress.' },
  })
  expect(resultsOf(await upsert(books('1')))[0]).toMatchObject({ error: expect.stringContaining('`a`') })
  expect((await first).status).toBe(200)
})

test('an alias leads anywhere but to a collection of its own name', async () => {
  const { send, server } = await talk()
  expect((await send('PUT', '/aliases/shelf', { collection_name: 'nowhere' })).status).toBe(200)
  expect((await send('GET', '/collections/shelf')).status).toBe(404)
  expect((await send('PUT', '/aliases/books', { collection_name: 'x' })).status).toBe(500)
  await send('PUT', '/aliases/shelf', { collection_name: 'books' })
  expect((await send('GET', '/collections/shelf')).body.name).toBe('books')
  expect((await send('GET', '/aliases')).body.aliases).toEqual([{ collection_name: 'books', name: 'shelf' }])
  expect((await send('DELETE', '/aliases/shelf')).status).toBe(200)
  expect((await send('GET', '/aliases/shelf')).status).toBe(404)
  expect([...server.collections.keys()]).toEqual(['books'])
})

test('dropping an alias as if it were a collection drops the live one and leaves the alias dangling', async () => {
  const { send, server } = await talk()
  server.aliases.set('shelf', 'books')
  expect((await send('DELETE', '/collections/shelf')).body.name).toBe('books')
  expect(server.collections.size).toBe(0)
  expect((await send('GET', '/aliases/shelf')).body.collection_name).toBe('books')
  expect((await send('DELETE', '/collections/shelf')).status).toBe(404)
})

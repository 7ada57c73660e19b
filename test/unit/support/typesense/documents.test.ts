import { expect, test } from 'vitest'
import { books, talk } from './talk.ts'

const remove = (filter: string) => `/collections/books/documents?filter_by=${encodeURIComponent(filter)}`

test.each([
  ['id:[`1`,`a,b`]', ['2', '(x)']],
  ['id:=[1, 2]', ['a,b', '(x)']],
  ['id:=2', ['1', 'a,b', '(x)']],
  ['id: `(x)`', ['1', '2', 'a,b']],
  ['title:=`Book 1`', ['2', 'a,b', '(x)']],
  ['id:[`none`]', ['1', '2', 'a,b', '(x)']],
])('deleting by %s leaves %j', async (filter, left) => {
  const { send, server, upsert } = await talk()
  await upsert(books('1', '2', 'a,b', '(x)'))
  expect((await send('DELETE', remove(filter))).body).toEqual({ num_deleted: 4 - left.length })
  expect([...server.documentsOf('books').keys()]).toEqual(left)
})

test.each(['id:[(x)]', 'id:[`a` b]', 'id:[]', 'nothing', 'other:1'])('%s is no filter', async (filter) => {
  const { send, server, upsert } = await talk()
  await upsert(books('1'))
  expect((await send('DELETE', remove(filter))).status).toBeGreaterThanOrEqual(400)
  expect(server.documentsOf('books').size).toBe(1)
})

test('a delete without a filter or with a URL that is too long is refused', async () => {
  const { send } = await talk()
  expect((await send('DELETE', '/collections/books/documents')).status).toBe(400)
  expect((await send('DELETE', remove(`id:[${'1,'.repeat(2_000)}]`))).status).toBe(400)
})

test('a single document is read and deleted by its id, whatever is in it', async () => {
  const { send, upsert, server } = await talk()
  await upsert(books('a/b`c', '2'))
  const path = `/collections/books/documents/${encodeURIComponent('a/b`c')}`
  expect((await send('GET', path)).body.title).toBe('Book a/b`c')
  expect((await send('DELETE', path)).status).toBe(200)
  expect((await send('DELETE', path)).status).toBe(404)
  expect(await send('DELETE', `${path}?ignore_not_found=true`)).toMatchObject({ status: 200 })
  expect(server.requests.at(-1)).toMatchObject({ operation: 'delete', documentIds: ['a/b`c'] })
})

test('an export is lines, of the fields that are asked for', async () => {
  const { send, upsert } = await talk()
  const ids = Array.from({ length: 250 }, (_, index) => String(index))
  await upsert(books(...ids))
  const { body, headers } = await send('GET', '/collections/books/documents/export?include_fields=id')
  expect(body).toBe(ids.map((id) => JSON.stringify({ id })).join('\n'))
  expect(headers.get('content-type')).toMatch('text/plain')
})

test('a search counts what passes its filter', async () => {
  const { send, upsert } = await talk()
  await upsert(books('1', '2', '3'))
  const search = '/collections/books/documents/search?q=*&per_page=0'
  expect((await send('GET', search)).body).toMatchObject({ found: 3, hits: [], out_of: 3 })
  expect((await send('GET', `${search}&filter_by=id:[1,2]`)).body.found).toBe(2)
})

test('single documents are written with their own statuses', async () => {
  const { send } = await talk()
  const path = '/collections/books/documents'
  expect((await send('POST', path, { id: '1', title: 'a' })).status).toBe(201)
  expect((await send('POST', path, { id: '1', title: 'a' })).status).toBe(409)
  expect((await send('PATCH', `${path}/1`, { pages: 4 })).body).toEqual({ id: '1', title: 'a', pages: 4 })
  expect((await send('PATCH', `${path}/2`, { pages: 4 })).status).toBe(404)
})

test.each(['synonyms', 'overrides'])('version 29 keeps %s with the collection', async (kind) => {
  const { send } = await talk({ version: '29.0' })
  const path = `/collections/books/${kind}`
  expect((await send('PUT', `${path}/a`, { rule: 1 })).body).toEqual({ id: 'a', rule: 1 })
  expect((await send('GET', path)).body).toEqual({ [kind]: [{ id: 'a', rule: 1 }] })
  expect((await send('DELETE', `${path}/a`)).body).toEqual({ id: 'a' })
  expect((await send('GET', `${path}/a`)).status).toBe(404)
  expect((await send('GET', '/synonym_sets')).status).toBe(404)
})

test.each(['synonym_sets', 'curation_sets'])('version 30 keeps %s by themselves', async (kind) => {
  const { send } = await talk({ version: '30.1' })
  const item = { id: 'i', synonyms: ['a', 'b'] }
  expect((await send('PUT', `/${kind}/set`, { items: [item] })).status).toBe(200)
  expect((await send('GET', `/${kind}`)).body).toEqual([{ name: 'set', items: [item] }])
  await send('PUT', `/${kind}/set/items/j`, { synonyms: ['c'] })
  await send('DELETE', `/${kind}/set/items/i`)
  expect((await send('GET', `/${kind}/set/items`)).body).toEqual([{ id: 'j', synonyms: ['c'] }])
  await send('PATCH', '/collections/books', { [kind]: ['set'] })
  expect((await send('GET', '/collections/books')).body[kind]).toEqual(['set'])
  expect((await send('DELETE', `/${kind}/set`)).body).toEqual({ name: 'set' })
  expect((await send('GET', '/collections/books/synonyms')).status).toBe(404)
})

test('documents are put, removed and dropped behind the back of the client', async () => {
  const { server, count } = await talk()
  server.aliases.set('shelf', 'books')
  server.putDocument('shelf', { id: '1', anything: true })
  expect(await count('shelf')).toBe(1)
  server.removeDocument('books', '1')
  expect(await count()).toBe(0)
  server.dropEverything()
  expect(server.collections.size + server.aliases.size).toBe(0)
})

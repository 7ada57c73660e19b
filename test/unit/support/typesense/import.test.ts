import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { books, resultsOf, talk } from './talk.ts'

test('result lines come in input order, without ids, and without a newline at the end', async () => {
  const { upsert, server } = await talk()
  const answer = await upsert([...books('1'), { id: '2' }, ...books('3')])
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch('text/plain')
  expect(answer.body).toMatch(/^\{"success":true\}\n\{.*\}\n\{"success":true\}$/)
  expect(resultsOf(answer)[1]).toEqual({
    code: 400,
    document: '{"id":"2"}',
    error: 'Field `title` has been declared in the schema, but is not found in the document.',
    success: false,
  })
  expect([...server.documentsOf('books').keys()]).toEqual(['1', '3'])
})

test('blank lines are skipped and an empty body has an empty reply', async () => {
  const { upsert } = await talk()
  expect((await upsert('\n{"id":"1","title":"a"}\n\n\n{"id":"2","title":"b"}\n')).body).toBe(
    '{"success":true}\n{"success":true}',
  )
  expect(await upsert('')).toMatchObject({ status: 200, body: '' })
})

test.each([
  ['a number as id', '{"id":1,"title":"a"}', "Document's `id` field should be a string."],
  ['an empty id', '{"id":"","title":"a"}', 'The `id` should not be empty.'],
  ['an array', '[]', 'Bad JSON: not a properly formed document.'],
  ['half a line', '{"id":', /^Bad JSON: /],
  ['spaces', '  ', /^Bad JSON: /],
  ['a wrong type', '{"id":"1","title":"a","pages":"7"}', 'Field `pages` must be an int32.'],
  ['a fraction', '{"id":"1","title":"a","pages":7.5}', 'Field `pages` must be an int32.'],
  ['null where a value must be', '{"id":"1","title":null}', 'Field `title` must be a string.'],
])('%s fails one line and not the request', async (_, line, error) => {
  const { upsert } = await talk()
  const answer = await upsert(`${line}\n{"id":"9","title":"b"}`)
  expect(answer.status).toBe(200)
  expect(resultsOf(answer)).toMatchObject([
    { code: 400, success: false, error: expect.stringMatching(error) },
    { success: true },
  ])
})

test('bytes that are no UTF-8 fail their line', async () => {
  const { send } = await talk()
  const body = Buffer.from('{"id":"1","title":"\xff"}\n{"id":"2","title":"b"}', 'latin1')
  const answer = await send('POST', '/collections/books/documents/import?action=upsert', body)
  expect(resultsOf(answer).map(({ success }) => success)).toEqual([false, true])
})

test('a body may be gzip, and its size is logged as it was sent', async () => {
  const { send, server } = await talk()
  const body = gzipSync('{"id":"1","title":"a"}')
  expect((await send('POST', '/collections/books/documents/import?action=upsert', body)).body).toBe(
    '{"success":true}',
  )
  expect(server.requests).toMatchObject([
    { operation: 'import', documentIds: ['1'], byteLength: body.length, status: 200, faults: [] },
  ])
  const broken = body.subarray(0, 12)
  expect((await send('POST', '/collections/books/documents/import', broken)).status).toBe(422)
})

test('actions differ in what they do with documents that are there or are not', async () => {
  const { upsert, server } = await talk()
  await upsert([{ id: '1', title: 'a', pages: 3 }])
  const results = async (document: object, action: string) =>
    resultsOf(await upsert([document], `action=${action}`))[0]
  expect(await results({ id: '1', title: 'b' }, 'create')).toMatchObject({
    code: 409,
    error: 'A document with id 1 already exists.',
  })
  expect(await results({ id: '2', title: 'b' }, 'update')).toMatchObject({ code: 404 })
  await results({ id: '1', title: 'b' }, 'emplace')
  expect(server.documentsOf('books').get('1')).toEqual({ id: '1', title: 'b', pages: 3 })
  await results({ id: '1', title: 'c' }, 'upsert')
  expect(server.documentsOf('books').get('1')).toEqual({ id: '1', title: 'c' })
})

test('parameters and collections are checked before anything is imported', async () => {
  const { upsert, send } = await talk()
  expect((await upsert(books('1'), 'action=replace')).status).toBe(400)
  expect((await upsert(books('1'), 'return_id=perhaps')).status).toBe(400)
  expect((await send('POST', '/collections/none/documents/import', '')).status).toBe(404)
  expect((await upsert(books('1'), 'return_id=true')).body).toBe('{"id":"1","success":true}')
})

test('dirty values are refused, coerced or dropped', async () => {
  const { upsert, server } = await talk()
  const document = [{ id: '1', title: 5, pages: 'many' }]
  expect(resultsOf(await upsert(document, 'action=upsert&dirty_values=coerce_or_reject'))[0]).toMatchObject({
    error: 'Field `pages` must be an int32.',
  })
  await upsert(document, 'action=upsert&dirty_values=coerce_or_drop')
  expect(server.documentsOf('books').get('1')).toEqual({ id: '1', title: '5' })
})

test('numbers beyond 2^53 are kept as they were sent', async () => {
  const { upsert, server, send } = await talk()
  const line = '{"id":"1","title":"a","big":9007199254740993}'
  await upsert(line)
  expect(server.textsOf('books').get('1')).toBe(line)
  expect((await send('GET', '/collections/books/documents/export')).body).toBe(line)
})

test('an instant server counts lines and keeps nothing but ids', async () => {
  const { upsert, count, server } = await talk({ isInstant: true })
  expect((await upsert('{bad\n\n{worse\n')).body).toBe('{"success":true}\n{"success":true}')
  expect(await count()).toBe(0)
  await upsert('{"id":"1","text":7}\n{"id": "2"}\n{"id":"1"}\n')
  expect(await count()).toBe(2)
  expect(server.documentsOf('books').size).toBe(0)
})

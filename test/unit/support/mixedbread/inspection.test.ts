import { expect, test } from 'vitest'
import { mixedbreadForTest } from './mixedbread-calls.ts'

test('what happens behind the client’s back is what the API then shows', async () => {
  const mixedbread = await mixedbreadForTest()
  const added = mixedbread.add('a', 'text', { scope: 'global' })
  mixedbread.change('a', {
    metadata: { scope: 'tenant' },
    content: 'other',
    status: 'failed',
    lastError: 'x',
  })
  const { body } = await mixedbread.call('GET', '/v1/stores/documents/files/a')
  expect(body).toMatchObject({ metadata: { scope: 'tenant' }, status: 'failed', last_error: 'x' })
  expect(String((await mixedbread.call('GET', `/v1/files/${added.id}/content`)).body)).toBe('other')
  mixedbread.remove('a')
  expect((await mixedbread.call('GET', '/v1/stores/documents/files/a')).status).toBe(404)
  expect(mixedbread.orphans()).toMatchObject([{ id: added.id }])
  expect(() => mixedbread.change('a', {})).toThrow('has no file "a"')
})

test('dropping everything leaves an empty store', async () => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.add('a', 'text')
  mixedbread.add(null, 'text')
  await mixedbread.upload('text')
  mixedbread.drop()
  expect([mixedbread.documents(), mixedbread.orphans(), mixedbread.uploadCount()]).toEqual([[], [], 0])
  expect((await mixedbread.call('GET', '/v1/stores/documents')).body.file_counts.total).toBe(0)
})

test('an upload in another store is no orphan', async () => {
  const mixedbread = await mixedbreadForTest()
  const other = mixedbread.addStore('other')
  const fileId = await mixedbread.upload('text')
  await mixedbread.call('POST', `/v1/stores/${other}/files`, { file_id: fileId, external_id: 'a' })
  expect(mixedbread.orphans()).toEqual([])
  expect(mixedbread.documents()).toEqual([])
})

test('requests are logged with what they were about', async () => {
  const mixedbread = await mixedbreadForTest({ now: () => 1234 })
  const { body } = await mixedbread.put('a/b', 'text')
  await mixedbread.call('PATCH', `/v1/stores/documents/files/${body.id}`, { metadata: {} })
  await mixedbread.call('DELETE', '/v1/stores/documents/files/a%2Fb')
  await mixedbread.call('DELETE', '/v1/stores/documents/files/a%2Fb')
  await mixedbread.call('DELETE', `/v1/files/${body.id}`)
  expect(
    mixedbread.requests.map(({ route, operation, status, externalId }) => [
      route,
      operation,
      status,
      externalId,
    ]),
  ).toEqual([
    ['upload-file', 'write', 201, undefined],
    ['attach-file', 'write', 201, 'a/b'],
    ['update-store-file', 'update', 200, 'a/b'],
    ['delete-store-file', 'delete', 200, 'a/b'],
    ['delete-store-file', 'delete', 404, 'a/b'],
    ['delete-file', 'delete', 200, undefined],
  ])
  expect(mixedbread.requests[3]).toEqual({
    method: 'DELETE',
    path: '/v1/stores/documents/files/a%2Fb',
    route: 'delete-store-file',
    operation: 'delete',
    status: 200,
    isCut: false,
    isApplied: true,
    externalId: 'a/b',
    fault: undefined,
    atMs: 1234,
  })
})

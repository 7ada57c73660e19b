import { expect, test } from 'vitest'
import { formOf, mixedbreadForTest } from './mixedbread-calls.ts'

test('a request without the key is refused and does nothing', async () => {
  const mixedbread = await mixedbreadForTest()
  for (const headers of [{}, { authorization: 'Bearer other' }] as Record<string, string>[]) {
    const reply = await fetch(`${mixedbread.url}/v1/files`, { method: 'POST', headers, body: formOf('a') })
    expect(reply.status).toBe(401)
    expect(await reply.json()).toMatchObject({ type: 'authentication_error', message: 'Invalid API key' })
  }
  expect(mixedbread.uploadCount()).toBe(0)
})

test('an upload is given back byte for byte', async () => {
  const mixedbread = await mixedbreadForTest({ now: () => Date.UTC(2026, 0, 2) })
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
  const { status, body } = await mixedbread.call(
    'POST',
    '/v1/files',
    formOf(bytes, 'a "b"\u00fc.bin', 'image/png'),
  )
  expect(status).toBe(201)
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    filename: 'a "b"\u00fc.bin',
    bytes: 70_000,
    mime_type: 'image/png',
    version: 1,
    created_at: '2026-01-02T00:00:00.000Z',
    updated_at: '2026-01-02T00:00:00.000Z',
  })
  expect(await mixedbread.call('GET', `/v1/files/${body.id}`)).toMatchObject({ status: 200, body })
  const content = await mixedbread.call('GET', `/v1/files/${body.id}/content`)
  expect(content.headers.get('content-type')).toBe('image/png')
  expect(content.body.equals(bytes)).toBe(true)
})

test('an upload without a file is refused', async () => {
  const mixedbread = await mixedbreadForTest()
  const form = new FormData()
  form.append('file', 'a text is no file')
  for (const body of [form, { file: 'JSON is no form' }]) {
    expect(await mixedbread.call('POST', '/v1/files', body)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'file'], msg: 'Field required', type: 'missing' }] },
    })
  }
})

test('uploads are listed page by page, and gone once deleted', async () => {
  const mixedbread = await mixedbreadForTest()
  const ids = [await mixedbread.upload('1'), await mixedbread.upload('2'), await mixedbread.upload('3')]
  const first = await mixedbread.call('GET', '/v1/files?limit=2&include_total=true')
  expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]])
  expect(first.body.pagination).toMatchObject({ has_more: true, total: 3 })
  const rest = await mixedbread.call('GET', `/v1/files?limit=2&after=${first.body.pagination.last_cursor}`)
  expect(rest.body.data.map(({ id }: { id: string }) => id)).toEqual([ids[0]])
  expect(rest.body.pagination).toMatchObject({ has_more: false, total: null })

  expect(await mixedbread.call('DELETE', `/v1/files/${ids[0]}`)).toMatchObject({
    status: 200,
    body: { id: ids[0], deleted: true, object: 'file' },
  })
  expect((await mixedbread.call('DELETE', `/v1/files/${ids[0]}`)).status).toBe(404)
  expect((await mixedbread.call('GET', `/v1/files/${ids[0]}`)).status).toBe(404)
  expect((await mixedbread.call('GET', `/v1/files/${ids[0]}/content`)).status).toBe(404)
})

test('deleting an upload takes it out of the stores that have it', async () => {
  const mixedbread = await mixedbreadForTest()
  const { body } = await mixedbread.put('a', 'text')
  await mixedbread.call('DELETE', `/v1/files/${body.id}`)
  expect(mixedbread.documents()).toEqual([])
})

test('a path that the API does not have is not found', async () => {
  const mixedbread = await mixedbreadForTest()
  expect((await mixedbread.call('GET', '/v2/files')).status).toBe(404)
  expect((await mixedbread.call('PUT', '/v1/files')).status).toBe(405)
  expect((await mixedbread.call('GET', '/v1/files/%zz')).status).toBe(400)
  expect(mixedbread.requests.map(({ route, status }) => [route, status])).toEqual([
    [undefined, 404],
    [undefined, 405],
    [undefined, 400],
  ])
})

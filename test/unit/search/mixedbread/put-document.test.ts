import { expect, test, vi } from 'vitest'
import { all, documentOf, indexForTest } from './index-for-test.ts'

const ID = 'global-material-00000000-0000-4000-8000-000000000001'

test('a new document is uploaded, put into the store and looked up there only where it may be', async () => {
  const { index, live, mixedbread, routes } = await indexForTest()
  const [outcome] = await index.upsert(live, [
    { ...documentOf(ID, 'Steel', { scope: 'global' }), previousRemoteId: null },
  ])
  expect(routes()).toEqual(['upload-file', 'attach-file'])
  const stored = mixedbread.document(ID)
  expect(outcome).toEqual({ kind: 'indexed', remoteId: stored?.id, remoteStatus: 'pending' })
  expect(stored).toMatchObject({
    content: 'Steel',
    mimeType: 'text/plain',
    metadata: { scope: 'global', managed_by: 'mbsync' },
    filename: expect.stringMatching(/^global-material-[0-9a-f-]+\.mbsync-[0-9a-f]{32}\.txt$/),
  })
  await index.upsert(live, [documentOf('other', 'Wood')])
  expect(routes()).toEqual(['get-store-file', 'upload-file', 'attach-file'])
})

test('the upload that is overwritten is deleted after the new one is in its place', async () => {
  const { index, live, mixedbread, routes } = await indexForTest()
  const [first] = await index.upsert(live, [documentOf(ID, 'old')])
  routes()
  await index.upsert(live, [documentOf(ID, 'new')])
  expect(routes()).toEqual(['get-store-file', 'upload-file', 'attach-file', 'delete-file'])
  const remoteId = first?.kind === 'indexed' ? first.remoteId : ''
  expect(mixedbread.orphans()).toEqual([])

  const previousRemoteId = mixedbread.document(ID)?.id ?? ''
  await index.upsert(live, [{ ...documentOf(ID, 'newer'), previousRemoteId }])
  expect(routes()).toEqual(['upload-file', 'attach-file', 'delete-file'])
  expect(mixedbread.document(ID)).toMatchObject({ content: 'newer' })
  expect(mixedbread.document(ID)?.id).not.toBe(remoteId)
  expect([mixedbread.orphans(), mixedbread.uploadCount()]).toEqual([[], 1])
})

test('an upload that mbsync did not make is neither deleted by an overwrite nor with its document', async () => {
  const { index, live, mixedbread } = await indexForTest()
  const foreign = mixedbread.add(ID, 'by hand')
  await index.upsert(live, [documentOf(ID, 'by mbsync')])
  expect(mixedbread.orphans()).toMatchObject([{ id: foreign.id }])
  const kept = mixedbread.add('b', 'by hand')
  await index.delete(live, [ID, 'b'])
  expect(mixedbread.documents()).toEqual([])
  expect(mixedbread.orphans().map(({ id }) => id)).toEqual([foreign.id, kept.id])
})

test.each([
  ['upload-file', { cut: 'after-applying' }],
  ['upload-file', { cut: 'mid-reply' }],
  ['upload-file', { status: 503, isApplied: true }],
  ['upload-file', { status: 502, html: '<h1>Bad Gateway</h1>' }],
  ['attach-file', { cut: 'after-applying' }],
  ['attach-file', { cut: 'mid-reply' }],
  ['attach-file', { status: 409 }],
  ['attach-file', { status: 429, waitMs: 5000 }],
  ['delete-file', { cut: 'after-applying' }],
  ['get-store-file', { cut: 'before-applying' }],
] as const)('%s that goes wrong with %j leaves nothing behind', async (route, fault) => {
  const { index, live, mixedbread } = await indexForTest()
  await index.upsert(live, [documentOf(ID, 'old')])
  mixedbread.faults.next(route, fault, 2)
  expect(await index.upsert(live, [documentOf(ID, 'new')])).toMatchObject([{ kind: 'indexed' }])
  expect(mixedbread.faults.waiting()).toBeLessThanOrEqual(1)
  expect(mixedbread.document(ID)?.content).toBe('new')
  expect([mixedbread.orphans(), mixedbread.uploadCount()]).toEqual([[], 1])
  expect(await index.cleanUp()).toEqual({ removed: 0 })
  expect(mixedbread.document(ID)?.content).toBe('new')
})

test('a reply that does not end in time is a failure that passes', async () => {
  const { index, live, mixedbread } = await indexForTest({}, { requestMs: 100 })
  mixedbread.faults.next('upload-file', { delayMs: 3000 })
  mixedbread.faults.next('attach-file', { stallMs: 3000 })
  expect(await index.upsert(live, [documentOf(ID, 'text')])).toMatchObject([{ kind: 'indexed' }])
  expect(mixedbread.uploadCount()).toBe(1)
})

test('what a failed run leaves behind is deleted when it cleans up, and nothing else', async () => {
  const { index, live, mixedbread } = await indexForTest()
  await index.upsert(live, [documentOf(ID, 'old')])
  const strange = await mixedbread.upload('of somebody else')
  mixedbread.faults.next('upload-file', { cut: 'after-applying' })
  mixedbread.faults.next('list-files', { status: 503 }, 4)
  await expect(index.upsert(live, [documentOf(ID, 'lost')])).rejects.toThrow('the service failed (HTTP 503)')
  mixedbread.faults.next('delete-file', { status: 500 }, 5)
  expect(await index.upsert(live, [documentOf(ID, 'new')])).toMatchObject([{ kind: 'indexed' }])
  mixedbread.faults.next('attach-file', { status: 422 })
  expect(await index.upsert(live, [documentOf('bad', 'x')])).toMatchObject([{ kind: 'rejected' }])
  expect(mixedbread.orphans()).toHaveLength(4)
  expect(await index.cleanUp()).toEqual({ removed: 3 })
  expect(mixedbread.orphans()).toMatchObject([{ id: strange }])
  expect(mixedbread.documents()).toMatchObject([{ externalId: ID, content: 'new' }])
  expect(await index.cleanUp()).toEqual({ removed: 0 })
})

test.each([
  ['after-applying', 'new'],
  ['before-applying', 'old'],
] as const)(
  'of two uploads, the one that is not in the store is deleted after an attempt that broke %s',
  async (cut, content) => {
    const { index, live, mixedbread } = await indexForTest()
    await index.upsert(live, [documentOf(ID, 'old')])
    const previousRemoteId = mixedbread.document(ID)?.id ?? ''
    mixedbread.faults.next('attach-file', { cut })
    mixedbread.faults.next('get-store-file', { status: 503 }, 4)
    await expect(index.upsert(live, [{ ...documentOf(ID, 'new'), previousRemoteId }])).rejects.toThrow(
      'HTTP 503',
    )
    expect(mixedbread.uploadCount()).toBe(2)
    expect(await index.cleanUp()).toEqual({ removed: 1 })
    expect(mixedbread.documents()).toMatchObject([{ externalId: ID, content }])
    expect(mixedbread.uploadCount()).toBe(1)
  },
)

test('uploads of a run that was killed are deleted once they are old enough and in no store', async () => {
  const { index, live, mixedbread, settings } = await indexForTest()
  await index.upsert(live, [documentOf('a', '1'), documentOf('b', '2')])
  mixedbread.remove('b')
  const strange = await mixedbread.upload('of somebody else')
  await index.upsert(live, [documentOf('c', '3')])
  const moved = mixedbread.document('c')?.id
  mixedbread.remove('c')
  const other = mixedbread.addStore('other')
  await mixedbread.call('POST', `/v1/stores/${other}/files`, { file_id: moved })
  const nowMs = settings.clock.now()
  expect(await index.removeOrphans(live, { madeBeforeMs: nowMs - 60_000 })).toEqual({ removed: 0 })
  expect(await index.removeOrphans(live, { madeBeforeMs: nowMs + 1000 })).toEqual({ removed: 1 })
  expect(mixedbread.orphans()).toMatchObject([{ id: strange }])
  expect(await all(index.listIds(live))).toEqual(['a'])
})

test('a document that the service refuses is rejected alone, with what it says', async () => {
  const { index, live, mixedbread } = await indexForTest()
  mixedbread.faults.next(({ externalId }) => externalId === 'b', { status: 422 })
  mixedbread.faults.next(
    ({ externalId, route }) => externalId === 'c' && route === 'attach-file',
    { status: 409 },
    5,
  )
  const outcomes = await index.upsert(
    live,
    ['a', 'd'].map((id) => documentOf(id, 'text')),
  )
  expect(outcomes).toMatchObject([{ kind: 'indexed' }, { kind: 'indexed' }])
  const rejected = await index.upsert(live, [
    { ...documentOf('b', 'text'), previousRemoteId: null },
    { ...documentOf('c', 'text'), previousRemoteId: null },
  ])
  expect(rejected).toEqual([
    { kind: 'rejected', error: 'Value error' },
    { kind: 'rejected', error: 'The operation conflicts with the current state of the resource' },
  ])
})

test('what Mixedbread would refuse for certain is not sent', async () => {
  const { index, live, mixedbread } = await indexForTest()
  const outcomes = await index.upsert(live, [
    documentOf('..', 'text'),
    documentOf('x'.repeat(257), 'text'),
    documentOf('a', 'text', { title: 'x'.repeat(8193) }),
    { id: 'b', json: '{"id":"b"}' },
    { id: 'c', json: '{"id":"other","text":""}' },
    { id: 'd', json: '{"id":"d","text":"Erika Mustermann' },
  ])
  expect(outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.error : ''))).toEqual([
    'id: cannot be sent',
    'id: has more than 256 characters',
    'metadata.title: has more than 8192 bytes',
    'text: is not a string',
    'id: is not the same inside and outside the document',
    'the document is not a JSON object',
  ])
  expect(mixedbread.requests).toEqual([])
})

test('what was acknowledged before a failure is known, and nothing more is begun after it', async () => {
  const { index, live, mixedbread } = await indexForTest({}, { parallel: 2 })
  mixedbread.faults.next(({ externalId, route }) => externalId === 'c' && route === 'attach-file', {
    status: 402,
  })
  const acknowledged: string[] = []
  const documents = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => documentOf(id, 'text'))
  await expect(index.upsert(live, documents, ({ id }) => acknowledged.push(id))).rejects.toMatchObject({
    message: expect.stringContaining('the balance is used up (HTTP 402)'),
    hint: expect.stringContaining('Top up'),
  })
  const stored = mixedbread.documents().map(({ externalId }) => externalId)
  expect(acknowledged.toSorted()).toEqual(stored.toSorted())
  expect(stored).toEqual(expect.arrayContaining(['a', 'b']))
  expect(stored).not.toContain('f')
})

test('an abort ends everything at once, and closing cleans up what it left', async () => {
  const { index, live, mixedbread, controller } = await indexForTest()
  mixedbread.faults.next('attach-file', { delayMs: 3000 }, 3)
  const reason = new Error('stopped')
  const upserted = index.upsert(
    live,
    ['a', 'b', 'c'].map((id) => documentOf(id, 'text')),
  )
  await Promise.race([upserted, vi.waitUntil(() => mixedbread.documents().length === 3, 10_000)])
  controller.abort(reason)
  await expect(upserted).rejects.toBe(reason)
  await expect(index.upsert(live, [documentOf('a', 'text')])).rejects.toBe(reason)
  mixedbread.remove('b')
  await index.close()
  expect(
    mixedbread
      .documents()
      .map(({ externalId }) => externalId)
      .toSorted(),
  ).toEqual(['a', 'c'])
  expect(mixedbread.orphans()).toEqual([])
})

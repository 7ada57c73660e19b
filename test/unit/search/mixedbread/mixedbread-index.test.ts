import { expect, test } from 'vitest'
import { mixedbreadIndex } from '../../../../src/search/mixedbread/mixedbread-index.ts'
import { all, documentOf, indexForTest } from './index-for-test.ts'

test('metadata are replaced whole by one request, and a document that is not there after all is sent whole', async () => {
  const { index, live, mixedbread, routes } = await indexForTest()
  await index.upsert(live, [documentOf('a', 'text', { old: 1 })])
  const before = mixedbread.document('a')
  routes()
  const changed = (id: string, metadata = {}) => ({ ...documentOf(id, 'text', metadata), hasText: true })
  expect(await index.upsert(live, [changed('a', { new: 2 })])).toEqual([
    { kind: 'indexed', remoteId: before?.id, remoteStatus: 'completed' },
  ])
  expect(routes()).toEqual(['update-store-file'])
  expect(await index.upsert(live, [changed('b')])).toMatchObject([{ kind: 'indexed' }])
  expect(routes()).toEqual(['update-store-file', 'upload-file', 'attach-file'])
  expect(mixedbread.document('b')).toBeDefined()
  expect(mixedbread.document('a')).toEqual({ ...before, metadata: { new: 2, managed_by: 'mbsync' } })
  mixedbread.faults.next('update', { status: 422 })
  expect(await index.upsert(live, [changed('a')])).toEqual([{ kind: 'rejected', error: 'Value error' }])
})

test('a deletion takes the upload along, and what is not there is deleted already', async () => {
  const { index, live, mixedbread } = await indexForTest()
  await index.upsert(
    live,
    ['a', 'b', 'c'].map((id) => documentOf(id, 'text')),
  )
  mixedbread.faults.next('delete-file', { cut: 'after-applying' })
  mixedbread.faults.next('delete-file', { status: 404 })
  const deleted: string[] = []
  await index.delete(live, ['a', 'b', 'nothing'], (id) => deleted.push(id))
  expect(deleted.toSorted()).toEqual(['a', 'b', 'nothing'])
  expect(mixedbread.requests.filter(({ route }) => route === 'delete-file')).toHaveLength(3)
  expect([mixedbread.documents().length, mixedbread.orphans()]).toEqual([expect.any(Number), []])
})

test('only documents of mbsync’s are listed and counted, of one scope where that is asked for', async () => {
  const { index, live, mixedbread, routes } = await indexForTest()
  await index.upsert(live, [
    documentOf('g', 'text', { scope: 'global', entity_type: 'work' }),
    documentOf('t1', 'text', { scope: 'tenant', tenant_id: '1', entity_type: 'work' }),
    documentOf('t2', 'text', { scope: 'tenant', tenant_id: '2', entity_type: 'material' }),
  ])
  mixedbread.add('by hand', 'text', { scope: 'global' })
  mixedbread.add(null, 'text', { managed_by: 'mbsync' })
  const ids = async (scope?: object) => (await all(index.listIds(live, scope))).toSorted()
  expect(await ids()).toEqual(['g', 't1', 't2'])
  expect(await ids({ scope: 'global' })).toEqual(['g'])
  expect(await ids({ scope: 'tenant', tenantId: '2' })).toEqual(['t2'])
  expect(await ids({ entityType: 'work' })).toEqual(['g', 't1'])
  const [listed] = await all(index.listDocuments(live, { scope: 'global' }))
  const remoteId = mixedbread.document('g')?.id
  const metadata = { scope: 'global', entity_type: 'work', managed_by: 'mbsync' }
  expect(listed).toMatchObject({ externalId: 'g', remoteId, metadata, status: 'completed', error: undefined })
  expect(await index.countDocuments(live)).toBe(4)
  expect(await index.countFiles(live)).toMatchObject({ total: 5, completed: 5, pending: 0 })
  expect(routes().filter((route) => /upload|attach|update|delete/.test(route))).toHaveLength(6)
})

test('pages follow their cursors while documents come and go, and pages that fail are asked for again', async () => {
  const { index, live, mixedbread } = await indexForTest()
  const managed = { managed_by: 'mbsync' }
  for (let number = 0; number < 250; number += 1) mixedbread.add(`d${number}`, 'text', managed)
  mixedbread.faults.next('list', { cut: 'mid-reply' })
  const ids: string[] = []
  for await (const portion of index.listIds(live)) {
    if (ids.length === 0) {
      mixedbread.remove('d10')
      mixedbread.add('new', 'text', managed)
      mixedbread.faults.next('list', { status: 503 })
    }
    ids.push(...portion)
  }
  expect(ids).toHaveLength(249)
  expect(new Set(ids).size).toBe(249)
  expect(ids).not.toContain('new')
  expect(mixedbread.requests).toHaveLength(5)
})

test('documents whose ingestion failed are listed with the reason, without what it repeats', async () => {
  const { index, live } = await indexForTest({
    ingestionErrorOf: ({ externalId }) =>
      ({ bad: 'No text in "Erika Mustermann" <erika@example.org>', worse: { message: 'Too long' } })[
        String(externalId)
      ],
  })
  await index.upsert(
    live,
    ['bad', 'good', 'worse'].map((id) => documentOf(id, 'x', { mail: 'erika@example.org' })),
  )
  const failed = await all(index.listFailed(live))
  expect(failed.map(({ externalId, error }) => [externalId, error]).toSorted()).toEqual([
    ['bad', 'No text in … <…>'],
    ['worse', 'Too long'],
  ])
})

test('waiting ends when everything of mbsync’s is ingested, or at its limit', async () => {
  const { index, live, settings } = await indexForTest({ ingestAfterMs: 90_000 })
  await index.upsert(live, [documentOf('a', 'text')])
  const waiting: number[] = []
  const report = ({ pending, inProgress }: { pending: number; inProgress: number }) =>
    waiting.push(pending + inProgress)
  const startedMs = settings.clock.now()
  expect(await index.waitUntilIngested(live, { limitMs: 20_000, report })).toMatchObject({ kind: 'limit' })
  expect(settings.clock.now() - startedMs).toBe(20_000)
  const outcome = await index.waitUntilIngested(live, { limitMs: 600_000, report })
  expect(outcome).toMatchObject({ kind: 'ingested', counts: { completed: 1 } })
  expect(settings.clock.now() - startedMs).toBeLessThan(110_000)
  expect([waiting[0], waiting.at(-1)]).toEqual([1, 0])
})

test('files of others that never get ready are not waited for', async () => {
  const { index, live, mixedbread } = await indexForTest({ ingestAfterMs: 'manual' })
  mixedbread.add('by hand', 'text')
  expect(await index.waitUntilIngested(live, { limitMs: 1000 })).toMatchObject({
    kind: 'ingested',
    counts: { pending: 1 },
  })
})

test('the live store is found by its name or its id, and is never rebuilt', async () => {
  const { index, live, mixedbread, settings, controller } = await indexForTest()
  expect(await index.findLive()).toEqual(live)
  const byId = mixedbreadIndex({ ...settings, store: mixedbread.storeId }, controller.signal)
  expect(await byId.findLive()).toEqual(live)
  for (const store of ['nothing', '..']) {
    const none = mixedbreadIndex({ ...settings, store }, controller.signal)
    expect(await none.findLive()).toBe(undefined)
  }
  expect(index.rebuilds).toBe('never')
  await index.adjust(live, [])
  for (const refused of [index.create(index.nextName()), index.publish(live), index.drop('documents')]) {
    await expect(refused).rejects.toThrow('never rebuilt or dropped')
  }
})

test('a check finds the key, the balance, the store and the columns, and notes the counts', async () => {
  const { index, mixedbread, settings, controller } = await indexForTest()
  mixedbread.add('a', 'text')
  const columns = [{ name: 'id', type: 'text' }]
  expect(await index.check([])).toEqual([
    {
      severity: 'note',
      subject: 'Mixedbread store documents',
      message: '1 files: 1 searchable, 0 on their way, 0 failed',
    },
  ])
  expect(await index.check(columns)).toMatchObject([
    { severity: 'error', message: 'The documents have no column "text"' },
    { severity: 'note' },
  ])
  const errorOf = async (more: object) => {
    const [finding] = await mixedbreadIndex({ ...settings, ...more }, controller.signal).check([])
    return [finding?.severity, finding?.message, finding?.hint]
  }
  expect(await errorOf({ apiKey: 'wrong' })).toEqual([
    'error',
    'Mixedbread: cannot read the store: the key is not accepted (HTTP 401)',
    'Check MXBAI_API_KEY.',
  ])
  expect(await errorOf({ store: 'nothing' })).toEqual([
    'error',
    'The Mixedbread store does not exist',
    expect.stringContaining('MXBAI_STORE_ID'),
  ])
  mixedbread.faults.next('read', { status: 402 })
  expect(await errorOf({})).toEqual([
    'error',
    expect.stringContaining('HTTP 402'),
    expect.stringContaining('Top up'),
  ])
  const closed = await indexForTest()
  await closed.mixedbread.close()
  expect(await errorOf({ baseUrl: closed.mixedbread.url })).toEqual([
    'error',
    expect.stringContaining('the connection failed (ECONNREFUSED)'),
    expect.stringContaining('MIXEDBREAD_BASE_URL'),
  ])
})

test('a store that vanishes in mid-run ends it', async () => {
  const { index, mixedbread } = await indexForTest()
  const gone = { name: 'gone', identity: '00000000-0000-4000-8000-00000000ffff' }
  await expect(index.upsert(gone, [documentOf('a', 'text')])).rejects.toThrow('store does not exist')
  await expect(all(index.listIds(gone))).rejects.toThrow('the store or the file does not exist')
  expect(await index.cleanUp()).toEqual({ removed: 1 })
  expect(mixedbread.uploadCount()).toBe(0)
})

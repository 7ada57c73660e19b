import { expect, test } from 'vitest'
import { type MixedbreadCalls, mixedbreadForTest } from './mixedbread-calls.ts'

test('every file is listed once while others come and go', async () => {
  const mixedbread = await filledWith(['a', 'b', 'c', 'd', 'e', 'f'])
  const first = await mixedbread.list({ limit: 2 })
  expect(first.ids).toEqual(['f', 'e'])
  // The one that the cursor stands on, one that is still to come, and a new one.
  mixedbread.remove('e')
  mixedbread.remove('c')
  mixedbread.add('g', 'text')
  const second = await mixedbread.list({ limit: 2, after: first.pagination.last_cursor })
  expect(second.ids).toEqual(['d', 'b'])
  expect(second.pagination.has_more).toBe(true)
  const third = await mixedbread.list({ limit: 2, after: second.pagination.last_cursor })
  expect(third).toMatchObject({ ids: ['a'], pagination: { has_more: false, total: null } })
})

test('a file that is overwritten in mid-list is missed, or listed twice where the oldest come first', async () => {
  for (const [listOrder, expected] of [
    ['newest-first', ['b']],
    ['oldest-first', ['a', 'b', 'a']],
  ] as const) {
    const mixedbread = await mixedbreadForTest({ listOrder })
    for (const id of ['a', 'b']) mixedbread.add(id, 'text')
    const first = await mixedbread.list({ limit: 1 })
    mixedbread.add('a', 'new text')
    const rest = await mixedbread.list({ after: first.pagination.last_cursor })
    expect([...first.ids, ...rest.ids]).toEqual(expected)
  }
})

test('a list goes backwards, too, and an empty page has no cursors', async () => {
  const mixedbread = await filledWith(['a', 'b', 'c', 'd'])
  const last = await mixedbread.list({ limit: 3 })
  const end = await mixedbread.list({ limit: 3, after: last.pagination.last_cursor })
  expect(end.ids).toEqual(['a'])
  const back = await mixedbread.list({ limit: 2, before: end.pagination.first_cursor })
  expect(back).toMatchObject({ ids: ['c', 'b'], pagination: { has_more: true } })
  const nothing = await mixedbread.list({ after: end.pagination.last_cursor, include_total: true })
  const pagination = { has_more: false, first_cursor: null, last_cursor: null, total: 4 }
  expect(nothing).toEqual({ ids: [], pagination })
})

test('a page has 20 files unless told otherwise, and at most 100', async () => {
  const mixedbread = await filledWith(Array.from({ length: 101 }, (_, index) => `file ${index}`))
  expect((await mixedbread.list()).ids).toHaveLength(20)
  expect((await mixedbread.list({ limit: 100 })).ids).toHaveLength(100)
})

test.each([
  [{ limit: 101 }, 'limit'],
  [{ limit: 0 }, 'limit'],
  [{ after: 'made up' }, 'after'],
  [{ statuses: ['done'] }, 'statuses'],
  [{ metadata_filter: { key: 'a', operator: 'is', value: 1 } }, 'metadata_filter'],
  [{ metadata_filter: { every: [] } }, 'metadata_filter'],
])('%j is refused', async (request, field) => {
  const mixedbread = await mixedbreadForTest()
  const { status, body } = await mixedbread.call('POST', '/v1/stores/documents/files/list', request)
  expect(status).toBe(422)
  expect(body.detail).toMatchObject([{ loc: ['body', field] }])
})

test('a list of an unknown store is not found', async () => {
  const mixedbread = await mixedbreadForTest()
  expect((await mixedbread.call('POST', '/v1/stores/nothing/files/list', {})).status).toBe(404)
})

test('files are filtered by status', async () => {
  const mixedbread = await filledWith(['a', 'b', 'c'])
  mixedbread.change('b', { status: 'failed' })
  expect((await mixedbread.list({ statuses: ['failed'] })).ids).toEqual(['b'])
  const request = { statuses: ['completed', 'pending'], include_total: true }
  expect(await mixedbread.list(request)).toMatchObject({ ids: ['c', 'a'], pagination: { total: 2 } })
})

test.each([
  [{ key: 'scope', operator: 'eq', value: 'global' }, ['g']],
  [{ key: 'scope', operator: 'not_eq', value: 'global' }, ['t2', 't1']],
  [tenantFilter('1'), ['t1', 'g']],
  [[condition('scope', 'tenant'), condition('tenant_id', '2')], ['t2']],
  [{ none: [condition('scope', 'tenant')] }, ['g']],
  [{ key: 'size', operator: 'gte', value: 2 }, ['t2']],
  [{ key: 'tenant_id', operator: 'in', value: ['1', '3'] }, ['t1']],
  [{ key: 'deep.key', operator: 'eq', value: true }, ['g']],
  [{ key: 'scope', operator: 'like', value: 'ten%' }, ['t2', 't1']],
])('the filter %j is understood', async (metadata_filter, expected) => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.add('g', 'text', { scope: 'global', deep: { key: true } })
  mixedbread.add('t1', 'text', { scope: 'tenant', tenant_id: '1', size: 1 })
  mixedbread.add('t2', 'text', { scope: 'tenant', tenant_id: '2', size: 2 })
  expect((await mixedbread.list({ metadata_filter })).ids).toEqual(expected)
})

function condition(key: string, value: string) {
  return { key, operator: 'eq', value }
}

function tenantFilter(id: string) {
  return {
    any: [condition('scope', 'global'), { all: [condition('scope', 'tenant'), condition('tenant_id', id)] }],
  }
}

async function filledWith(externalIds: readonly string[]): Promise<MixedbreadCalls> {
  const mixedbread = await mixedbreadForTest()
  for (const externalId of externalIds) mixedbread.add(externalId, 'text')
  return mixedbread
}

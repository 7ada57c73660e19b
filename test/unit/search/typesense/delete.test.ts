import { expect, test } from 'vitest'
import { document, documents, ids, openTestIndex } from './open-test-index.ts'

test('many documents go with a request, and those that are not there are passed over', async () => {
  const { index, server, books } = await openTestIndex()
  await index.upsert(books, documents(...ids(250), 'kept'))
  server.requests.length = 0
  await index.delete(books, [...ids(250), 'never there', 'neither'])
  expect([...server.documentsOf('books').keys()]).toEqual(['kept'])
  expect(server.requests.map(({ documentIds }) => documentIds.length)).toEqual([100, 100, 51, 1])
})

test('long ids make no URL longer than servers take, and the limit of the settings counts', async () => {
  const limits = { documents: 100, bytes: 100_000, deletions: 30, parallel: 1 }
  const { index, server, books } = await openTestIndex({ limits }, { maxUrlLength: 3500 })
  const long = ids(60).map((id) => `${id}-${'ü/'.repeat(12)}`)
  await index.upsert(books, documents(...long))
  await index.delete(books, long)
  expect(server.documentsOf('books').size).toBe(0)
  const deletions = server.requests.filter(({ operation }) => operation === 'delete')
  for (const { query, path, documentIds } of deletions) {
    expect(path.length + query.length).toBeLessThan(3500)
    expect(documentIds.length).toBeLessThanOrEqual(30)
  }
})

test('a document that could not be deleted again is rejected without being sent, and does not hinder others', async () => {
  const { index, server, books } = await openTestIndex()
  const long = ['x'.repeat(2501), 'ü'.repeat(417)]
  const short = ['x'.repeat(2500), '`'.repeat(833), 'ü'.repeat(416)]
  const [first = '', second = ''] = long
  const outcomes = await index.upsert(books, documents('a', first, ...short, second, 'b'))
  expect(outcomes.map(({ kind }) => kind === 'indexed')).toEqual([true, false, true, true, true, false, true])
  expect(outcomes[1]).toEqual({
    kind: 'rejected',
    error:
      'The id takes 2501 characters in a URL, and 2500 is the limit: the document could not be deleted again.',
  })
  expect([...server.documentsOf('books').keys()]).toEqual(['a', ...short, 'b'])
  await index.delete(books, ['a', ...long, ...short])
  expect([...server.documentsOf('books').keys()]).toEqual(['b'])
})

const HOSTILE = [
  'a`b',
  '`',
  'x,y',
  ' spaced ',
  'a && b',
  '(a)',
  '[a]',
  '*',
  '!a',
  'a"b',
  "a'b",
  '日本',
  'a\\b',
  '..',
]

test('ids that a filter could read otherwise delete nothing but themselves', async () => {
  const { index, server, books } = await openTestIndex()
  const others = documents('a', 'b', 'x', 'y', 'spaced')
  await index.upsert(books, [...others, ...HOSTILE.map((id) => document({ id, title: 'T' }))])
  await index.delete(books, [...HOSTILE, '', 'none`'])
  expect([...server.documentsOf('books').keys()]).toEqual(others.map(({ id }) => id))
})

test.each([
  { kind: 'not-ready' },
  { kind: 'rate-limited', retryAfter: '0' },
  { kind: 'reset-after' },
  { kind: 'reset-mid-reply' },
  { kind: 'answer', status: 503, body: '' },
] as const)('gets over $kind', async (fault) => {
  const { index, server, books } = await openTestIndex()
  await index.upsert(books, documents('a', 'b`'))
  server.faults.next({ ...fault, on: 'delete' }, 2)
  await index.delete(books, ['a', 'b`'])
  expect(server.documentsOf('books').size).toBe(0)
})

test('a collection that is gone is an error', async () => {
  const { index, books } = await openTestIndex()
  await expect(index.delete({ ...books, name: 'none' }, ['a'])).rejects.toThrow(/404/)
  await expect(index.delete({ ...books, name: 'none' }, ['`'])).rejects.toThrow(/404/)
})

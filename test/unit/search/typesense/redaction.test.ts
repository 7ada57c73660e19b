import { inspect } from 'node:util'
import { expect, test, vi } from 'vitest'
import { MbsyncError } from '../../../../src/core/errors.ts'
import type { SearchIndex } from '../../../../src/search/search-index.ts'
import type { Fault } from '../../../support/typesense/fault.ts'
import { BOOKS, document, documents, openTestIndex, SECRET_KEY } from './open-test-index.ts'

const SECRET_TEXT = 'a very private sentence'
const SECRET_NUMBER = 4_111_111_111
const SECRETS = [SECRET_KEY, SECRET_TEXT, String(SECRET_NUMBER)]

const CONFIDENTIAL = document({ id: 'a', title: SECRET_TEXT, card: { number: SECRET_NUMBER } })

/** Everything that an error shows in any way: its own and hidden properties, and those of its causes. */
function everythingOf(error: unknown): string {
  const parts: string[] = []
  for (let each = error; each !== undefined; each = (each as Error).cause) {
    parts.push(inspect(each, { depth: 20, showHidden: true }), JSON.stringify(each), String(each))
    if (each instanceof Error) parts.push(each.message, each.stack ?? '')
  }
  return parts.join('\n')
}

async function errorsOf(index: SearchIndex): Promise<unknown[]> {
  const books = { name: 'books', identity: '1' }
  const list = async () => {
    for await (const _ of index.listIds(books));
  }
  const settled = await Promise.allSettled([
    index.upsert(books, [CONFIDENTIAL, ...documents('b')]),
    index.delete(books, ['a', 'b`']),
    list(),
    index.countDocuments(books),
    index.findLive(),
    index.adjust(books, []),
    index.create(index.nextName()),
    index.publish(books),
    index.publishNotice(),
    index.drop('other'),
    index.check([]),
  ])
  return settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
}

const ECHO = JSON.stringify({ message: `Bad: "${SECRET_TEXT}" ${SECRET_KEY} '${SECRET_NUMBER}'` })

test.each<Fault>([
  { kind: 'not-ready' },
  { kind: 'out-of-disk' },
  { kind: 'reset-before' },
  { kind: 'reset-mid-reply' },
  { kind: 'slow', delayMs: 500 },
  { kind: 'answer', status: 200, body: `<html>${SECRET_KEY} ${SECRET_TEXT}</html>` },
  { kind: 'answer', status: 400, body: ECHO },
  { kind: 'answer', status: 401, body: ECHO },
  { kind: 'answer', status: 403, body: `<html>${SECRET_KEY} ${SECRET_TEXT}</html>` },
  { kind: 'answer', status: 404, body: ECHO },
  { kind: 'answer', status: 409, body: ECHO },
  { kind: 'answer', status: 422, body: ECHO },
  { kind: 'answer', status: 500, body: ECHO },
  { kind: 'answer', status: 302, body: '' },
])('no error at $kind $status shows the key or a document, and nothing is printed', async (fault) => {
  const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')]
  const { index, server } = await openTestIndex({ schema: BOOKS, requestMs: 100 })
  server.faults.always(fault)
  server.faults.always({ ...fault, on: 'health' })
  const errors = await errorsOf(index)
  expect(errors.length).toBeGreaterThan(3)
  for (const error of errors) {
    expect(error).toBeInstanceOf(MbsyncError)
    expect((error as MbsyncError).hint).toBeTruthy()
    for (const secret of SECRETS) expect(everythingOf(error)).not.toContain(secret)
  }
  for (const spy of printed) {
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  }
})

test('a rejection tells what the server says, not what the document holds', async () => {
  const { index, server, books } = await openTestIndex()
  const rejectionFor = async (message: string) => {
    server.faults.next({ kind: 'reject', rejects: () => message, on: 'import' })
    const [outcome] = await index.upsert(books, [CONFIDENTIAL])
    return outcome?.kind === 'rejected' ? outcome.error : undefined
  }
  expect(await rejectionFor('Field `title` must be an int32.')).toBe('Field `title` must be an int32.')
  expect(await rejectionFor(`No reference to ${SECRET_TEXT} and ${SECRET_NUMBER} found.`)).toBe(
    'No reference to … and … found.',
  )
  expect(await rejectionFor(`Bad JSON: last read: '"title":"${SECRET_TEXT.slice(0, 9)}`)).toBe('Bad JSON')
  expect(await rejectionFor(`Value "${SECRET_TEXT.slice(0, 9)}" is odd`)).toBe('Value "…" is odd')
  expect(await rejectionFor(`Key ${SECRET_KEY}`)).toBe('Key …')
  const huge = '12345678901234567890'
  server.faults.next({ kind: 'reject', rejects: () => `Number ${huge}`, on: 'import' })
  expect(await index.upsert(books, [{ id: 'n', json: `{"id":"n","n":${huge}}` }])).toEqual([
    { kind: 'rejected', error: 'Number …' },
  ])
  expect(await rejectionFor('x'.repeat(2000))).toHaveLength(500)
})

test('the console stays empty when rules are carried over', async () => {
  const printed = vi.spyOn(console, 'warn')
  const { index, server } = await openTestIndex({ schema: BOOKS })
  server.collections.get('books')?.synonyms.set('s', { id: 's', synonyms: ['a', 'b'] })
  await index.create(index.nextName())
  expect(printed).not.toHaveBeenCalled()
  printed.mockRestore()
})

import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { mixedbreadIndex } from '../../../../src/search/mixedbread/mixedbread-index.ts'
import { redact } from '../../../../src/search/mixedbread/redact.ts'
import type { Fault } from '../../../support/mixedbread/faults.ts'
import { all, documentOf, indexForTest } from './index-for-test.ts'

const TEXT = 'Erika Mustermann was born in Gabelstapelheim on a Tuesday'
const MAIL = 'erika@example.org'
const KEY = 'mxb_very_secret_key'

const FAULTS: readonly Fault[] = [
  { status: 401 },
  { status: 402 },
  { status: 404 },
  { status: 409 },
  { status: 422 },
  { status: 429, waitMs: 1000 },
  { status: 500 },
  { status: 502, html: `<html>${TEXT} ${MAIL} ${KEY}</html>` },
  { status: 409, html: `<html>${TEXT} ${MAIL} ${KEY}</html>` },
  { cut: 'before-applying' },
  { cut: 'mid-reply' },
  { stallMs: 1000 },
]

test.each(FAULTS)(
  'neither errors nor outcomes of %j hold the key, the text or the metadata',
  async (fault) => {
    const { index, live, mixedbread } = await indexForTest({ apiKey: KEY }, { requestMs: 50 })
    mixedbread.faults.setPolicy(() => fault)
    const document = documentOf('a', TEXT, { mail: MAIL })
    const results = await Promise.allSettled([
      index.upsert(live, [{ ...document, previousRemoteId: null }]),
      index.upsert(live, [document]),
      index.upsert(live, [{ ...document, hasText: true }]),
      index.delete(live, ['a']),
      all(index.listDocuments(live)),
      index.check([]),
      index.cleanUp(),
    ])
    expectNoSecrets(results)
  },
)

test('a service that repeats what it was sent is not repeated', async () => {
  const { live, settings, controller } = await indexForTest({ apiKey: KEY })
  for (const status of [400, 409, 422, 500]) {
    for (const body of [
      {
        detail: [
          { loc: ['body', 'file'], msg: `Cannot read ${TEXT}, ${MAIL}`, input: TEXT, type: 'value_error' },
        ],
      },
      { detail: `"${TEXT.slice(0, 30)}" of ${KEY}` },
      { message: `Erika Mustermann was born, mailto:${MAIL}`, details: { input: TEXT } },
      { last_error: TEXT },
    ]) {
      const fetch = async () => Response.json(body, { status })
      const index = mixedbreadIndex({ ...settings, apiKey: KEY, fetch }, controller.signal)
      const document = documentOf('a', TEXT, { mail: MAIL })
      const calls = [
        index.upsert(live, [{ ...document, previousRemoteId: null }]),
        index.upsert(live, [{ ...documentOf('a', TEXT, { mail: MAIL, name: TEXT }), hasText: true }]),
      ]
      expectNoSecrets(await Promise.allSettled(calls))
    }
  }
})

test('a key that no header can hold is not repeated', async () => {
  const { settings, controller } = await indexForTest()
  let error: unknown
  try {
    mixedbreadIndex({ ...settings, apiKey: `${KEY}\n` }, controller.signal)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({ name: 'UsageError', hint: expect.stringContaining('MXBAI_API_KEY') })
  expectNoSecrets(error)
})

test('a message keeps what it says of its own', () => {
  expect(redact('metadata.size: Input should be\n  a valid number', [TEXT])).toBe(
    'metadata.size: Input should be a valid number',
  )
  expect(redact(`The file of ${MAIL} isn't one`, [MAIL])).toBe("The file of … isn't one")
  expect(redact(`Value 'abc' and "def"`, [])).toBe('Value … and …')
  expect(redact('x'.repeat(1000), [])).toHaveLength(300)
})

function expectNoSecrets(value: unknown): void {
  const shown = inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true })
  for (const secret of [KEY, MAIL, 'Erika', 'Gabelstapel']) expect(shown).not.toContain(secret)
}

import { expect, test } from 'vitest'
import { mixedbreadForTest } from './mixedbread-calls.ts'

test('a file is ingested as the clock goes on', async () => {
  let nowMs = 1_000_000
  const mixedbread = await mixedbreadForTest({ now: () => nowMs, ingestAfterMs: 1000 })
  expect((await mixedbread.put('a', 'text')).body.status).toBe('pending')
  expect(mixedbread.document('a')?.status).toBe('pending')
  nowMs += 500
  expect(mixedbread.document('a')?.status).toBe('in_progress')
  nowMs += 500
  expect((await mixedbread.list({ statuses: ['completed'] })).ids).toEqual(['a'])
})

test('a file is ingested when told to, and fails where it shall', async () => {
  const mixedbread = await mixedbreadForTest({
    ingestAfterMs: 'manual',
    ingestionErrorOf: ({ externalId }) => (externalId === 'bad' ? { message: 'No text' } : undefined),
  })
  await mixedbread.put('good', 'text')
  await mixedbread.put('bad', '')
  mixedbread.ingest('in_progress')
  expect(mixedbread.documents().map(({ status }) => status)).toEqual(['in_progress', 'in_progress'])
  mixedbread.ingest()
  const { body } = await mixedbread.call('POST', '/v1/stores/documents/files/list', { statuses: ['failed'] })
  expect(body.data).toMatchObject([{ external_id: 'bad', last_error: { message: 'No text' } }])
  expect(mixedbread.document('good')?.status).toBe('completed')
})

test('a file that is overwritten is ingested anew', async () => {
  const mixedbread = await mixedbreadForTest({ ingestAfterMs: 'manual' })
  await mixedbread.put('a', 'old')
  mixedbread.ingest()
  await mixedbread.put('a', 'new')
  expect(mixedbread.document('a')).toMatchObject({ content: 'new', status: 'pending' })
})

import { expect, test } from 'vitest'
import { formOf, mixedbreadForTest } from './mixedbread-calls.ts'

test('a burst of writes is let through, and then what the minute allows', async () => {
  let nowMs = 1_767_225_600_250
  const mixedbread = await mixedbreadForTest({ now: () => nowMs })
  for (let count = 0; count < 120; count += 1) await mixedbread.upload('text')
  const refused = await mixedbread.call('POST', '/v1/files', {})
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.body).toEqual({
    type: 'too_many_requests_error',
    url: expect.any(String),
    message: 'Rate limit exceeded. Please try again later.',
    details: { retry_after: 1, limit: '360', remaining: '0', reset: '1767225601' },
  })
  expect(mixedbread.uploadCount()).toBe(120)
  // 360 a minute are six a second.
  nowMs += 1000
  const statuses = []
  for (let count = 0; count < 7; count += 1) {
    statuses.push((await mixedbread.call('POST', '/v1/files', formOf('text'))).status)
  }
  expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 429])
  expect(mixedbread.uploadCount()).toBe(126)
  // Reads have a bucket of their own.
  expect((await mixedbread.call('GET', '/v1/stores/documents')).status).toBe(200)
})

test('every class has a bucket of its own, which never holds more than the burst', async () => {
  let nowMs = 0
  const limit = { perMinute: 60, burst: 1 }
  const mixedbread = await mixedbreadForTest({
    now: () => nowMs,
    rateLimits: { read: limit, list: limit, write: limit, update: limit, delete: limit },
  })
  const calls = [
    ['GET', '/v1/stores/documents', 'read'],
    ['GET', '/v1/files', 'list'],
    ['POST', '/v1/files', 'write'],
    ['PATCH', '/v1/stores/documents/files/a', 'update'],
    ['DELETE', '/v1/files/a', 'delete'],
  ] as const
  for (const waitMs of [0, 3_600_000]) {
    nowMs += waitMs
    for (const [method, path] of calls) await mixedbread.call(method, path)
    for (const [method, path] of calls) expect((await mixedbread.call(method, path)).status).toBe(429)
  }
  expect(mixedbread.requests.slice(0, 5).map(({ operation }) => operation)).toEqual(
    calls.map(([, , one]) => one),
  )
  expect(mixedbread.requests.slice(0, 5).every(({ status }) => status !== 429)).toBe(true)
})

test('Retry-After can be a date, by the clock that the replies show', async () => {
  const mixedbread = await mixedbreadForTest({
    now: () => Date.UTC(2030, 0, 1, 0, 0, 0, 400),
    retryAfterForm: 'date',
    rateLimits: { read: { perMinute: 1, burst: 0 } },
  })
  const { headers, body } = await mixedbread.call('GET', '/v1/stores/documents')
  expect(headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:00 GMT')
  expect(headers.get('retry-after')).toBe('Tue, 01 Jan 2030 00:01:01 GMT')
  expect(body.details.retry_after).toBe(60)
})

test('the limits can be switched off', async () => {
  const mixedbread = await mixedbreadForTest({ rateLimits: 'off', now: () => 0 })
  for (let count = 0; count < 200; count += 1) await mixedbread.upload('text')
  expect(mixedbread.uploadCount()).toBe(200)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fault } from '../../../support/mixedbread/faults.ts'
import { randomFaults } from '../../../support/mixedbread/random-faults.ts'
import { assertProperty } from '../../../support/properties.ts'
import { mixedbreadForTest } from './mixedbread-calls.ts'

test.each([401, 402, 409, 422, 429, 500, 503] as const)('the next write can answer %i', async (status) => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.faults.next('write', { status, waitMs: 3000 })
  expect((await mixedbread.call('GET', '/v1/stores/documents')).status).toBe(200)
  const reply = await mixedbread.call('POST', '/v1/files', {})
  expect(reply.status).toBe(status)
  expect(reply.body).toHaveProperty(status === 422 ? 'detail' : 'message')
  if (status !== 422) expect(reply.headers.get('retry-after')).toBe('3')
  await mixedbread.upload('text')
  expect(mixedbread.uploadCount()).toBe(1)
})

test('a fault can be meant for a route, for any request, or for what a function picks', async () => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.faults.next('attach-file', { status: 500 })
  mixedbread.faults.next(({ externalId }) => externalId === 'b', { status: 503 })
  expect((await mixedbread.put('a', 'text')).status).toBe(500)
  expect((await mixedbread.put('a', 'text')).status).toBe(201)
  expect((await mixedbread.put('b', 'text')).status).toBe(503)
  mixedbread.faults.next('any', { status: 502, html: '<h1>Bad Gateway</h1>' }, 2)
  const reply = await mixedbread.call('GET', '/v1/files')
  expect([reply.status, reply.headers.get('content-type'), String(reply.body)]).toEqual([
    502,
    'text/html',
    '<h1>Bad Gateway</h1>',
  ])
  expect(mixedbread.faults.waiting()).toBe(1)
  mixedbread.faults.clear()
  expect((await mixedbread.call('GET', '/v1/files')).status).toBe(200)
})

test('a failure can hide that the request was carried out', async () => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.faults.next('attach-file', { status: 503, isApplied: true })
  expect((await mixedbread.put('a', 'text')).status).toBe(503)
  expect(mixedbread.document('a')?.content).toBe('text')
  expect(mixedbread.requests.at(-1)).toMatchObject({ status: 503, isApplied: true, externalId: 'a' })
})

test.each([
  ['before-applying', 0],
  ['after-applying', 1],
  ['mid-reply', 1],
] as const)('a connection that breaks %s leaves %i uploads', async (cut, uploads) => {
  const mixedbread = await mixedbreadForTest()
  mixedbread.faults.next('upload-file', { cut })
  await expect(mixedbread.upload('text')).rejects.toThrow(cut === 'mid-reply' ? 'terminated' : 'fetch failed')
  expect(mixedbread.uploadCount()).toBe(uploads)
  expect(mixedbread.requests).toMatchObject([{ isCut: true, isApplied: uploads === 1, fault: { cut } }])
})

test('a slow reply comes after its time, carried out at once', async () => {
  const mixedbread = await mixedbreadForTest()
  const faults: Fault[] = [{ delayMs: 50 }, { stallMs: 50 }]
  for (const fault of faults) {
    mixedbread.faults.next('upload-file', fault)
    const startedMs = performance.now()
    await mixedbread.upload('text')
    expect(performance.now() - startedMs).toBeGreaterThan(45)
  }
  expect(mixedbread.uploadCount()).toBe(2)
})

test('the limits come before the faults', async () => {
  const mixedbread = await mixedbreadForTest({
    now: () => 0,
    rateLimits: { list: { perMinute: 1, burst: 0 } },
  })
  mixedbread.faults.next('list', { status: 500 })
  expect((await mixedbread.call('GET', '/v1/files')).status).toBe(429)
  expect(mixedbread.faults.waiting()).toBe(1)
})

test('random faults depend on their numbers alone, and stop where told', async () => {
  await assertProperty(
    fc.asyncProperty(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 8 }),
      async (draws) => {
        const statusesOf = async () => {
          let drawn = 0
          const random = () => draws[drawn++ % draws.length] ?? 0
          const mixedbread = await mixedbreadForTest()
          const faults: Fault[] = [{ status: 500 }, { status: 503 }]
          mixedbread.faults.setPolicy(randomFaults({ random, share: 0.5, faults, on: 'list', atMost: 3 }))
          for (let count = 0; count < 8; count += 1) await mixedbread.call('GET', '/v1/files')
          await mixedbread.close()
          return mixedbread.requests.map(({ status }) => status)
        }
        const statuses = await statusesOf()
        expect(await statusesOf()).toEqual(statuses)
        expect(statuses.filter((status) => status !== 200).length).toBeLessThanOrEqual(3)
      },
    ),
    { numRuns: 10 },
  )
})

test('nothing is left open by a stand-in that is closed in the middle of a reply', async () => {
  const openBefore = process.getActiveResourcesInfo().filter(isServerOrTimer).length
  const mixedbread = await mixedbreadForTest()
  mixedbread.faults.next('read', { delayMs: 3_600_000 })
  mixedbread.faults.next('list', { stallMs: 3_600_000 })
  const replies = ['/v1/stores/documents', '/v1/files'].map((path) => mixedbread.call('GET', path))
  const settled = Promise.allSettled(replies)
  while (mixedbread.requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
  await mixedbread.close()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(process.getActiveResourcesInfo().filter(isServerOrTimer).length).toBeLessThanOrEqual(openBefore)
})

function isServerOrTimer(resource: string): boolean {
  return resource === 'TCPServerWrap' || resource === 'Timeout'
}

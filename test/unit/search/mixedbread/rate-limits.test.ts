import { APIError } from '@mixedbread/sdk'
import { expect, onTestFinished, test } from 'vitest'
import { mixedbreadIndex } from '../../../../src/search/mixedbread/mixedbread-index.ts'
import { DOCUMENTED_RATES, rateLimiter, tokenBucket } from '../../../../src/search/mixedbread/rate-limiter.ts'
import { requests } from '../../../../src/search/mixedbread/requests.ts'
import { DEFAULT_SETTINGS } from '../../../../src/search/mixedbread/settings.ts'
import { PUBLISHED_RATE_LIMITS } from '../../../support/mixedbread/token-buckets.ts'
import { virtualClock } from '../../../support/mixedbread/virtual-clock.ts'
import { all, documentOf, indexForTest } from './index-for-test.ts'
import { limitedFetch } from './limited-fetch.ts'

const { signal } = new AbortController()

test('the documented rates are those of the stand-in', () => {
  expect(DOCUMENTED_RATES).toEqual(PUBLISHED_RATE_LIMITS)
})

test('a bucket lets a burst through, then one after another at its rate, in the order of asking', async () => {
  const clock = virtualClock()
  const bucket = tokenBucket({ perMinute: 60, burst: 3 }, clock)
  const startedMs = clock.now()
  const passed: [number, number][] = []
  const pass = async (number: number) => {
    await bucket.take(signal)
    passed.push([number, clock.now() - startedMs])
  }
  await Promise.all([1, 2, 3, 4, 5].map(pass))
  expect(passed).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 1000],
    [5, 2000],
  ])
})

test('a pause holds back those who wait already, and no burst follows it', async () => {
  const clock = virtualClock()
  const bucket = tokenBucket({ perMinute: 60, burst: 3 }, clock)
  const startedMs = clock.now()
  bucket.pause(10_000)
  bucket.pause(1000)
  await Promise.all([1, 2, 3].map(() => bucket.take(signal)))
  expect(clock.now() - startedMs).toBe(13_000)
})

test('an abort ends the wait for a turn, and leaves the bucket to others', async () => {
  const clock = virtualClock()
  const bucket = tokenBucket({ perMinute: 60, burst: 1 }, clock)
  await bucket.take(signal)
  const controller = new AbortController()
  const reason = new Error('stopped')
  const waits = [bucket.take(controller.signal), bucket.take(controller.signal)]
  const settled = Promise.allSettled(waits)
  await Promise.resolve()
  controller.abort(reason)
  expect((await settled).map((one) => one.status === 'rejected' && one.reason)).toEqual([reason, reason])
  await bucket.take(signal)
})

test.each(['seconds', 'date'] as const)(
  'a 429 pauses its class for as long as it says in %s',
  async (retryAfterForm) => {
    const { index, live, mixedbread, settings } = await indexForTest({ retryAfterForm })
    mixedbread.faults.next('upload-file', { status: 429, waitMs: 20_000 })
    const startedMs = settings.clock.now()
    expect(
      await index.upsert(
        live,
        ['a', 'b'].map((id) => documentOf(id, 'text')),
      ),
    ).toHaveLength(2)
    const writes = mixedbread.requests.filter(({ operation }) => operation === 'write')
    const [refused, ...later] = writes.map(({ atMs }) => atMs - startedMs)
    expect(refused).toBe(0)
    expect(later.filter((atMs) => atMs > 0 && atMs < 19_000)).toEqual([])
    expect(later.at(-1)).toBeLessThan(25_000)
  },
)

test('no Retry-After is waited for longer than a minute', async () => {
  const { index, live, mixedbread, settings } = await indexForTest()
  mixedbread.faults.next('upload-file', { status: 429, waitMs: 3_600_000 })
  const startedMs = settings.clock.now()
  await index.upsert(live, [documentOf('a', 'text')])
  expect(settings.clock.now() - startedMs).toBeGreaterThanOrEqual(60_000)
  expect(settings.clock.now() - startedMs).toBeLessThan(62_000)
})

test('workers that share the rates run into no limit', async () => {
  const { index, live, mixedbread, settings } = await indexForTest({ ingestAfterMs: 1000 })
  const startedMs = settings.clock.now()
  const batches = Array.from({ length: 3 }, (_, batch) =>
    Array.from({ length: 50 }, (__, number) => documentOf(`d${batch * 50 + number}`, 'text')),
  )
  await Promise.all(batches.map((batch) => index.upsert(live, batch)))
  expect(mixedbread.requests.filter(({ status }) => status === 429)).toEqual([])
  // 300 writes, 120 of them at once, 6 a second from then on.
  expect((settings.clock.now() - startedMs) / 30_000).toBeCloseTo(1, 1)
  expect(mixedbread.documents()).toHaveLength(150)
})

test('limits that another client uses up delay the run, and do not fail it', async () => {
  const { index, live, mixedbread } = await indexForTest()
  for (let count = 0; count < 120; count += 1) await mixedbread.upload('of another client')
  const outcomes = await index.upsert(
    live,
    Array.from({ length: 60 }, (_, number) => documentOf(`d${number}`, 'x')),
  )
  expect(outcomes.filter(({ kind }) => kind === 'indexed')).toHaveLength(60)
  expect(mixedbread.requests.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(8)
})

// All of them through the SDK take a minute of the machine's own time.
const sdkCount = process.env.MBSYNC_LONG_TESTS === undefined ? 1000 : 50_000

test(`${sdkCount} documents take as long as the rates make them, in constant memory`, async () => {
  const clock = virtualClock()
  const service = limitedFetch(clock)
  const settings = { ...DEFAULT_SETTINGS, apiKey: 'key', store: 'documents', clock, fetch: service.fetch }
  const index = mixedbreadIndex(settings, new AbortController().signal)
  const live = { name: 'documents', identity: 'documents' }
  const text = 'x'.repeat(2000)
  let sent = 0
  const worker = async () => {
    while (sent < sdkCount) {
      const first = sent
      sent += 100
      await index.upsert(
        live,
        Array.from({ length: 100 }, (_, number) => documentOf(`d${first + number}`, text)),
      )
    }
  }
  const startedMs = clock.now()
  const heaps: number[] = []
  const timer = setInterval(() => heaps.push(process.memoryUsage().heapUsed), 200)
  onTestFinished(() => clearInterval(timer))
  await Promise.all([worker(), worker()])
  expectAtTheRates(2 * sdkCount, clock.now() - startedMs, service.statuses)
  expect(Math.max(...heaps) - Math.min(...heaps)).toBeLessThan(100_000_000)
})

test('the writes of 50,000 documents take as long as the rates make them', async () => {
  const clock = virtualClock()
  const service = limitedFetch(clock)
  const settings = { ...DEFAULT_SETTINGS, apiKey: 'key', store: 'documents', clock }
  const { repeat, send } = requests(settings, rateLimiter(settings.rates, clock), signal)
  const write = async () => {
    const status = service.answer('POST', '/v1/files')
    if (status !== 201) throw APIError.generate(status, {}, undefined, new Headers())
  }
  let left = 100_000
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await repeat(() => send('write', { action: 'write', secrets: [] }, write))
    }
  }
  const startedMs = clock.now()
  await Promise.all(Array.from({ length: 8 }, worker))
  expectAtTheRates(100_000, clock.now() - startedMs, service.statuses)
})

function expectAtTheRates(writes: number, tookMs: number, statuses: ReadonlyMap<number, number>): void {
  const { burst, perMinute } = DOCUMENTED_RATES.write
  const fastestMs = ((writes - burst) * 60_000) / perMinute
  expect(statuses.get(201)).toBe(writes)
  expect(tookMs / fastestMs).toBeGreaterThanOrEqual(1)
  expect(tookMs / fastestMs).toBeLessThan(1.1)
  expect((statuses.get(429) ?? 0) / writes).toBeLessThan(0.01)
}

test('listing what is unchanged writes nothing', async () => {
  const { index, live, routes } = await indexForTest()
  await index.upsert(
    live,
    Array.from({ length: 120 }, (_, number) => documentOf(`d${number}`, 'text')),
  )
  routes()
  expect(await all(index.listDocuments(live))).toHaveLength(120)
  expect(routes()).toEqual(['list-store-files', 'list-store-files'])
})

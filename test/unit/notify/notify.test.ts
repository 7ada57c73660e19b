import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NotifySettings, Ping, Webhook } from '../../../src/config/read/notify-settings.ts'
import { notifyEnd, notifyStart } from '../../../src/notify/notify.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { ENDING, REFUSED } from './an-ending.ts'

let receiver: Receiver
let folder: string
const signal = new AbortController().signal

beforeEach(async () => {
  receiver = await startReceiver()
  folder = mkdtempSync(join(tmpdir(), 'mbsync-notify-'))
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true })
})

function settings(
  webhooks: Partial<Webhook>[],
  pings: Partial<Ping>[] = [],
  rest: Partial<NotifySettings> = {},
): NotifySettings {
  const webhook = {
    name: 'team',
    url: `${receiver.url}/secret`,
    format: 'json',
    when: 'problem',
    profiles: undefined,
  } as const
  const ping = {
    name: 'checks',
    start: undefined,
    success: undefined,
    failure: undefined,
    profiles: undefined,
  }
  return {
    webhooks: webhooks.map((own) => ({ ...webhook, ...own })),
    pings: pings.map((own) => ({ ...ping, ...own })),
    metricsFile: undefined,
    timeoutMs: 10_000,
    ...rest,
  }
}

const paths = () => receiver.received.map(({ method, path }) => `${method} ${path}`)

test('a webhook is told problems, or every ending, of all profiles or of its own', async () => {
  const all = settings([
    { url: `${receiver.url}/problems` },
    { url: `${receiver.url}/always`, when: 'always' },
    { url: `${receiver.url}/other`, when: 'always', profiles: ['other'] },
  ])
  expect(await notifyEnd(all, ENDING, signal)).toStrictEqual([])
  expect(paths()).toStrictEqual(['POST /always'])
  await notifyEnd(all, REFUSED, signal)
  expect(paths().slice(1).sort()).toStrictEqual(['POST /always', 'POST /problems'])
  expect(JSON.parse(receiver.received[1]?.body ?? '')).toMatchObject({ exitCode: 3 })
})

test('pings tell the start, and how it ended', async () => {
  const ping = {
    start: `${receiver.url}/start`,
    success: `${receiver.url}/ok`,
    failure: `${receiver.url}/fail`,
  }
  const own = settings([], [ping, { success: `${receiver.url}/only` }])
  await notifyEnd(own, ENDING, signal, notifyStart(own, ENDING, signal))
  await notifyEnd(own, REFUSED, signal)
  expect(paths().indexOf('GET /start')).toBeLessThan(paths().indexOf('GET /ok'))
  expect(paths().sort()).toStrictEqual(['GET /fail', 'GET /ok', 'GET /only', 'GET /start'])
})

test('a run of some tables is reported by webhooks alone: pings and metrics show how whole runs end', async () => {
  const metricsFile = join(folder, 'mbsync.prom')
  const ping = {
    start: `${receiver.url}/start`,
    success: `${receiver.url}/ok`,
    failure: `${receiver.url}/fail`,
  }
  const own = settings([{ when: 'always' }], [ping], { metricsFile })
  await notifyEnd(own, REFUSED, signal)
  const before = readFileSync(metricsFile, 'utf8')
  expect(paths().sort()).toStrictEqual(['GET /fail', 'POST /secret'])
  for (const ending of [ENDING, REFUSED]) {
    const partial = { ...ending, isPartial: true }
    await notifyEnd(own, partial, signal, notifyStart(own, partial, signal))
  }
  expect(paths().slice(2)).toStrictEqual(['POST /secret', 'POST /secret'])
  expect(readFileSync(metricsFile, 'utf8')).toBe(before)
})

test('a start that nobody answers holds up the end of its own ping alone', async () => {
  const hanging = createServer().listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  const { port } = hanging.address() as AddressInfo
  const start = `http://127.0.0.1:${port}/start`
  const own = settings(
    [{ when: 'always' }],
    [{ name: 'slow', start, success: `${receiver.url}/slow` }, { success: `${receiver.url}/quick` }],
    { metricsFile: join(folder, 'm.prom') },
  )
  const leaving = new AbortController()
  const ended = notifyEnd(own, ENDING, leaving.signal, notifyStart(own, ENDING, leaving.signal))
  await expect.poll(() => paths().sort()).toStrictEqual(['GET /quick', 'POST /secret'])
  await expect.poll(() => readdirSync(folder)).toStrictEqual(['m.prom'])
  leaving.abort()
  expect((await ended).map(({ message }) => message.split(':')[0])).toStrictEqual([
    'The start ping of `slow` was not sent',
    'The success ping of `slow` was not sent',
  ])
  hanging.close()
})

test('a name and password in the URL are sent as such', async () => {
  const url = receiver.url.replace('//', '//user:hush@')
  expect(await notifyEnd(settings([{ url, when: 'always' }]), ENDING, signal)).toStrictEqual([])
  expect(receiver.received[0]?.authorization).toBe(`Basic ${btoa('user:hush')}`)
})

test('what is refused for good is a warning without the URL, and is not repeated', async () => {
  receiver.answer(404)
  expect(await notifyEnd(settings([{}]), REFUSED, signal)).toStrictEqual([
    {
      message: 'The webhook `team` was not notified: the server answered 404',
      hint: 'This does not affect the run. See `notify` in mbsync.yaml.',
    },
  ])
  expect(receiver.received).toHaveLength(1)
})

test('what may pass is tried again', async () => {
  receiver.answer(503)
  const told = notifyEnd(settings([{}]), REFUSED, signal)
  while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  receiver.answer(200)
  expect(await told).toStrictEqual([])
  expect(receiver.received).toHaveLength(2)
})

test('nobody is waited for beyond the deadline, nor after an abort', async () => {
  receiver.answer('nothing')
  const slow = settings([{}], [], { timeoutMs: 50 })
  const [warning] = await notifyEnd(slow, REFUSED, signal)
  expect(warning?.message).toBe('The webhook `team` was not notified: no answer in time')
  const [aborted] = await notifyEnd(settings([{}]), REFUSED, AbortSignal.abort())
  expect(aborted?.message).toBe('The webhook `team` was not notified: no answer in time')
})

test('a server that is not there is a warning', async () => {
  await receiver.close()
  const [warning] = await notifyEnd(settings([{}], [], { timeoutMs: 3000 }), REFUSED, signal)
  expect(warning?.message).toMatch(/^The webhook `team` was not notified: (ECONNREFUSED|no answer in time)$/)
  expect(JSON.stringify(warning)).not.toMatch(/127\.0\.0\.1|secret/)
})

test('runs that end together each leave their figures, and nothing beside them', async () => {
  const metricsFile = join(folder, 'mbsync.prom')
  const names = ['a', 'b', 'c', 'd', 'e']
  const endings = names.map((profile) =>
    notifyEnd(settings([], [], { metricsFile }), { ...ENDING, profile }, signal),
  )
  expect((await Promise.all(endings)).flat()).toStrictEqual([])
  const text = readFileSync(metricsFile, 'utf8')
  for (const name of names) expect(text).toContain(`mbsync_run_exit_code{profile="${name}",command="sync"} 0`)
  expect(readdirSync(folder)).toStrictEqual(['mbsync.prom'])
})

test('a metrics file whose writer died is written all the same, and one that cannot be written is a warning', async () => {
  const metricsFile = join(folder, 'mbsync.prom')
  mkdirSync(`${metricsFile}.lock`)
  utimesSync(`${metricsFile}.lock`, 1, 1)
  expect(await notifyEnd(settings([], [], { metricsFile }), ENDING, signal)).toStrictEqual([])
  const elsewhere = join(folder, 'no', 'x.prom')
  const [warning] = await notifyEnd(settings([], [], { metricsFile: elsewhere }), ENDING, signal)
  expect(warning?.message).toBe(`The metrics file ${elsewhere} was not written: ENOENT`)
})

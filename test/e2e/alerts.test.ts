import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const CONFIG = `
profiles:
  nightly: { from: production, to: staging, search: [items] }
search:
  items: { type: ndjson, query: "\${QUERY}", file: items.ndjson }
notify:
  webhooks: { team: { url: "\${HOOK}/webhook", when: always } }
  pings: { checks: { start: "\${HOOK}/start", success: "\${HOOK}/success", failure: "\${HOOK}/failure" } }
  timeout: \${TIMEOUT:-10s}
`

let pair: DatabasePair
let receiver: Receiver
let folder: string

beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT i, 'new' FROM generate_series(1, 10) i`,
    targetSql: `${SCHEMA} INSERT INTO item VALUES (1, 'old')`,
  })
  receiver = await startReceiver()
  folder = mkdtempSync(join(tmpdir(), 'mbsync-alerts-'))
})
afterEach(async () => {
  await receiver.close()
  await pair.drop()
  rmSync(folder, { recursive: true })
})

const surroundings = (env: Record<string, string> = {}) => ({
  env: {
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    HOOK: receiver.url,
    QUERY: 'SELECT * FROM public.item',
    ...env,
  },
  files: { 'mbsync.yaml': CONFIG },
})
const metrics = () => readFileSync(join(folder, 'mbsync.prom'), 'utf8')
const syncArguments = () => ['sync', '--metrics-file', join(folder, 'mbsync.prom')]
const start = (env: Record<string, string> = {}) => startMbsync(syncArguments(), surroundings(env))
const sync = (env: Record<string, string> = {}) => runHere(syncArguments(), surroundings(env))

test('every ending is told: success, failure, refusal, search, lock, signal', async () => {
  const codes: (number | null)[] = [(await start().ended).exitCode]
  expect(metrics()).toContain('mbsync_run_rows{profile="nightly",command="sync",operation="inserted"} 9')

  const other = await connect(pair.target.url)
  await pair.source.client.query(`UPDATE item SET body = 'newer'`)
  await other.query('BEGIN; SELECT FROM item WHERE id = 1 FOR UPDATE')
  const held = start()
  await held.untilStderr(/"phase":"merge"/)
  codes.push((await sync()).exitCode)
  held.kill('SIGTERM')
  codes.push((await held.ended).exitCode)
  await other.end()

  codes.push((await sync({ QUERY: 'SELECT nothing FROM public.item' })).exitCode)
  await pair.target.client.query('ALTER TABLE item DROP COLUMN body')
  codes.push((await sync()).exitCode)
  codes.push((await sync({ STAGING_DATABASE_URL: 'postgres://127.0.0.1:1/x' })).exitCode)

  expect(codes).toEqual([0, 75, 143, 4, 3, 1])
  const told = receiver.received.filter(({ path }) => path === '/webhook').map(({ body }) => JSON.parse(body))
  expect(told.map(({ exitCode }) => exitCode)).toEqual(codes)
  expect(told.map(({ runId }) => runId)).toEqual([1, null, 2, 3, 4, null])
  expect(told[0]).toMatchObject({
    command: 'sync',
    profile: 'nightly',
    rows: { inserted: 9, updated: 1 },
    search: [{ searchIndex: 'items', indexed: 10 }],
  })
  expect(told[2].message).toMatch(/Interrupted by SIGTERM/)
  expect(told[4].findings).toMatchObject([{ subject: 'public.item' }])
  const pings = receiver.received.map(({ path }) => path).filter((path) => path !== '/webhook')
  expect(pings.filter((path) => path === '/start')).toHaveLength(6)
  expect(pings.filter((path) => path === '/success')).toHaveLength(1)
  expect(pings.filter((path) => path === '/failure')).toHaveLength(5)
  expect(metrics()).toContain('mbsync_run_exit_code{profile="nightly",command="sync"} 1')
  expect(metrics()).toMatch(/mbsync_run_success_timestamp_seconds\{.*\} \d+/)
  const shown = await runHere(['status', '--json'], surroundings())
  expect(JSON.parse(shown.stdout).runs.map(({ exitCode }: { exitCode: number }) => exitCode)).toEqual([
    3, 4, 143, 0,
  ])
})

test('whoever cannot be told changes nothing but a warning', async () => {
  receiver.answer('nothing')
  const run = start({ TIMEOUT: '300ms', HOOK: `${receiver.url}/s3cret` })
  const { exitCode, stderr } = await run.ended
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/"level":"warn".*The start ping of `checks` was not sent: no answer in time/)
  expect(stderr).toMatch(/"level":"warn".*The webhook `team` was not notified: no answer in time/)
  expect(stderr).not.toContain('s3cret')
})

test('a query of the state is told to nobody, and a configuration that cannot be read ends in figures alone', async () => {
  const file = join(folder, 'mbsync.prom')
  await runHere(['status', '--metrics-file', file], surroundings())
  await runHere(['sync', '--dry-run', '--metrics-file', file], surroundings())
  expect(() => metrics()).toThrow('ENOENT')
  const { exitCode } = await runHere(['sync', 'nightly', '--metrics-file', file], {
    files: { 'mbsync.yaml': 'nonsense: 1' },
  })
  expect(exitCode).toBe(2)
  expect(metrics()).toContain('mbsync_run_exit_code{profile="nightly",command="sync"} 2')
  expect(receiver.received).toEqual([])
})

test('a name that no profile has leaves no figures of a profile, and a run of some tables none at all', async () => {
  const mistyped = await runHere(['sync', 'nihgtly', ...syncArguments().slice(1)], surroundings())
  expect(mistyped.exitCode).toBe(2)
  expect(metrics()).toContain('mbsync_run_exit_code{profile="",command="sync"} 2')
  expect(metrics()).not.toContain('nihgtly')
  const { body = '' } = receiver.received.find(({ path }) => path === '/webhook') ?? {}
  expect(JSON.parse(body)).toMatchObject({ profile: null, message: expect.stringContaining('nihgtly') })

  const judged = async () => {
    const { exitCode, stdout } = await runHere(['status', '--max-age', '1h', '--json'], surroundings())
    return { exitCode, ...JSON.parse(stdout) }
  }
  const before = metrics()
  expect((await runHere([...syncArguments(), '--table', 'item'], surroundings())).exitCode).toBe(0)
  expect(metrics()).toBe(before)
  expect(await judged()).toMatchObject({
    exitCode: 1,
    health: { isHealthy: false, reason: expect.stringMatching(/^No run has ended yet; runs with --table/) },
    runs: [{ isPartial: true }],
  })

  expect((await runHere([...syncArguments(), '--table', '*.*'], surroundings())).exitCode).toBe(0)
  expect(metrics()).toMatch(/mbsync_data_timestamp_seconds\{profile="nightly"\} \d+/)
  const failed = { ...surroundings({ PRODUCTION_DATABASE_URL: 'postgres://127.0.0.1:1/x' }) }
  expect((await runHere([...syncArguments(), '--where', 'item=id < 5'], failed)).exitCode).toBe(1)
  expect(await judged()).toMatchObject({
    exitCode: 0,
    runs: [{ isPartial: true, status: 'failed' }, { isPartial: false }, { isPartial: true }],
  })
})

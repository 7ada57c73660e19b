import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { InterruptedError } from '../../src/core/errors.ts'
import { expectSameContent } from '../support/database-content.ts'
import { connect } from '../support/databases.ts'
import { startMuteServer } from '../support/mute-server.ts'
import { startMbsync } from '../support/run-mbsync.ts'
import { runSync } from '../support/run-sync.ts'
import {
  createStalledPair,
  createStalledTemplate,
  type StalledPair,
  type StalledTemplate,
} from '../support/stalled-pair.ts'

let template: StalledTemplate
let pair: StalledPair

beforeAll(async () => {
  template = await createStalledTemplate()
})
afterAll(() => template?.drop())
beforeEach(async () => {
  pair = await createStalledPair(template)
})
afterEach(() => pair.drop())

describe('a first SIGTERM ends a run', () => {
  const start = (args: readonly string[] = ['sync']) => {
    const { source, target } = pair.proxied
    return startMbsync(args, {
      env: { PRODUCTION_DATABASE_URL: source.url, STAGING_DATABASE_URL: target.url },
    })
  }

  async function expectTerminated(run: ReturnType<typeof startMbsync>): Promise<void> {
    run.kill('SIGTERM')
    const { exitCode, stderr } = await run.ended
    expect(stderr).toMatch(/Interrupted by SIGTERM/)
    expect(exitCode, stderr).toBe(143)
  }

  test.each(['stall', 'mute'] as const)(
    'while the source is silent in the middle of a COPY (%s)',
    async (how) => {
      pair.proxies.source.stallAfter(1_500_000)
      const run = start()
      await untilStalled(pair.source.client, `query ~ '^COPY' AND wait_event = 'ClientWrite'`)
      if (how === 'mute') pair.proxies.source.mute()
      await expectTerminated(run)
      await Promise.all([pair.proxies.source.close(), pair.proxies.target.close()])
      await pair.expectUnharmed()
    },
  )

  test('while the target is silent as rows land', async () => {
    pair.proxies.target.stallAt(/^d.*\n/s)
    const run = start()
    await untilStalled(pair.target.client, `query ~ '^COPY' AND wait_event = 'ClientRead'`)
    await expectTerminated(run)
    await Promise.all([pair.proxies.source.close(), pair.proxies.target.close()])
    await pair.expectUnharmed()
  })

  test('while the target is silent in the merge', async () => {
    pair.proxies.target.stallAt(/SHARE ROW EXCLUSIVE/)
    const run = start()
    await untilStalled(pair.target.client, `query ~ 'SHARE ROW EXCLUSIVE' AND state LIKE 'idle%'`)
    pair.proxies.target.mute()
    await expectTerminated(run)
    await Promise.all([pair.proxies.source.close(), pair.proxies.target.close()])
    await pair.expectUnharmed()
  })

  test('while it waits for a lock', async () => {
    const other = await connect(pair.target.url)
    await other.query('BEGIN; LOCK TABLE item IN ROW EXCLUSIVE MODE')
    const run = start()
    await untilStalled(pair.target.client, `wait_event_type = 'Lock'`)
    await expectTerminated(run)
    await other.end()
    await pair.expectUnharmed()
  })

  test('while it waits for another run', async () => {
    const other = await connect(pair.target.url)
    await other.query('SELECT pg_advisory_lock($1, $2)', [0x6d627379, 0x6e63])
    const run = start(['sync', '--wait', '600'])
    await run.untilStderr(/waiting for it to end/)
    await expectTerminated(run)
    await other.end()
    await pair.expectUnharmed()
  })

  test('while neither a database nor a webhook answers', async () => {
    const mute = await startMuteServer([])
    const url = `postgres://127.0.0.1:${mute.port}/db?connect_timeout=600`
    const run = startMbsync(['sync'], {
      env: { PRODUCTION_DATABASE_URL: url, STAGING_DATABASE_URL: pair.target.url },
      files: {
        'mbsync.yaml': `notify: { timeout: 10m, webhooks: { chat: { url: 'http://127.0.0.1:${mute.port}' } } }`,
      },
    })
    await expect.poll(() => mute.connections()).toBeGreaterThan(0)
    await expectTerminated(run)
    await mute.close()
  })

  async function untilStalled(client: pg.Client, condition: string): Promise<void> {
    const sql = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'mbsync' AND ${condition}`
    await expect.poll(async () => (await client.query(sql)).rowCount).not.toBe(0)
  }
})

test('at COMMIT, a signal does not hide that the outcome is not known', async () => {
  const stop = new AbortController()
  pair.proxies.target.stallAt(/COMMIT/, /merge_xid = txid_current/)
  const run = runSync(pair.proxied, { signal: stop.signal })
  run.catch(() => undefined)
  await expect
    .poll(async () => (await pair.target.client.query('SELECT FROM public.item')).rowCount, {
      timeout: 30_000,
    })
    .toBe(20_000)
  pair.proxies.target.mute()
  stop.abort(new InterruptedError('SIGTERM'))
  await expect(run).rejects.toThrow(
    /interrupted by SIGTERM; the connection was lost during the COMMIT of run 1, and its outcome is unknown/,
  )
  await pair.proxies.target.close()
  await expectSameContent(pair.source.client, pair.target.client)
})

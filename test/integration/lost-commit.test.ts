import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { connect } from '../support/databases.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const AWAITS_STANDBY = `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'`
const IS_LOCKED_OUT = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '(UPDATE|DELETE)'`

/** A run that stands at its COMMIT, which no standby confirms. */
describe('when the connection is cut at a COMMIT that waits for a synchronous standby', () => {
  let cluster: Cluster
  let admin: pg.Client
  let source: pg.Client
  let target: pg.Client
  let proxy: TcpProxy

  beforeAll(async () => {
    cluster = await startCluster({ major: 16 })
    admin = await connect(cluster.url())
    for (const name of ['source', 'target']) await admin.query(`CREATE DATABASE ${name}`)
    source = await connect(cluster.url('source'))
    target = await connect(cluster.url('target'))
    for (const side of [source, target])
      await side.query(
        `CREATE TABLE item (id int PRIMARY KEY, body text); INSERT INTO item VALUES (1, 'old')`,
      )
    await runHere(['sync'], { env: env(cluster.url('target')) })
  })
  beforeEach(async () => {
    proxy = await startProxy(cluster.url('target'))
    await source.query(
      `UPDATE item SET body = body || '.'; INSERT INTO item SELECT max(id) + 1, '' FROM item`,
    )
  })
  afterEach(async () => {
    await giveStandby()
    await proxy.close()
  })
  afterAll(async () => {
    for (const client of [source, target, admin]) await client.end()
    await cluster.stop()
  })

  const env = (url: string) => ({
    PRODUCTION_DATABASE_URL: cluster.url('source'),
    STAGING_DATABASE_URL: url,
  })

  async function setStandbys(sql: string): Promise<void> {
    await admin.query(`ALTER SYSTEM ${sql}`)
    await admin.query('SELECT pg_reload_conf()')
  }
  const giveStandby = () => setStandbys('RESET synchronous_standby_names')
  const takeStandbyAway = async () => {
    await setStandbys(`SET synchronous_standby_names = 'away'`)
    await expect
      .poll(
        async () => (await admin.query('SHOW synchronous_standby_names')).rows[0].synchronous_standby_names,
      )
      .toBe('away')
  }
  const until = (sql: string) => expect.poll(async () => (await admin.query(sql)).rowCount).not.toBe(0)

  /** The configuration that earlier runs were confirmed with, and a server that may be silent for so long. */
  async function startAtCommit(command: readonly string[], silence: string, isCut = true) {
    const holder = await connect(cluster.url('target'))
    await holder.query('BEGIN; SELECT FROM item FOR UPDATE')
    const run = startMbsync(command, {
      env: env(proxy.url),
      files: {
        'mbsync.yaml': `profiles: { prod-to-staging: { from: production, to: staging, timeouts: { silence: ${silence} } } }`,
      },
    })
    await until(IS_LOCKED_OUT)
    await takeStandbyAway()
    await holder.end()
    await until(AWAITS_STANDBY)
    if (isCut) proxy.cut()
    return run
  }

  const rowsOf = async (client: pg.Client) => (await client.query('SELECT * FROM item ORDER BY id')).rows

  async function lastRun() {
    const sql = 'SELECT id::int AS id, status, exit_code FROM mbsync.runs ORDER BY id DESC LIMIT 1'
    return (await target.query(sql)).rows[0]
  }

  test('the run succeeds if the standby comes back in time', async () => {
    const run = await startAtCommit(['sync'], '1m')
    await run.untilStderr(/asking the server how it ended/)
    await sleep(1500)
    await giveStandby()
    const { exitCode, stderr } = await run.ended
    expect(exitCode, stderr).toBe(0)
    expect(await rowsOf(target)).toEqual(await rowsOf(source))
    expect(await lastRun()).toMatchObject({ status: 'succeeded', exit_code: 0 })
  })

  test.each([
    { command: ['sync'], name: 'a sync' },
    { command: ['rollback', 'prod-to-staging'], name: 'a rollback' },
  ])(
    'the outcome of $name is unknown if it does not, and the state shows later how it ended',
    async ({ command }) => {
      if (command[0] === 'rollback')
        expect((await runHere(['sync'], { env: env(cluster.url('target')) })).exitCode).toBe(0)
      const before = await rowsOf(target)
      const { exitCode, stderr } = await (await startAtCommit(command, '1s')).ended
      expect(exitCode, stderr).toBe(6)
      expect(stderr).toMatch(/its outcome is unknown.*The server still executes the COMMIT/)
      expect(await rowsOf(target)).toEqual(before)
      const { id } = await lastRun()
      const shown = await runHere(['status', String(id)], { env: env(cluster.url('target')) })
      expect(shown.stdout).toMatch(/under way, its COMMIT waits for a synchronous standby/)
      const next = await runHere(['sync'], { env: env(cluster.url('target')) })
      expect(next.exitCode).toBe(75)
      expect(next.stderr).toMatch(/its COMMIT waits for a synchronous standby/)

      await giveStandby()
      await expect.poll(async () => (await lastRun()).status).toBe('succeeded')
      expect(await rowsOf(target)).not.toEqual(before)
      await until(`SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')`)
      const settled = await runHere(['status', String(id)], { env: env(cluster.url('target')) })
      expect(settled.stdout).toMatch(/succeeded, cut short after COMMIT/)
      const last = await runHere(['sync'], { env: env(cluster.url('target')) })
      expect(last.exitCode, last.stderr).toBe(0)
      expect(await rowsOf(target)).toEqual(await rowsOf(source))
    },
  )

  test('a run does not wait for a standby without end, although its connection lasts', async () => {
    const before = await rowsOf(target)
    const { exitCode, stderr } = await (await startAtCommit(['sync'], '1s', false)).ended
    expect(exitCode, stderr).toBe(6)
    expect(stderr).toMatch(/its outcome is unknown.*The server still executes the COMMIT/)
    expect(await rowsOf(target)).toEqual(before)
    await giveStandby()
    await expect.poll(async () => (await lastRun()).status).toBe('succeeded')
    expect(await rowsOf(target)).toEqual(await rowsOf(source))
  })

  test('a run that cannot even be opened says that its COMMIT waits for a standby', async () => {
    await takeStandbyAway()
    const { exitCode, stderr } = await runHere(['sync'], {
      env: env(cluster.url('target')),
      files: {
        'mbsync.yaml':
          'profiles: { prod-to-staging: { from: production, to: staging, timeouts: { silence: 1s } } }',
      },
    })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/its COMMIT waits for a synchronous standby/)
  })

  test('nor is it known while the server cannot be reached', async () => {
    const run = await startAtCommit(['sync'], '2s')
    await proxy.close()
    const { exitCode, stderr } = await run.ended
    expect(exitCode, stderr).toBe(6)
    expect(stderr).toMatch(/its outcome is unknown.*When the target answers again/)
    await giveStandby()
    await expect.poll(async () => (await lastRun()).status).toBe('succeeded')
  })
})

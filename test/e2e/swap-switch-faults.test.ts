import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '../support/databases.ts'
import { type Ended, runHere, startMbsync } from '../support/run-mbsync.ts'
import { createSwapPair, expectReachable, type SwapPair } from '../support/swapped.ts'
import { startProxy } from '../support/tcp-proxy.ts'

let pair: SwapPair
beforeEach(async () => {
  pair = await createSwapPair('a plain owner', {
    sourceSql: 'CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, $$new$$)',
    targetSql: 'CREATE TABLE item (id int PRIMARY KEY, old text); INSERT INTO item VALUES (1, NULL)',
  })
})
afterEach(() => pair?.drop())

const filesFor = (target: string, switchTimeout = '20s') => ({
  'mbsync.yaml': `
databases: { production: { url: '${pair.source.url}' }, staging: { url: '${target}' } }
profiles: { nightly: { from: production, to: staging, strategy: swap, keep: { public.item: id < 0 }, timeouts: { switch: ${switchTimeout} } } }`,
})
const run = (args: readonly string[], switchTimeout?: string): Promise<Ended> =>
  runHere(args, { files: filesFor(pair.to.url, switchTimeout) })

async function succeed(args: readonly string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await run(args)
  expect(exitCode, stderr + stdout).toBe(0)
}

/** Starts a command, and kills it as soon as the server has got what matches. */
async function killAt(args: readonly string[], sent: RegExp): Promise<void> {
  const user = await connect(pair.to.url)
  const proxy = await startProxy(pair.to.url)
  const stalled = proxy.stallAt(sent)
  const command = startMbsync(args, { files: filesFor(proxy.url) })
  const early = command.ended.then(({ stderr }) => Promise.reject(new Error(`ended early: ${stderr}`)))
  await Promise.race([stalled, early])
  early.catch(() => undefined)
  command.kill('SIGKILL')
  await command.ended
  await proxy.close()
  await user.end()
  await expectReachable(pair.to.url)
  const own = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'mbsync' AND datname LIKE '${pair.target.name}%'`
  await expect.poll(async () => (await pair.ask<{ n: number }>(own))[0]?.n).toBe(0)
}

async function isNew(): Promise<boolean> {
  const [column] = await pair.ask<{ name: string }>(
    `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = 'public.item'::regclass AND attnum = 2`,
  )
  return column?.name === 'name'
}

async function expectNamed(role: string): Promise<string> {
  const { stdout } = await run(['check'])
  expect(stdout).toMatch(
    new RegExp(`Run \\d+ has left database "${pair.target.name}_mbsync_${role}_\\d+" behind`),
  )
  return stdout
}

test.each([/IN SHARE MODE/, /pg_terminate_backend/, /RENAME TO/, /SET exit_code/])(
  'a retry that is killed at %s leaves the old database or the new one, open, and can be repeated',
  async (sent) => {
    const stranger = await connect(pair.target.url)
    expect((await run(['sync'], '100ms')).exitCode).toBe(1)
    await stranger.end()
    await killAt(['swap', '--retry'], sent)
    if (!(await isNew())) {
      expect(await expectNamed('next')).toContain('mbsync swap nightly --retry')
      await succeed(['swap', '--retry'])
    }
    expect(await isNew()).toBe(true)
    expect(await pair.beside()).toEqual([expect.stringMatching(/^_mbsync_prev_\d+$/)])
    await succeed(['check'])
    await succeed(['rollback'])
    expect(await isNew()).toBe(false)
  },
  120_000,
)

test.each([/pg_terminate_backend/, /RENAME TO/, /SET exit_code/])(
  'a rollback that is killed at %s leaves the new database or the old one, open, and can be repeated',
  async (sent) => {
    await succeed(['sync'])
    await killAt(['rollback'], sent)
    if (await isNew()) {
      await succeed(['check'])
      await succeed(['rollback'])
    }
    expect(await isNew()).toBe(false)
    await expectNamed('undone')
    await succeed(['sync'])
    expect(await pair.beside()).toEqual([expect.stringMatching(/^_mbsync_prev_\d+$/)])
    await succeed(['rollback'])
  },
  120_000,
)

test('a run that is killed when its database is complete can be continued by a retry, unless another run has written since', async () => {
  await killAt(['sync'], /IN SHARE MODE/)
  expect(await isNew()).toBe(false)
  expect(await expectNamed('next')).toContain('mbsync swap nightly --retry')
  await succeed(['swap', '--retry'])
  expect(await isNew()).toBe(true)

  await killAt(['sync'], /IN SHARE MODE/)
  const [built] = (await pair.beside()).filter((name) => name.includes('_next_'))
  const url = new URL(pair.target.url)
  url.pathname += built
  const stranger = await connect(url.href)
  await succeed(['sync', '--strategy', 'merge'])
  expect(await expectNamed('next')).not.toContain('--retry')
  const refused = await run(['swap', '--retry'])
  expect(refused.exitCode, refused.stderr).toBe(3)
  await stranger.end()
}, 120_000)

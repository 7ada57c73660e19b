import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../support/databases.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'

let pair: SwapPair
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-swap-waiting-'))
  pair = await createSwapPair('a plain owner', {
    sourceSql: 'CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1)',
    targetSql: 'CREATE TABLE item (id int PRIMARY KEY, name text)',
  })
})
afterAll(async () => {
  await pair?.drop()
  rmSync(folder, { recursive: true, force: true })
})

const files = (switchTimeout: string) => ({
  'mbsync.yaml': `
databases: { production: { url: '${pair.source.url}' }, staging: { url: '${pair.to.url}' } }
profiles: { nightly: { from: production, to: staging, strategy: swap, timeouts: { switch: ${switchTimeout} } } }`,
})

test('whoever waits for a swap or watches it continues in the new database, and a retry is notified', async () => {
  // A plain owner cannot end the session of a superuser.
  const stranger = await connect(pair.target.url)
  expect((await runHere(['sync'], { files: files('100ms') })).exitCode).toBe(1)
  const run = startMbsync(['sync'], { files: files('5m') })
  await run.untilStderr(/"phase":"switch"/)
  const waiter = startMbsync(['sync', '--strategy', 'merge', '--wait-lock', '5m'], { files: files('5m') })
  await waiter.untilStderr(/waiting for it to end/)
  const watcher = startMbsync(['status', '--watch'], { files: files('5m') })
  await watcher.untilStderr(/"phase":"switch"/)
  await stranger.end()
  const ended = await Promise.all([run.ended, waiter.ended, watcher.ended])
  expect(
    ended.map(({ exitCode }) => exitCode),
    ended.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([0, 0, 0])
  expect(ended[2].stdout).toMatch(/^Run 2 of nightly on staging: succeeded$/m)
  expect(await pair.ask('SELECT mode FROM mbsync.runs WHERE id = 3')).toEqual([{ mode: 'incremental' }])

  const other = await connect(pair.target.url)
  expect((await runHere(['sync'], { files: files('100ms') })).exitCode).toBe(1)
  await other.end()
  const metrics = join(folder, 'mbsync.prom')
  const retried = await runHere(['swap', '--retry', '--metrics-file', metrics], { files: files('100ms') })
  expect(retried.exitCode, retried.stderr).toBe(0)
  expect(readFileSync(metrics, 'utf8')).toMatch(
    /^mbsync_run_exit_code\{profile="nightly",command="swap"\} 0$/m,
  )
})

test('a rollback that waits for a swap undoes this swap', async () => {
  const stranger = await connect(pair.target.url)
  await stranger.query('DELETE FROM item')
  expect((await runHere(['sync', '--strategy', 'merge'], { files: files('5m') })).exitCode).toBe(0)
  const run = startMbsync(['sync'], { files: files('5m') })
  await run.untilStderr(/"phase":"switch"/)
  const waiter = startMbsync(['rollback', '--yes', '--wait-lock', '5m'], { files: files('5m') })
  await waiter.untilStderr(/waiting for it to end/)
  await stranger.end()
  const ended = await Promise.all([run.ended, waiter.ended])
  expect(
    ended.map(({ exitCode }) => exitCode),
    ended.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([0, 0])
})

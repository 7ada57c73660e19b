import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { connect, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { type Running, runHere, startMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE "Odd ✓" (id int PRIMARY KEY);'

let pair: DatabasePair
let other: pg.Client
let folder: string

beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT i, md5(i::text) FROM generate_series(1, 2000) i; INSERT INTO "Odd ✓" VALUES (1)`,
    targetSql: `${SCHEMA} INSERT INTO item VALUES (1, 'old')`,
  })
  other = await connect(pair.target.url)
  folder = mkdtempSync(join(tmpdir(), 'mbsync-watch-'))
})
afterEach(async () => {
  await other.end()
  await pair.drop()
  rmSync(folder, { recursive: true })
})

const env = () => ({ PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url })

/** A run that stands still in the middle of its merge until `other` rolls back. */
async function startHeldRun(): Promise<Running> {
  await other.query('BEGIN')
  await other.query('SELECT FROM item WHERE id = 1 FOR UPDATE')
  const run = startMbsync(['sync', '--verbose'], { env: env() })
  await run.untilStderr(/("table compared"[\s\S]*){2}/)
  return run
}

test('a run is followed from its middle to its end by who comes late, and the exit status is that of the run', async () => {
  const run = await startHeldRun()
  const role = await createRole(inject('targetUrl'))
  await pair.target.client.query(`GRANT USAGE ON SCHEMA mbsync TO ${role}`)
  await pair.target.client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA mbsync TO ${role}`)
  const asReader = { ...env(), STAGING_DATABASE_URL: pair.target.urlFor(role, role) }
  const watcher = startMbsync(['status', '--watch'], { env: asReader })
  await watcher.untilStderr(/"phase":"merge","msg":"phase started"/)
  await other.query('ROLLBACK')
  expect((await run.ended).exitCode).toBe(0)
  const { exitCode, stdout, stderr } = await watcher.ended
  expect(exitCode, stderr).toBe(0)
  const phases = [...stderr.matchAll(/"phase":"(\w+)","msg":"phase started"/g)].map(([, phase]) => phase)
  expect(phases).toEqual(['validate', 'land', 'merge', 'finish'])
  expect(stdout).toMatch(/^Run 1 of prod-to-staging on staging: succeeded$/m)
  expect(stdout).toMatch(/^public\.item +full +1,999 +1 +0/m)
  const again = await runHere(['status', '--watch', '--json'], { env: env() })
  expect(again.exitCode, 'a run that is over is shown as it ended').toBe(0)
  expect(again.stderr).toContain('No run to watch: run 1 is over')
  expect(JSON.parse(again.stdout).run).toMatchObject({ id: 1, state: 'ended', exitCode: 0 })
  const path = join(folder, 'status.html')
  const written = await runHere(['status', '1', '--html', path, '--json'], { env: env() })
  expect(JSON.parse(written.stdout)).toEqual({ path, runId: 1 })
  const page = readFileSync(path, 'utf8')
  for (const text of ['Odd ✓', 'public.item: 2,000 rows', 'public.item: 1,999 rows written', 'Last runs'])
    expect(page).toContain(text)
  expect(readdirSync(folder), 'nothing is left beside it').toEqual(['status.html'])
  expect((await runHere(['status', '--html', join(folder, 'no', 'x')], { env: env() })).exitCode).toBe(1)
})

test('a run that is killed is noticed', async () => {
  const run = await startHeldRun()
  const watcher = startMbsync(['status', '--watch', '1'], { env: env() })
  await watcher.untilStderr(/"phase":"merge","msg":"phase started"/)
  run.kill('SIGKILL')
  const { exitCode, stdout } = await watcher.ended
  await other.query('ROLLBACK')
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/^Run 1 of prod-to-staging on staging: died$/m)
})

test('neither who leaves nor a lost session disturbs the run, and nothing is sent while nobody watches', async () => {
  const run = await startHeldRun()
  const listener = await connect(pair.target.url)
  let heard = 0
  listener.on('notification', () => {
    heard += 1
  })
  await listener.query('LISTEN mbsync_progress')
  await sleep(1200)
  expect(heard).toBe(0)
  const watcher = startMbsync(['status', '--watch'], { env: env() })
  await watcher.untilStderr(/"phase":"merge","msg":"phase started"/)
  // What the watcher has heard may reach this process a moment later.
  await expect.poll(() => heard).toBeGreaterThan(0)
  watcher.kill('SIGINT')
  const left = await watcher.ended
  expect(left.exitCode).toBe(130)
  expect(left.stderr).toContain('Interrupted by SIGINT; the run goes on')
  const { rowCount } = await listener.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ 'LISTEN "mbsync_watch"|pg_notify'`,
  )
  expect(rowCount, 'the session that tells the progress is ended').toBe(1)
  await listener.end()
  await other.query('ROLLBACK')
  const { exitCode, stderr } = await run.ended
  expect(exitCode, stderr).toBe(0)
})

test('a run that fails is told with its error and its exit status, and so is one that does not exist', async () => {
  await pair.target.client.query('DROP TABLE "Odd ✓"')
  expect((await runHere(['sync'], { env: env() })).exitCode).toBe(3)
  const { exitCode, stdout } = await runHere(['status', '--watch', 'prod-to-staging', '1'], { env: env() })
  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/: refused$/m)
  expect(stdout).toMatch(/Error +Validation found 1 problem/)
  const shown = await runHere(['status', '1', '--json'], { env: env() })
  expect(shown.exitCode).toBe(0)
  expect(JSON.parse(shown.stdout).run).toMatchObject({ status: 'refused', exitCode: 3, tables: [] })
  const missing = await runHere(['status', '7'], { env: env() })
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain('There is no run 7 on \\"staging\\"')
})

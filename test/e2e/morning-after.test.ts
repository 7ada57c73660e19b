import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const CONFIG = 'profiles: { nightly: { from: production, to: staging } }'

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item VALUES (1, 'secret value')`,
    targetSql: SCHEMA,
  })
})
afterAll(() => pair?.drop())

const run = (args: readonly string[], env: Record<string, string> = {}, config = CONFIG) =>
  runHere(args, {
    env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url, ...env },
    files: { 'mbsync.yaml': config },
  })
const runs = async () => {
  const { stdout } = await run(['status', '--json'])
  return JSON.parse(stdout).runs
}
const NOWHERE = { PRODUCTION_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x' }

test('what a run was refused for is in the state, and shown with its cure by all that tell of it', async () => {
  expect((await run(['sync'], NOWHERE)).exitCode).toBe(1)
  const { rows } = await pair.target.client.query(`SELECT FROM pg_namespace WHERE nspname ~ '^mbsync'`)
  expect(rows, 'no state is made for a failure').toEqual([])

  expect((await run(['sync'])).exitCode).toBe(0)
  await pair.target.client.query(
    'TRUNCATE item; ALTER TABLE item RENAME body TO "bödy"; ALTER TABLE item ADD n int NOT NULL',
  )
  const mailed = await run(['sync', '--log-file', '/dev/null'])
  expect(mailed.exitCode).toBe(3)
  const [{ error, hint, findings }] = await runs()
  expect(error).toMatch(/^Validation found \d problems; nothing has changed$/)
  expect(hint).toMatch('mbsync check nightly')
  expect(findings).toContainEqual(
    expect.objectContaining({
      severity: 'error',
      subject: 'public.item',
      message: expect.stringContaining('"n"'),
    }),
  )
  const errors = findings.filter(({ severity }: { severity: string }) => severity === 'error')
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-morning-'))
  await run(['status', '--html', join(folder, 'page.html')])
  const shown = {
    'the mail of cron': mailed.stderr,
    status: (await run(['status'])).stdout,
    'status <run>': (await run(['status', '2'])).stdout,
    'status --html': readFileSync(join(folder, 'page.html'), 'utf8')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'"),
  }
  rmSync(folder, { recursive: true })
  for (const [where, text] of Object.entries(shown)) {
    for (const finding of errors) {
      expect(text, where).toContain(finding.message)
      if (finding.hint !== undefined) expect(text, where).toContain(finding.hint)
    }
  }
})

test('a run that ends before it has begun is in the state, too, where its profile has run', async () => {
  const { exitCode, stderr } = await run(['sync'], NOWHERE)
  expect(exitCode).toBe(1)
  const [last] = await runs()
  expect(last).toMatchObject({ id: 3, status: 'failed', exitCode: 1, profile: 'nightly' })
  expect(stderr).toContain(last.error)
  expect(JSON.stringify(last)).not.toContain('hunter2')
  expect(last.hint).toBeTruthy()
  const { stdout } = await run(['status', '--max-age', '1h'])
  expect(stdout).toMatch(/The last finished run, 3, failed/)

  const renamed = 'profiles: { other: { from: production, to: staging } }'
  await run(['sync'], NOWHERE, renamed)
  expect(await runs(), 'another profile may mean another target').toHaveLength(3)
})

test('a target that must not be written is not written, and a run under way is left alone', async () => {
  const { client, name, url } = pair.target
  await run(['sync'], { PRODUCTION_DATABASE_URL: url })
  await client.query(`ALTER DATABASE ${name} SET mbsync.protected = 'on'`)
  await run(['sync'])
  await run(['sync'], NOWHERE)
  await client.query(`ALTER DATABASE ${name} RESET mbsync.protected`)
  const other = await connect(url)
  await other.query(`SELECT pg_advisory_lock(${0x6d627379}, ${0x6e63})`)
  expect((await run(['sync'])).exitCode).toBe(75)
  await other.end()
  const { rows } = await client.query('SELECT FROM mbsync.runs')
  expect(rows).toHaveLength(3)
})

test('a merge that a constraint of the target ends is in the state with its cure, and without a value', async () => {
  const { client } = pair.target
  await client.query(
    'DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, body text CONSTRAINT short CHECK (length(body) < 5))',
  )
  const failed = await run(['sync'])
  expect([1, 3]).toContain(failed.exitCode)
  const [last] = await runs()
  expect(last.exitCode).toBe(failed.exitCode)
  const shown = [failed.stderr, (await run(['status', String(last.id)])).stdout, JSON.stringify(last)]
  for (const text of shown) {
    expect(text).toContain('short')
    expect(text).not.toContain('secret value')
  }
  await client.query('ALTER TABLE item DROP CONSTRAINT short')
})

test('an import that is refused and a rollback that fails are in the state like a sync', async () => {
  const { client } = pair.target
  expect((await run(['sync'])).exitCode).toBe(0)
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-morning-'))
  expect((await run(['export', '--from', 'production', '--output', join(folder, 'dump')])).exitCode).toBe(0)
  await client.query(
    'ALTER TABLE item ADD must int NOT NULL DEFAULT 1; ALTER TABLE item ALTER must DROP DEFAULT',
  )
  const imported = await run(['import', join(folder, 'dump'), '--to', 'staging'])
  expect(imported.exitCode, imported.stderr).toBe(3)
  const refused = await lastRunShown()
  expect(refused).toContain('"must" is only in the target')
  expect(refused).toContain('SET DEFAULT')
  await client.query('ALTER TABLE item RENAME TO moved')
  const rolledBack = await run(['rollback', 'nightly'])
  expect(rolledBack.exitCode, rolledBack.stderr).not.toBe(0)
  const { rows } = await client.query('SELECT error FROM mbsync.runs ORDER BY id DESC LIMIT 1')
  expect(rolledBack.stderr).toContain(rows[0].error)
  expect(await lastRunShown()).toContain(rows[0].error)
  rmSync(folder, { recursive: true })
})

const lastId = async () =>
  String((await pair.target.client.query('SELECT max(id) AS id FROM mbsync.runs')).rows[0].id)
const lastRunShown = async () => (await run(['status', await lastId()])).stdout

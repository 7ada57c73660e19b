import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, amount int);'

let pair: DatabasePair
let folder: string

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item VALUES (1, 2)`,
    targetSql: SCHEMA,
  })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-quiet-'))
  await run(['sync'])
  await run(['export', '--output', join(folder, 'dump')])
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await pair?.drop()
})

const run = (args: readonly string[]) =>
  runHere(args, {
    env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
    files: {
      // Superusers connect without TLS in tests, and nothing else is to be said.
      'mbsync.yaml': 'profiles: { nightly: { from: production, to: staging, accept: [role, tls] } }',
    },
  })

const commands = () => [
  ['check'],
  ['status', '--max-age', '1h'],
  ['verify'],
  ['dumps', 'verify', folder],
  ['dumps', 'prune', folder, '--keep-last', '1'],
  ['privacy'],
  ['schema', 'diff'],
]

test('while all is well, --quiet prints nothing of what checks and compares, and --json everything', async () => {
  for (const command of commands()) {
    const told = await run(command)
    expect([told.exitCode, told.stdout], told.stderr).toEqual([0, expect.stringMatching(/./)])
    expect(await run([...command, '--quiet']), command.join(' ')).toMatchObject({ exitCode: 0, stdout: '' })
    const { stdout } = await run([...command, '--quiet', '--json'])
    expect(JSON.parse(stdout), command.join(' ')).toBeTypeOf('object')
  }
})

test('what was asked for is printed, and nothing is good news that nobody judges', async () => {
  for (const command of [['status'], ['dumps', 'list', folder], ['sync', '--dry-run']])
    expect((await run([...command, '--quiet'])).stdout, command.join(' ')).not.toBe('')
})

test('--quiet prints what is not well', async () => {
  await pair.source.client.query('UPDATE item SET amount = 3')
  expect(await run(['verify', '--quiet'])).toMatchObject({
    exitCode: 5,
    stdout: expect.stringContaining('item'),
  })
  await pair.source.client.query('ALTER TABLE item ADD email text')
  const files = readdirSync(join(folder, 'dump'), { recursive: true, encoding: 'utf8' })
  truncateSync(join(folder, 'dump', files.find((name) => name.endsWith('.gz')) ?? ''), 1)
  await pair.target.client.query(`UPDATE mbsync.runs SET finished_at = now() - interval '2 hours'`)
  const [, status, , damaged, , privacy, diff] = commands().map((command) => [...command, '--quiet'])
  const bad: [string[] | undefined, number, string][] = [
    [['check', '--quiet'], 3, 'Not ready'],
    [status, 1, '2.0 hours ago'],
    [['verify', '--quiet'], 3, 'not compared'],
    [damaged, 3, 'damaged'],
    [['dumps', 'prune', folder, '--keep-last', '1', '--dry-run', '--quiet'], 0, 'Nothing to remove'],
    [privacy, 5, 'email'],
    [diff, 5, 'email'],
  ]
  for (const [command = [], exitCode, text] of bad) {
    const told = await run(command)
    expect([told.exitCode, told.stdout], `${command.join(' ')}\n${told.stderr}`).toEqual([
      exitCode,
      expect.stringContaining(text),
    ])
  }
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY);'

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT generate_series(1, 9); INSERT INTO other VALUES (1);`,
    targetSql: `${SCHEMA} INSERT INTO item VALUES (77);`,
  })
})
afterAll(() => pair?.drop())

const sides = () => ['--from', pair.source.url, '--to', pair.target.url]
const bare = (env: Record<string, string> = {}) => ({ env: { MBSYNC_YES: '', ...env } })
async function ids(table: string): Promise<number[]> {
  const { rows } = await pair.target.client.query(`SELECT id FROM ${table} ORDER BY id`)
  return rows.map(({ id }) => id)
}

test('two URLs need no configuration, and the first run into rows needs --yes', async () => {
  const checked = await runHere(['check', ...sides()], bare())
  expect([checked.exitCode, checked.stdout]).toEqual([
    0,
    expect.stringContaining('`mbsync sync --from … --to …` would run'),
  ])
  const asked = await runHere(['sync', ...sides(), '--table', 'item'], bare())
  expect([asked.exitCode, await ids('item')]).toEqual([3, [77]])
  expect(asked.stderr).toContain('mbsync sync --from … --to … --dry-run --count')
  expect(asked.stderr).not.toContain(pair.source.url)

  const run = await runHere(
    ['sync', ...sides(), '--table', 'item', '--where', 'item=id <= 3', '--yes', '--json'],
    bare(),
  )
  expect([run.exitCode, await ids('item'), await ids('other')], run.stderr).toEqual([0, [1, 2, 3], []])
  expect(JSON.parse(run.stdout)).toMatchObject({ profile: 'one-off' })
  const verified = await runHere(['verify', ...sides(), '--table', 'item', '--json'], bare())
  expect([verified.exitCode, JSON.parse(verified.stdout).profile]).toEqual([5, 'one-off'])
  const back = await runHere(['rollback', '--to', pair.target.url, '--yes'], bare())
  expect([back.exitCode, await ids('item')], back.stderr).toEqual([0, [77]])
})

test('a protected target, and the source itself, are refused as for a profile', async () => {
  const toProduction = ['sync', '--from', pair.source.url, '--to', 'production', '--yes']
  const refused = await runHere(toProduction, bare({ PRODUCTION_DATABASE_URL: pair.target.url }))
  expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('is protected')])
  const same = await runHere(
    ['sync', '--from', pair.source.url, '--to', `${pair.source.url}&application_name=x`, '--yes'],
    bare(),
  )
  expect([same.exitCode, same.stderr]).toEqual([3, expect.stringContaining('are the same database')])
})

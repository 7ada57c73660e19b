import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE "Component" (id int PRIMARY KEY, name text);'
let pair: DatabasePair

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO "Component" SELECT i, 'secret ' || i FROM generate_series(1, 1000) i`,
    targetSql: SCHEMA,
  })
})
afterAll(() => pair?.drop())

const surroundings = () => ({
  env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
})
const mbsync = (...args: string[]) => runHere(args, surroundings())

test('verify ends with 0 when all is equal, with 5 and the keys when it is not, and with 3 when it cannot tell', async () => {
  await mbsync('sync')
  const equal = await mbsync('verify', 'prod-to-staging')
  expect([equal.exitCode, equal.stdout], equal.stderr).toEqual([0, expect.stringContaining('1 table equal')])

  await pair.target.client.query(`UPDATE "Component" SET name = 'other' WHERE id IN (5, 6, 7)`)
  const options = ['--limit', '2', '--jobs', '2', '--table', 'public.Component']
  const different = await runHere(['verify', ...options], surroundings())
  expect(different.exitCode, different.stderr).toBe(5)
  expect(different.stdout).toMatch(/public\."Component" +different +1,000 +1,000 +0 +0 +3/)
  expect(different.stdout).toMatch(/\(\d\) not the same\n.*and 1 more/)
  expect(different.stdout + different.stderr).not.toContain('secret')

  const sample = await mbsync('verify', '--sample', '0.5', '--json')
  expect(JSON.parse(sample.stdout)).toMatchObject({ samplePercent: 0.5, tables: [{ name: 'Component' }] })
  expect((await mbsync('verify', '--sample', '0')).exitCode).toBe(2)

  await pair.target.client.query('ALTER TABLE "Component" DROP name')
  const unable = await mbsync('verify')
  expect([unable.exitCode, unable.stdout]).toEqual([3, expect.stringContaining('column "name" is missing')])
})

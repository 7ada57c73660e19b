import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE log (at int);'
let pair: DatabasePair

beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT i, md5(i::text) FROM generate_series(1, 5000) i; INSERT INTO log VALUES (1)`,
    targetSql: SCHEMA,
  })
  await untilSettled(pair.source.client)
})
afterEach(() => pair.drop())

const surroundings = () => ({
  env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
})
const done = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], surroundings())
  expect(exitCode, stderr).toBe(0)
  return JSON.parse(stdout)
}
const change = (text: string) =>
  pair.source.client.query(
    `UPDATE public.item SET body = '${text}' WHERE id < 10; DELETE FROM public.item WHERE id = 100 + length('${text}')`,
  )

test('sync reads what has changed, full-sync reads everything, and plan and status say which', async () => {
  const first = await done('sync', '--dry-run')
  expect(first.tables).toMatchObject([
    { read: { kind: 'full', reason: 'no earlier run to build on' } },
    { name: 'log' },
  ])
  const full = await done('sync')
  await change('new')
  const plan = await done('check')
  expect(plan.tables).toMatchObject([
    { name: 'item', read: { kind: 'incremental' } },
    { name: 'log', read: { kind: 'full', reason: 'no key' } },
  ])
  const second = await done('sync')
  expect(second.totals).toMatchObject({ updated: 9, deleted: 1 })
  expect(second.bytes).toBeLessThan(full.bytes / 10)
  await expectSameContent(pair.source.client, pair.target.client)
  expect((await done('full-sync', '--dry-run')).tables[0].read).toEqual({ kind: 'full', reason: 'asked for' })
  expect((await done('full-sync')).bytes).toBeGreaterThan(full.bytes / 2)
  const { runs } = await done('status')
  expect(runs.map(({ mode }: { readonly mode: string }) => mode)).toEqual(['full', 'incremental', 'full'])
})

test('standard error holds nothing but what mbsync itself says, however many tables have changed', async () => {
  const others = ['a', 'b', 'c', 'd']
  const create = others.map((name) => `CREATE TABLE public.${name} (id int PRIMARY KEY);`).join(' ')
  await Promise.all([pair.source.client.query(create), pair.target.client.query(create)])
  await done('sync')
  for (const name of others) await pair.source.client.query(`INSERT INTO public.${name} VALUES (1)`)
  const { exitCode, stderr } = await runMbsync(['sync'], surroundings())
  expect(exitCode, stderr).toBe(0)
  expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([])
})

test('kill -9 while an incremental run merges leaves data and watermark as they were, and nothing is missed', async () => {
  await done('sync')
  await change('first')
  await pair.target.client.query('BEGIN; SELECT FROM public.item WHERE id = 5 FOR UPDATE')
  const run = startMbsync(['sync'], surroundings())
  await run.untilStderr(/"phase":"merge"/)
  run.kill('SIGKILL')
  await run.ended
  await pair.target.client.query('ROLLBACK')
  await change('second!')
  expect((await done('check')).tables).toMatchObject([{ read: { kind: 'incremental' } }, {}])
  expect((await done('sync')).totals).toMatchObject({ updated: 9, deleted: 2 })
  await expectSameContent(pair.source.client, pair.target.client)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runMbsync, startMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY);'
let pair: DatabasePair

beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: `${SCHEMA} INSERT INTO item VALUES (1)`, targetSql: SCHEMA })
  // What another run holds: the lock of src/state/run-lock.ts.
  await pair.target.client.query('SELECT pg_advisory_lock($1, $2)', [0x6d627379, 0x6e63])
})
afterAll(() => pair?.drop())

const env = () => ({ PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url })

test('a run that waits gives up after its time with 75, ends at SIGTERM with 143, and begins when the other ends', async () => {
  const patience = await runMbsync(['sync', '--wait', '1'], { env: env() })
  expect(patience.exitCode, patience.stderr).toBe(75)
  expect(patience.stderr).toMatch(/Another run holds the lock on the target .*: waiting for it to end/)

  const stopped = startMbsync(['typesense', '--wait-lock', '600s'], {
    env: env(),
    files: { 'mbsync.yaml': SEARCH },
  })
  await stopped.untilStderr(/waiting for it to end/)
  stopped.kill('SIGTERM')
  expect(await stopped.ended).toMatchObject({ exitCode: 143 })

  const queued = startMbsync(['full-sync', '--wait-lock', '10m'], { env: env() })
  await queued.untilStderr(/waiting for it to end/)
  await pair.target.client.query('SELECT pg_advisory_unlock_all()')
  expect((await queued.ended).exitCode).toBe(0)
  const { rows } = await pair.target.client.query('SELECT status FROM mbsync.runs')
  expect(rows).toEqual([{ status: 'succeeded' }])
})

test('a rollback that waits undoes the run that it waited for', async () => {
  await pair.source.client.query('INSERT INTO item VALUES (2)')
  await pair.target.client.query('SELECT pg_advisory_lock($1, $2)', [0x6d627379, 0x6e63])
  const rollback = startMbsync(['rollback', '--wait', '600'], { env: env() })
  await rollback.untilStderr(/waiting for it to end/)
  await pair.target.client.query(
    `UPDATE mbsync.runs SET profile = 'changed meanwhile'; SELECT pg_advisory_unlock_all()`,
  )
  const { exitCode, stderr } = await rollback.ended
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('was of profile \\"changed meanwhile\\"')])
})

const SEARCH = `search: { items: { type: typesense, collection: items, table: public.item } }
profiles: { prod-to-staging: { from: production, to: staging, search: [items] } }`

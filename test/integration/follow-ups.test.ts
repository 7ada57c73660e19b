import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runSync } from '../support/run-sync.ts'

let pair: DatabasePair

beforeEach(async () => {
  const schema = 'CREATE TABLE part (id int PRIMARY KEY, v int); CREATE TABLE other (id int PRIMARY KEY);'
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO part VALUES (1, 1)`,
    targetSql: `${schema} CREATE MATERIALIZED VIEW totals AS SELECT sum(v)::int AS total FROM part;
      CREATE MATERIALIZED VIEW counts AS SELECT count(*)::int AS rows FROM part WITH NO DATA`,
  })
  await runSync(pair)
})
afterEach(() => pair.drop())

const read = async (view: string) => (await pair.target.client.query(`TABLE ${view}`)).rows

/** As if it had been killed between its COMMIT and its end. */
async function dieAfterCommit(run: number, created: object | null = null): Promise<void> {
  await pair.target.client.query('UPDATE mbsync.runs SET exit_code = NULL, created = $2 WHERE id = $1', [
    run,
    created,
  ])
}

test('a materialized view that a dead run has not refreshed is refreshed by the next run, though nothing has changed', async () => {
  const stranger = await createRole(pair.target.url)
  await pair.target.client.query(`ALTER MATERIALIZED VIEW totals OWNER TO ${stranger}`)
  await pair.source.client.query('UPDATE part SET v = 2')
  const { runId, warnings } = await runSync(pair)
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Refreshing public\.totals failed/),
  ])
  await dieAfterCommit(runId)
  await pair.target.client.query(
    `ALTER MATERIALIZED VIEW totals OWNER TO CURRENT_USER; DROP ROLE ${stranger}`,
  )
  expect(await read('totals')).toEqual([{ total: 1 }])

  await runSync(pair)
  expect(await read('totals')).toEqual([{ total: 2 }])
  await expect(read('counts')).rejects.toThrow('has not been populated')
})

test('what a dead run has created and not filled is filled by the next run, and no later one', async () => {
  await pair.source.client.query('UPDATE part SET v = 2')
  const { runId } = await runSync(pair)
  await dieAfterCommit(runId, { table: 1 })
  await runSync(pair)
  expect(await read('counts')).toEqual([{ rows: 1 }])
  await pair.target.client.query('REFRESH MATERIALIZED VIEW counts WITH NO DATA')
  await pair.source.client.query('UPDATE part SET v = 3')
  await runSync(pair)
  expect(await read('totals')).toEqual([{ total: 3 }])
  await expect(read('counts')).rejects.toThrow('has not been populated')
})

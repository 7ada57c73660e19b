import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan, runRollback, runSync, type TestRunOptions } from '../support/run-sync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text); CREATE TABLE other (id int);'
const ROWS = `INSERT INTO item SELECT g, 'row ' || g FROM generate_series(1, 2000) g;`
const RESTORED = 'the target was restored or copied since the last run'

let pair: DatabasePair
/** In another database of the target's server, so that it is no stranger. */
let watcher: pg.Client
const strangers: pg.Client[] = []

// Nobody else is connected to the target, so that statistics are asked. Each test leaves both sides equal.
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  await pair.target.client.end()
  watcher = await connect(inject('targetUrl'))
})
afterAll(async () => {
  await watcher.end()
  await pair.drop()
})
afterEach(async () => {
  for (const stranger of strangers.splice(0)) await stranger.end()
})

async function stranger(parameters = ''): Promise<pg.Client> {
  const client = await connect(pair.target.url + parameters)
  strangers.push(client)
  return client
}

async function untilNobodyIsThere(): Promise<void> {
  const count = async () =>
    (await watcher.query('SELECT FROM pg_stat_activity WHERE datname = $1', [pair.target.name])).rowCount
  while ((await count()) !== 0) await sleep(10)
}

async function onTarget<T extends pg.QueryResultRow>(...statements: readonly string[]): Promise<T[]> {
  const rows = await asSuperuser(pair.target.url, async (client) => {
    let last: T[] = []
    for (const sql of statements) last = (await client.query<T>(sql)).rows
    return last
  })
  await untilNobodyIsThere()
  return rows
}

async function runAlone(options: TestRunOptions = {}): Promise<void> {
  await untilNobodyIsThere()
  await runSync(pair, options)
  await untilNobodyIsThere()
}

async function isEqual(): Promise<boolean> {
  const sql = 'SELECT md5(string_agg(item::text, chr(10) ORDER BY id)) AS digest FROM public.item'
  const [[there], [here]] = await Promise.all([
    pair.source.client.query(sql).then(({ rows }) => rows),
    onTarget(sql),
  ])
  return there?.digest === here?.digest
}

async function readOf(options: TestRunOptions = {}): Promise<string | undefined> {
  const { tables } = await runPlan(pair, options)
  return tables.find(({ table }) => table.name === 'item')?.read.reason
}

/** For how many runs the table has not been looked at. */
async function unlookedRuns(): Promise<number> {
  const [row] = await onTarget<{ n: number }>(
    `SELECT unlooked_runs AS n FROM mbsync.run_tables WHERE table_name = 'item' ORDER BY run_id DESC LIMIT 1`,
  )
  return row?.n ?? -1
}

/** Runs until statistics have been relied on: another session, such as the previous run's, may just be ending. */
async function relyOnStatistics(options: TestRunOptions = {}): Promise<void> {
  await runAlone({ isFull: true })
  await expect
    .poll(async () => {
      await runAlone(options)
      return unlookedRuns()
    })
    .toBeGreaterThan(0)
}

const UNCOUNTED = [
  'SET track_counts = off',
  `UPDATE item SET body = 'edited' WHERE id = 10`,
  'RESET track_counts',
] as const

test('a write that statistics have missed is found by the next run that reads the rows', async () => {
  await relyOnStatistics()
  await onTarget(...UNCOUNTED)
  await runAlone()
  expect(await isEqual()).toBe(false)
  const busy = await stranger()
  await busy.query('SELECT 1')
  await runSync(pair)
  await busy.end()
  expect(await isEqual()).toBe(true)
})

test('a write in a function that switches statistics off is found after `recheck` runs, as the plan says', async () => {
  const rules = { profile: { recheck: 3 } }
  await onTarget(
    `CREATE FUNCTION quiet(i int) RETURNS void LANGUAGE sql SET track_counts = off AS $$ UPDATE public.item SET body = 'quiet' WHERE id = i $$`,
  )
  await relyOnStatistics(rules)
  await onTarget('SELECT quiet(20)')
  const reasons: (string | undefined)[] = []
  for (let runs = await unlookedRuns(); runs < 3 && !(await isEqual()); runs += 1) {
    reasons.push(await readOf(rules))
    await runAlone(rules)
  }
  expect(await isEqual()).toBe(true)
  expect(reasons.at(-1)).toBe('rows were written to the target by others')
  await relyOnStatistics(rules)
  await runAlone(rules)
  expect(await readOf(rules)).toBe(
    'rows that have changed since the last run; rows of the target are looked at again, as every 3rd run',
  )
})

test('a write that statistics have missed is found by a full run', async () => {
  await relyOnStatistics()
  await onTarget(...UNCOUNTED)
  await runAlone({ isFull: true })
  expect(await isEqual()).toBe(true)
})

test('a session that is named mbsync is a stranger, and another name in the URL makes none', async () => {
  await relyOnStatistics()
  const named = await stranger('&application_name=mbsync')
  await named.query('INSERT INTO other VALUES (1)')
  await named.query(`UPDATE item SET body = 'edited' WHERE id = 11`)
  await runSync(pair)
  await named.end()
  expect(await isEqual()).toBe(true)
  const url = `${pair.target.url}&application_name=nightly`
  await relyOnStatistics({ profile: { to: { name: 'staging', url, isProtected: false } } })
})

test('a mark ahead of the transaction ids of the target is void', async () => {
  await runAlone()
  await onTarget(
    `UPDATE mbsync.runs SET merge_snapshot = format('%1$s:%1$s:', txid_current() + 5000)::txid_snapshot WHERE merge_snapshot IS NOT NULL`,
    ...UNCOUNTED,
  )
  expect(await readOf()).toBe('the mark of the last run is ahead of the transaction ids of the target')
  await expect(runRollback(pair)).rejects.toMatchObject({ exitCode: 3 })
  await runAlone()
  expect(await isEqual()).toBe(true)
})

describe('a target with its state', () => {
  const RESTORE = `CREATE TEMP TABLE w AS TABLE mbsync.watermarks; CREATE TEMP TABLE t AS TABLE mbsync.run_tables;
    DELETE FROM mbsync.watermarks; DELETE FROM mbsync.run_tables;
    INSERT INTO mbsync.watermarks TABLE w; INSERT INTO mbsync.run_tables TABLE t`

  async function expectNothingKnown(): Promise<void> {
    expect(await readOf()).toBe(RESTORED)
    await expect(runRollback(pair)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(RESTORED),
    })
    await runAlone()
    expect(await isEqual()).toBe(true)
    expect(await readOf()).toContain('rows that have changed since the last run')
  }

  test('that came out of a dump is read in full, and its last run is not rolled back', async () => {
    await pair.source.client.query(`UPDATE public.item SET body = 'new' WHERE id = 1`)
    await runAlone()
    await onTarget(RESTORE)
    await expectNothingKnown()
  })

  test('that was copied into another database is read in full, and its last run is not rolled back', async () => {
    await pair.source.client.query(`UPDATE public.item SET body = 'newer' WHERE id = 1`)
    await runAlone()
    const { name } = pair.target
    await watcher.query(`ALTER DATABASE ${name} RENAME TO ${name}_old`)
    await watcher.query(`CREATE DATABASE ${name} TEMPLATE ${name}_old`)
    await watcher.query(`DROP DATABASE ${name}_old`)
    await onTarget(`UPDATE item SET body = 'edited by hand' WHERE id = 3`)
    await expectNothingKnown()
    await pair.source.client.query(`UPDATE public.item SET body = 'newest' WHERE id = 1`)
    await runAlone()
    await runRollback(pair)
    await runAlone()
    await asSuperuser(pair.target.url, (client) => expectSameContent(pair.source.client, client))
  })
})

test('runs are rolled back one after the other while an old transaction holds the marks back', async () => {
  await watcher.query('BEGIN; SELECT txid_current()')
  // The row that the last of them replaces was written two runs before.
  for (const id of [1, 2, 1]) {
    await pair.source.client.query(`UPDATE public.item SET body = body || '+' WHERE id = ${id}`)
    await runAlone({ isFull: true })
  }
  const bodies = () =>
    onTarget<{ body: string }>(
      `SELECT regexp_replace(body, '[^+]', '', 'g') AS body FROM public.item WHERE id < 3 ORDER BY id`,
    )
  expect(await bodies()).toEqual([{ body: '++' }, { body: '+' }])
  await runRollback(pair)
  await runRollback(pair)
  expect(await bodies()).toEqual([{ body: '+' }, { body: '' }])
  await watcher.query('ROLLBACK')
  await runAlone()
  expect(await isEqual()).toBe(true)
})

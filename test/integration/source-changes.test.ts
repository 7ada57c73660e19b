import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { patternOf, runSync } from '../support/run-sync.ts'

const SCHEMA = `
  CREATE SCHEMA other;
  CREATE TABLE item (id int PRIMARY KEY, a text, b text);
  CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE high PARTITION OF parted FOR VALUES FROM (100) TO (200);
  CREATE TABLE other.item (id int PRIMARY KEY, a text, b text);`
const SOURCE = `${SCHEMA}
  INSERT INTO item SELECT i, 'a' || i, 'b' || i FROM generate_series(1, 100) i;
  INSERT INTO parted SELECT generate_series(0, 199);
  INSERT INTO other.item VALUES (1, 'other', 'other');`
const TARGET = `${SCHEMA}
  INSERT INTO item SELECT i, 'old', 'old' FROM generate_series(1, 50) i;`

describe('when the schema of the source changes as the run begins', () => {
  let pair: DatabasePair
  let migration: pg.Client

  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
    migration = await connect(pair.source.url)
  })
  afterEach(async () => {
    await migration.end()
    await pair.drop()
  })

  /** A migration is open while the run takes its snapshot, and commits while the run waits for the table. */
  async function syncThrough(sql: string): Promise<void> {
    await migration.query(`BEGIN; LOCK TABLE item; ${sql}`)
    const run = runSync(pair)
    await untilSomebodyWaits(pair.source)
    await migration.query('COMMIT')
    await run
  }

  test.each([
    [
      'a table is swapped for another of its name',
      `ALTER TABLE item RENAME TO old_item; CREATE TABLE item (id int PRIMARY KEY, a text, b text);
       INSERT INTO item SELECT id, a || '!', b FROM old_item; DROP TABLE old_item`,
    ],
    [
      'two columns swap their names',
      'ALTER TABLE item RENAME a TO c; ALTER TABLE item RENAME b TO a; ALTER TABLE item RENAME c TO b',
    ],
    [
      'a partition is swapped',
      `ALTER TABLE parted DETACH PARTITION low; DROP TABLE low;
       CREATE TABLE low (LIKE parted INCLUDING ALL); INSERT INTO low SELECT generate_series(0, 49);
       ALTER TABLE parted ATTACH PARTITION low FOR VALUES FROM (0) TO (100)`,
    ],
    [
      'two schemas swap their names',
      'ALTER SCHEMA public RENAME TO x; ALTER SCHEMA other RENAME TO public; ALTER SCHEMA x RENAME TO other; DROP TABLE public.item; CREATE TABLE public.item (id int PRIMARY KEY, a text, b text); ALTER TABLE other.parted SET SCHEMA public; ALTER TABLE other.low SET SCHEMA public; ALTER TABLE other.high SET SCHEMA public',
    ],
    ['a table is truncated', `TRUNCATE item; INSERT INTO item VALUES (1, 'new', 'new')`],
    [
      'a column is dropped and added again',
      `ALTER TABLE item DROP b; ALTER TABLE item ADD b text DEFAULT 'b'`,
    ],
  ])('the target has what stands when %s', async (_, sql) => {
    await syncThrough(sql)
    await expectSameContent(pair.source.client, pair.target.client)
  })

  const conditionOnItem = (condition: string) => ({
    exclude: [patternOf('public.border')],
    where: [{ table: { schema: 'public', name: 'item' }, condition }],
  })

  /** Fills the table that a condition reads again, in a transaction that ends when the run waits for it. */
  async function syncThroughBorder(
    condition: string,
    n: number,
    sql = `TRUNCATE border; INSERT INTO border VALUES (${n})`,
  ): Promise<unknown> {
    await migration.query(`BEGIN; ${sql}`)
    const run = runSync(pair, { profile: conditionOnItem(condition) }).catch((error: unknown) => error)
    await untilSomebodyWaits(pair.source)
    await migration.query('COMMIT')
    return run
  }

  async function countItems(): Promise<unknown> {
    return (await pair.target.client.query('SELECT max(id), count(*)::int FROM item')).rows[0]
  }

  const BORDER = `CREATE TABLE border AS SELECT 50 AS n;
    CREATE FUNCTION is_below(i int) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN i <= (SELECT n FROM public.border); END'`

  test.each([
    ['condition', 'id <= (SELECT n FROM public.border)'],
    ['function in a condition', 'public.is_below(id)'],
  ])(
    'the target has what stands when a table is truncated and filled again that only a %s reads',
    async (_, condition) => {
      await pair.source.client.query(BORDER)
      await syncThroughBorder(condition, 60)
      expect(await countItems()).toEqual({ max: 60, count: 60 })
      await syncThroughBorder(condition, 70)
      expect(await countItems()).toEqual({ max: 70, count: 70 })
    },
  )

  test.each([
    ['tables that are there', '', 'SELECT count(*)::int AS n FROM item', { n: 0 }],
    ['tables that it creates', 'DROP TABLE item', `SELECT to_regclass('item') AS n`, { n: null }],
  ])('so does a load into %s, which leaves them as they were', async (_, drop, look, left) => {
    await pair.source.client.query(`${BORDER}; INSERT INTO item SELECT generate_series(101, 200)`)
    await pair.target.client.query(`TRUNCATE item; ${drop}`)
    const condition = 'id <= 120 OR public.is_below(id)'
    const profile = {
      ...conditionOnItem(condition),
      include: [patternOf('public.item')],
      strategy: 'load' as const,
      schema: 'create' as const,
    }
    await migration.query('BEGIN; TRUNCATE border; INSERT INTO border VALUES (160)')
    const run = runSync(pair, { profile }).catch((error: unknown) => error)
    await untilSomebodyWaits(pair.source)
    await migration.query('COMMIT')
    expect(await run).toMatchObject({ message: expect.stringContaining('was truncated or replaced') })
    expect((await pair.target.client.query(look)).rows).toEqual([left])
    await runSync(pair, { profile })
    expect(await countItems()).toEqual({ max: 160, count: 160 })
  })

  test.each([
    ['truncated', undefined],
    ['replaced', 'DROP TABLE border; CREATE TABLE border AS SELECT 160 AS n'],
  ])('a run fails when a function has read a table that was %s after its rows were tried', async (_, sql) => {
    await pair.source.client.query(`${BORDER}; INSERT INTO item SELECT generate_series(101, 200)`)
    // The function is called for none of the first rows.
    const condition = 'id <= 120 OR public.is_below(id)'
    await runSync(pair, { profile: conditionOnItem(condition) })
    expect(await syncThroughBorder(condition, 160, sql)).toMatchObject({
      message: expect.stringContaining(
        'which a function in a `where` condition reads, was truncated or replaced',
      ),
    })
    expect(await countItems()).toEqual({ max: 120, count: 120 })
    await runSync(pair, { profile: conditionOnItem(condition) })
    expect(await countItems()).toEqual({ max: 160, count: 160 })
  })

  test('a migration that begins to wait meanwhile neither stops the run nor waits for more than the run', async () => {
    // The first run looks at the target before the source.
    await runSync(pair)
    const holder = await connect(pair.target.url)
    await holder.query('BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE')
    // The run waits for a look at the target, and the snapshot stands: its coordinator and its reader hold the table.
    const run = runSync(pair)
    await untilSomebodyWaits(pair.target)
    await until(
      pair.source,
      `SELECT FROM pg_locks WHERE relation = 'public.item'::regclass AND mode = 'AccessShareLock' AND granted OFFSET 1`,
    )
    const waiting = migration.query('ALTER TABLE item ADD c int')
    await sleep(200)
    await holder.query('ROLLBACK')
    await holder.end()
    await run
    await waiting
    await pair.source.client.query('ALTER TABLE item DROP c')
    await expectSameContent(pair.source.client, pair.target.client)
  })

  function untilSomebodyWaits(database: { readonly url: string }): Promise<void> {
    return until(
      database,
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
  }

  async function until({ url }: { readonly url: string }, sql: string): Promise<void> {
    const watcher = await connect(url)
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const { rows } = await watcher.query(sql)
      if (rows.length > 0) break
      await sleep(20)
    }
    await watcher.end()
  }
})

test('a source whose names move while its rows are read fails the run, and the target is as it was', async () => {
  const pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
  const onEvent = (event: { readonly type: string }) => {
    if (event.type === 'copy-planned')
      moved ??= pair.source.client.query('ALTER SCHEMA other RENAME TO elsewhere')
  }
  let moved: Promise<unknown> | undefined
  const wait = {
    where: [{ table: { schema: 'public', name: 'item' }, condition: 'pg_sleep(0.02) IS NOT NULL' }],
  }
  await expect(runSync(pair, { profile: wait, onEvent })).rejects.toThrow(
    /schema was changed while its rows were being read|schema "other" does not exist/,
  )
  await moved
  const { rows } = await pair.target.client.query('SELECT count(*)::int AS n FROM item')
  expect(rows[0].n).toBe(50)
  await pair.drop()
})

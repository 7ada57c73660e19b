import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan, runSync } from '../support/run-sync.ts'

const SCHEMA = `CREATE TABLE item (id int PRIMARY KEY, body text);
  CREATE TABLE parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);`
const ROWS = `INSERT INTO item SELECT i, 'body ' || i FROM generate_series(1, 500) i;
  INSERT INTO parted SELECT i, 'p' FROM generate_series(1, 50) i;`

let pair: DatabasePair
/** In another database of the server, so that it is no stranger in the target. */
let watcher: pg.Client

// Nobody else is connected to the target, as at night: then statistics can tell that nobody has written. Each test leaves both sides equal.
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  await pair.target.client.end()
  watcher = await connect(inject('targetUrl'))
  await runSync(pair)
})
afterAll(async () => {
  await watcher.end()
  await pair.drop()
})

async function untilNobodyIsThere(): Promise<void> {
  const count = async () =>
    (await watcher.query('SELECT FROM pg_stat_activity WHERE datname = $1', [pair.target.name])).rowCount
  while ((await count()) !== 0) await sleep(10)
}

/** Writes as somebody else, in a session that has ended when this returns. */
async function onTarget(...statements: readonly string[]): Promise<void> {
  await asSuperuser(pair.target.url, async (client) => {
    for (const sql of statements) await client.query(sql)
  })
  await untilNobodyIsThere()
}

async function expectEqual(): Promise<void> {
  await asSuperuser(pair.target.url, (client) => expectSameContent(pair.source.client, client))
  await untilNobodyIsThere()
}

/** How often each table has been read from its beginning. Sessions report that at their end. */
async function readsOfTarget(): Promise<Record<string, number>> {
  await untilNobodyIsThere()
  const { rows } = await asSuperuser(pair.target.url, (client) =>
    client.query("SELECT relname, seq_scan::int FROM pg_stat_user_tables WHERE schemaname = 'public'"),
  )
  await untilNobodyIsThere()
  return Object.fromEntries(rows.map(({ relname, seq_scan }) => [relname, seq_scan]))
}

async function reasonFor(table: string): Promise<string> {
  const { tables } = await runPlan(pair)
  const read = tables.find(({ table: { name } }) => name === table)?.read
  return read?.kind === 'full' ? read.reason : (read?.kind ?? 'none')
}

const WRITTEN = 'rows were written to the target by others'

test('a table to which nobody has written is not read again, run after run', async () => {
  // A session that is just being opened may be taken for somebody else's, and then all is read: not again and again.
  const expectNothingRead = () =>
    expect
      .poll(async () => {
        const before = await readsOfTarget()
        await runSync(pair)
        return { before, after: await readsOfTarget() }
      })
      .toSatisfy(({ before, after }) => JSON.stringify(before) === JSON.stringify(after))
  await expectNothingRead()
  await pair.source.client.query(`UPDATE item SET body = 'new' WHERE id = 3; DELETE FROM parted WHERE id = 3`)
  await runSync(pair)
  await expectEqual()
  await expectNothingRead()
})

test.each([
  ['updated its rows', [`UPDATE item SET body = 'edited' WHERE id = 4`]],
  ['replaced a row', ['DELETE FROM item WHERE id = 4', `INSERT INTO item VALUES (4, 'edited')`]],
  ['copied rows into it', [`INSERT INTO item SELECT i, 'mine' FROM generate_series(1000, 1010) i`]],
  [
    'truncated it and filled it with as many rows',
    ['TRUNCATE item', `INSERT INTO item SELECT i, 'mine' FROM generate_series(1, 500) i`],
  ],
  ['truncated it alone', ['TRUNCATE item']],
  [
    'written to it and reset the statistics',
    [
      `UPDATE item SET body = 'edited' WHERE id = 4`,
      `SELECT pg_stat_reset_single_table_counters('public.item'::regclass)`,
    ],
  ],
  [
    'written to it and had all statistics reset',
    [`UPDATE item SET body = 'edited' WHERE id = 4`, 'SELECT pg_stat_reset()'],
  ],
  [
    'written to it within another statement',
    [
      `WITH gone AS (DELETE FROM item WHERE id = 9 RETURNING id) INSERT INTO item SELECT -id, 'moved' FROM gone`,
    ],
  ],
])('a table is read in full when somebody has %s', async (_, statements) => {
  await onTarget(...statements)
  expect(await reasonFor('item')).toBe(WRITTEN)
  expect(await reasonFor('parted')).toBe('incremental')
  await runSync(pair)
  await expectEqual()
})

test('a partition that somebody has written to is noticed, too', async () => {
  await onTarget(`UPDATE low SET body = 'edited' WHERE id = 4`)
  expect(await reasonFor('parted')).toBe(WRITTEN)
  await runSync(pair)
  await expectEqual()
})

test('a session that has written a moment ago and is still there is not waited for: the table is read', async () => {
  const other = await connect(pair.target.url)
  // Its first write is reported at once, the second one only when it has been idle for a while.
  await other.query(`UPDATE parted SET body = body`)
  await other.query(`UPDATE item SET body = 'edited' WHERE id = 4`)
  expect(await reasonFor('item')).toBe(WRITTEN)
  await runSync(pair)
  await other.end()
  await expectEqual()
})

test('writes that were undone, and settings under which nobody counts, cost a look and nothing else', async () => {
  await onTarget(`BEGIN; UPDATE item SET body = 'edited'; ROLLBACK`, 'VACUUM FULL low')
  expect(await reasonFor('item')).toBe('incremental')
  await runSync(pair)
  await onTarget(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET track_counts = off', current_database()); END $$`,
  )
  await onTarget(`UPDATE item SET body = 'edited' WHERE id = 4`)
  expect(await reasonFor('item')).toBe(WRITTEN)
  await runSync(pair)
  await expectEqual()
})

test('a copy of the database that somebody has written to is not taken for what it was copied from', async () => {
  const copied = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  const { name, url, client } = copied.target
  await client.end()
  const replaceByCopy = () =>
    asSuperuser(inject('targetUrl'), async (admin) => {
      await admin.query(`ALTER DATABASE ${name} RENAME TO ${name}_old`)
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${name}_old`)
      await admin.query(`DROP DATABASE ${name}_old`)
    })
  await runSync(copied)
  // Statistics of a copy begin with nothing, as do those of a copy of it.
  await replaceByCopy()
  await runSync(copied)
  await asSuperuser(url, (other) => other.query(`UPDATE item SET body = 'edited' WHERE id = 4`))
  await replaceByCopy()
  await runSync(copied)
  await asSuperuser(url, (other) => expectSameContent(copied.source.client, other))
  await copied.drop()
})

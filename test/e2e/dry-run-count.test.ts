import { expect, test } from 'vitest'
import { readContent } from '../support/database-content.ts'
import { createDatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

/** Tables whose rows differ in every way, and what a run would write to each: inserted, updated, deleted. */
const SCHEMA = `
CREATE TABLE keyed (id int PRIMARY KEY, body text);
CREATE TABLE pair (a int, b text, v numeric, PRIMARY KEY (a, b));
CREATE TABLE bag (v text);
CREATE TABLE new (id bigint PRIMARY KEY);
CREATE TABLE old (id bigint PRIMARY KEY);
CREATE TABLE same (id bigint PRIMARY KEY, at timestamptz);
CREATE TABLE part_of (id int PRIMARY KEY, kept boolean);
CREATE TABLE parted (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (9000);`
const SOURCE = `
INSERT INTO keyed SELECT i, 'new' FROM generate_series(1, 9000) i;
INSERT INTO pair VALUES (1, 'x', 1.0), (2, E'tab\\t"', 2), (3, '', 'NaN');
INSERT INTO bag VALUES ('a'), ('a'), ('a'), ('b'), (NULL);
INSERT INTO new SELECT generate_series(1, 700);
INSERT INTO same SELECT i, '2024-01-01' FROM generate_series(1, 700) i;
INSERT INTO part_of SELECT i, i % 2 = 0 FROM generate_series(1, 10) i;
INSERT INTO parted SELECT i, i FROM generate_series(990, 1010) i`
const TARGET = `
INSERT INTO keyed SELECT i, CASE WHEN i % 3 = 0 THEN 'old' ELSE 'new' END FROM generate_series(2, 9001) i;
INSERT INTO pair VALUES (1, 'x', 1.00), (2, E'tab\\t"', 2), (4, '', 0);
INSERT INTO bag VALUES ('a'), ('b'), ('b'), ('c');
INSERT INTO old SELECT generate_series(1, 700);
INSERT INTO same SELECT i, '2024-01-01' FROM generate_series(1, 700) i;
INSERT INTO part_of SELECT i, true FROM generate_series(1, 10) i;
INSERT INTO parted SELECT i, 0 FROM generate_series(1000, 1020) i`

test('--dry-run --count says exactly what the run then does, and writes nothing', async () => {
  const pair = await createDatabasePair({ sourceSql: SCHEMA + SOURCE, targetSql: SCHEMA + TARGET })
  const run = async (...args: string[]) =>
    runHere(args, {
      env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
      files: {
        'mbsync.yaml': 'profiles: { p: { from: production, to: staging, where: { public.part_of: kept } } }',
      },
    })
  const before = await readContent(pair.target.client)
  const { exitCode, stdout } = await run('sync', '--dry-run', '--count', '--json')
  expect(exitCode, stdout).toBe(0)
  const shown = (await run('sync', '--dry-run', '--count')).stdout
  expect(await readContent(pair.target.client)).toEqual(before)
  const { rows } = await pair.target.client.query(`SELECT FROM pg_namespace WHERE nspname ~ '^mbsync'`)
  expect(rows).toEqual([])

  const { tables, totals } = JSON.parse((await run('sync', '--json')).stdout)
  const planned = JSON.parse(stdout).tables
  for (const { table, inserted, updated, deleted } of tables) {
    const { changes } = planned.find((each: { table: string }) => each.table === table)
    expect({ table, ...changes }).toEqual({ table, inserted, updated, deleted })
  }
  expect(totals).toMatchObject({ inserted: 715, updated: 3012, deleted: 719 })
  expect(shown).toContain('Rows to write: 715 inserted, 3,012 updated, 719 deleted.')
  expect(shown).toMatch(/public\.bag +full +merge by whole rows +binary +1 +\S+ +.* 3 +0 +2/)

  const alone = await run('sync', '--count')
  expect([alone.exitCode, alone.stderr]).toEqual([2, expect.stringContaining("without '--dry-run'")])
  await pair.drop()
})

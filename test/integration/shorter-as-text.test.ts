import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSync } from '../support/run-sync.ts'

/** Rows of small numbers, which text makes shorter, rows of times and hashes, which it makes longer, and bytes that are no text before version 16. */
const SCHEMA = `
CREATE TABLE narrow (id bigint PRIMARY KEY, a bigint, b int, n numeric(12, 2));
CREATE TABLE parted (id bigint, a bigint, b bigint) PARTITION BY RANGE (id);
CREATE TABLE parted_few PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_many PARTITION OF parted FOR VALUES FROM (10) TO (1000000);
CREATE TABLE times (id uuid PRIMARY KEY, at timestamptz, till timestamptz, hash bytea);
CREATE TABLE bytes (id bigint PRIMARY KEY, a bigint, byte "char");
CREATE TABLE small (id bigint PRIMARY KEY, a bigint);
CREATE TABLE "Odd ""names" ("Id" bigint PRIMARY KEY, "a.b" bigint, "select" bigint, "ä" bigint);`
const ROWS = `
INSERT INTO narrow SELECT i, i % 97, NULLIF(i % 5, 0), i / 7.0 FROM generate_series(1, 200000) i;
INSERT INTO parted SELECT i, i % 97, i % 5 FROM generate_series(1, 220000) i;
INSERT INTO times SELECT md5(i::text)::uuid, now() + i * interval '1 ms', now(), decode(md5(i::text), 'hex') FROM generate_series(1, 120000) i;
INSERT INTO bytes SELECT i, i % 97, '\\377' FROM generate_series(1, 200000) i;
INSERT INTO small SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO "Odd ""names" SELECT i, -i % 10, i % 3, 7 FROM generate_series(1, 160000) i;`

let pair: DatabasePair
beforeEach(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
  await pair.source.client.query('VACUUM (ANALYZE)')
})
afterEach(() => pair?.drop())

const LARGE = ['Odd ""names', 'bytes', 'narrow', 'parted_many', 'times']

test('large tables that text makes much shorter travel as text, unless they are compared', async () => {
  expect(await readAsText()).toEqual(['Odd ""names', 'narrow', 'parted_many'])
  await pair.target.client.query('VACUUM (ANALYZE)')
  expect(await readAsText({ isFull: true })).toEqual(['parted_many'])
})

/** Runs, and returns the large partitions that the source sends as text. */
async function readAsText(options: Parameters<typeof runSync>[1] = {}): Promise<string[]> {
  const found = new Set<string>()
  const onEvent = (event: ProgressEvent) => {
    if (event.type !== 'statement' || event.database !== 'production') return
    const [, table] = /^COPY .*?"public"\."((?:[^"]|"")*)".*FORMAT text/.exec(event.purpose) ?? []
    if (table !== undefined) found.add(table)
  }
  await runSync(pair, { onEvent, ...options })
  await expectSameContent(pair.source.client, pair.target.client)
  return LARGE.filter((name) => found.has(name))
}

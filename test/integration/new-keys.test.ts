import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verify } from '../../src/jobs/verify.ts'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

/** Keys and constraints that PostgreSQL 15 to 18 have brought. */
const SCHEMA = `
CREATE EXTENSION btree_gist;
CREATE TABLE room (id int, during daterange, name text, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE shift (id int, at int4multirange NOT NULL, who text NOT NULL, UNIQUE (who, at WITHOUT OVERLAPS));
CREATE TABLE booking (id int, during daterange, room int, note text, PRIMARY KEY (id, during WITHOUT OVERLAPS),
  FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD during));
CREATE TABLE apart (id int PRIMARY KEY, room int, during int4range, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE loose (id int PRIMARY KEY, v int, CONSTRAINT positive CHECK (v > 0) NOT ENFORCED,
  FOREIGN KEY (v) REFERENCES loose NOT ENFORCED, twice int GENERATED ALWAYS AS (v * 2) VIRTUAL);
CREATE TABLE one_null (id int PRIMARY KEY, v int, UNIQUE NULLS NOT DISTINCT (v));`
const SOURCE = `
INSERT INTO room SELECT i, daterange('2024-01-01', '2024-07-01'), 'a' FROM generate_series(1, 300) i;
INSERT INTO room SELECT i, daterange('2024-07-01', NULL), 'b' FROM generate_series(1, 300) i;
INSERT INTO shift VALUES (1, '{[1,5),[9,12)}', 'ann'), (2, '{[5,9)}', 'ann'), (3, '{[1,5)}', 'bob');
INSERT INTO booking SELECT i, daterange('2024-06-01', '2024-08-01'), i, 'x' FROM generate_series(1, 200) i;
INSERT INTO apart VALUES (1, 1, '[1,5)'), (2, 1, '[5,9)'), (3, 2, '[1,9)');
INSERT INTO loose VALUES (1, -1), (2, 1), (3, 99);
INSERT INTO one_null VALUES (1, NULL), (2, 1), (3, 2)`
const TARGET = `
INSERT INTO room SELECT i, daterange('2024-01-01', '2024-09-01'), 'old' FROM generate_series(1, 150) i;
INSERT INTO room SELECT i, daterange('2024-07-01', NULL), 'old' FROM generate_series(151, 310) i;
INSERT INTO shift VALUES (1, '{[1,9)}', 'ann'), (3, '{[1,5)}', 'bob');
INSERT INTO booking SELECT i, daterange('2024-07-01', '2024-08-01'), i, 'old' FROM generate_series(1, 50) i;
INSERT INTO apart VALUES (1, 1, '[5,9)'), (2, 1, '[1,5)'), (4, 2, '[1,9)');
INSERT INTO loose VALUES (1, -5), (4, 7);
INSERT INTO one_null VALUES (1, 1), (2, NULL), (3, 3)`
/** Periods that move into each other's places, and rows that come and go. */
const CHANGES = `SET search_path = public;
DELETE FROM booking WHERE id > 150;
UPDATE booking SET note = 'y' WHERE id = 1;
UPDATE booking SET during = daterange('2024-02-01', '2024-03-01') WHERE id BETWEEN 2 AND 9;
DELETE FROM room WHERE id > 280 AND id > 200; UPDATE room SET name = 'c' WHERE id = 5;
DELETE FROM shift; INSERT INTO shift VALUES (2, '{[1,5),[9,12)}', 'ann'), (1, '{[5,9)}', 'ann');
UPDATE apart SET during = '[20,30)' WHERE id = 1; UPDATE apart SET during = '[1,5)' WHERE id = 2; UPDATE apart SET during = '[5,9)' WHERE id = 1;
UPDATE one_null SET v = 7 WHERE id = 1; UPDATE one_null SET v = NULL WHERE id = 2`

describe.each(WRITING_MODES)('merged by %s', (mode) => {
  let pair: DatabasePair
  beforeEach(async () => {
    pair = await createDatabasePair({
      sourceSql: SCHEMA + SOURCE,
      targetSql: SCHEMA + TARGET,
      isSourceNew: true,
    })
  })
  afterEach(() => pair?.drop())

  test('keys of PostgreSQL 18 are matched by their own operators, in full, incrementally, back, and from a dump', async () => {
    const profile = { to: await targetFor(pair, mode) }
    const { tables } = await runPlan(pair, { profile })
    expect(tables.filter(({ write }) => write.kind !== 'merge' || write.by !== 'key')).toEqual([])
    const before = await readContent(pair.target.client)
    // If a transaction were older than its rows, those that only the second run changes would look written by others to the second rollback.
    await untilSettled(pair.target.client)
    const first = await runSync(pair, { profile })
    await expectSameContent(pair.source.client, pair.target.client)
    const room = first.tables.find(({ table }) => table.name === 'room')
    expect(room).toMatchObject({ inserted: 450, updated: 150, deleted: 160 })

    await untilSettled(pair.source.client)
    await pair.source.client.query(CHANGES)
    const kinds = (await runPlan(pair, { profile })).tables.map(({ read }) => read.kind)
    expect(new Set(kinds)).toEqual(new Set(['incremental']))
    await runSync(pair, { profile })
    await expectSameContent(pair.source.client, pair.target.client)
    const options = { tables: [], samplePercent: 100, limit: 10 }
    const context = { signal: new AbortController().signal, report: () => undefined }
    const verified = await verify(profileOf(pair), options, context)
    expect(verified.tables.filter(({ status }) => status !== 'equal')).toEqual([])

    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    expect(await readContent(pair.target.client)).toEqual(before)

    const folder = mkdtempSync(join(tmpdir(), 'mbsync-keys-'))
    await runExport(pair, join(folder, 'dump'))
    await runImport(pair, join(folder, 'dump'), profile)
    await expectSameContent(pair.source.client, pair.target.client)
    rmSync(folder, { recursive: true })
  })
})

test('a key of a type with an implicit cast of its own is matched by the type, and so are foreign keys to it', async () => {
  const schema = `CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
    CREATE TABLE feeling (mood mood PRIMARY KEY, note text);
    CREATE TABLE person (id int PRIMARY KEY, mood mood REFERENCES feeling);`
  // Foreign keys of PostgreSQL itself fail with two of them, so rows come first.
  const asText = `; CREATE FUNCTION as_text(mood) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'the same';
    CREATE CAST (mood AS text) WITH FUNCTION as_text(mood) AS IMPLICIT;`
  const asInt = `CREATE FUNCTION as_int(mood) RETURNS int LANGUAGE sql IMMUTABLE RETURN 1;
    CREATE CAST (mood AS int) WITH FUNCTION as_int(mood) AS IMPLICIT;`
  for (const casts of [asText, asText + asInt]) {
    const pair = await createDatabasePair({
      sourceSql: `${schema} INSERT INTO feeling VALUES ('sad', 'a'), ('ok', 'b'); INSERT INTO person VALUES (1, 'ok'), (2, 'sad')${casts}`,
      targetSql: `${schema} INSERT INTO feeling VALUES ('ok', 'old'), ('glad', 'c'); INSERT INTO person VALUES (1, 'glad')${casts}`,
    })
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
    await pair.drop()
  }
})

/** Keys of PostgreSQL 18 whose rows are found by whole rows, and rows that violate what is NOT VALID. */
const NULLS = `CREATE TABLE n (id int PRIMARY KEY, v int); CREATE TABLE u (k int UNIQUE, v int);`
const NOT_VALID = `ALTER TABLE n ADD CONSTRAINT nn NOT NULL v NOT VALID; ALTER TABLE u ADD CONSTRAINT un NOT NULL k NOT VALID`

test('NOT NULL that is NOT VALID is no key, is refused where rows violate it, and arrives with --allow-blocking or in an empty database', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${NULLS} INSERT INTO n VALUES (1, NULL), (2, 2); INSERT INTO u VALUES (NULL, 1), (NULL, 2), (3, 3); ${NOT_VALID}`,
    targetSql: `${NULLS} INSERT INTO n VALUES (2, NULL), (3, NULL); INSERT INTO u VALUES (NULL, 1), (5, 5); ${NOT_VALID}`,
    isSourceNew: true,
  })
  await expect(runSync(pair)).rejects.toMatchObject({
    exitCode: 3,
    findings: ['n', 'u'].map((name) => ({
      subject: `public.${name}`,
      message: `rows to be written violate the NOT VALID NOT NULL constraint "${name === 'n' ? 'nn' : 'un'}"`,
    })),
  })
  await runSync(pair, { allowBlocking: true })
  await expectSameContent(pair.source.client, pair.target.client)

  await pair.target.client.query(
    'DROP TABLE public.n, public.u; DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE',
  )
  await runSync(pair, { profile: { schema: 'create' } })
  await expectSameContent(pair.source.client, pair.target.client)
  const { rows } = await pair.target.client.query(
    `SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1`,
  )
  expect(rows.map(({ conname }) => conname)).toEqual(['nn', 'un'])
  await pair.drop()
})

test('NULLs of a column that is NOT NULL NOT VALID in the source are found before a run where the target takes none', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${NULLS} INSERT INTO n VALUES (1, NULL); ${NOT_VALID}`,
    targetSql: NULLS.replace('v int)', 'v int NOT NULL)'),
    isSourceNew: true,
  })
  const { findings } = await runPlan(pair)
  expect(findings.filter(({ severity }) => severity === 'error')).toMatchObject([
    { subject: 'public.n', message: 'column "v" may be NULL in the source but not in the target' },
  ])
  await pair.drop()
})

test('periods of a partitioned table are merged by a plain owner, which the server checks partition by partition', async () => {
  const schema = `CREATE EXTENSION btree_gist;
    CREATE TABLE room (id int, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS)) PARTITION BY LIST (id);
    CREATE TABLE room_1 PARTITION OF room FOR VALUES IN (1, 2); CREATE TABLE room_2 PARTITION OF room DEFAULT;
    CREATE TABLE booking (id int PRIMARY KEY, during daterange, room int, FOREIGN KEY (room, PERIOD during) REFERENCES room (id, PERIOD during));`
  const pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO room SELECT i, p FROM generate_series(1, 4) i, unnest('{"[2024-01-01,2024-07-01)","[2024-07-01,)"}'::daterange[]) p;
      INSERT INTO booking SELECT i, '[2024-06-01,2024-08-01)', i FROM generate_series(1, 4) i`,
    targetSql: `${schema} INSERT INTO room SELECT i, '[2024-01-01,2024-09-01)' FROM generate_series(1, 3) i;
      INSERT INTO booking SELECT i, '[2024-06-01,2024-08-01)', i FROM generate_series(1, 3) i`,
    isSourceNew: true,
  })
  const before = await readContent(pair.target.client)
  const profile = { to: await targetFor(pair, 'a plain owner') }
  const { tables } = await runSync(pair, { profile })
  await expectSameContent(pair.source.client, pair.target.client)
  expect(tables.find(({ table }) => table.name === 'booking')).toMatchObject({
    inserted: 1,
    deleted: 0,
    unchanged: 3,
  })
  await runRollback(pair, { profile })
  expect(await readContent(pair.target.client)).toEqual(before)
  await pair.drop()
})

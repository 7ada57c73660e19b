import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type VerifyOptions, type VerifyResult, verify } from '../../src/jobs/verify.ts'
import { hostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { hostileSourceSql, hostileTargetSql } from '../fixtures/hostile/hostile-scripts.ts'
import { hostileSettingsSql } from '../fixtures/hostile/hostile-settings.ts'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { profileOf, runSync, type TestRunOptions } from '../support/run-sync.ts'

function runVerify(
  pair: DatabasePair,
  { profile, ...options }: Partial<VerifyOptions> & Pick<TestRunOptions, 'profile'> = {},
): Promise<VerifyResult> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  return verify(profileOf(pair, profile), { tables: [], samplePercent: 100, limit: 10, ...options }, context)
}

describe('verify', () => {
  const SCHEMA = `CREATE TABLE item (id int, part text, body text, PRIMARY KEY (id, part)); CREATE TABLE log (at int, body text);
    CREATE TABLE same (id int PRIMARY KEY); CREATE TABLE none (); CREATE TABLE empty (id int PRIMARY KEY);`
  let pair: DatabasePair

  beforeEach(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} INSERT INTO item SELECT i, 'p', md5(i::text) FROM generate_series(1, 20000) i; INSERT INTO log SELECT i % 10, 'x' FROM generate_series(1, 100) i;
        INSERT INTO same SELECT generate_series(1, 100); INSERT INTO none SELECT FROM generate_series(1, 5); ANALYZE`,
      targetSql: SCHEMA,
    })
    await runSync(pair)
  })
  afterEach(() => pair.drop())

  const changed = ({ tables }: VerifyResult) =>
    tables
      .filter(({ status }) => status !== 'equal')
      .map(({ table, ...facts }) => ({ table: table.name, ...facts }))

  test('finds nothing after a sync', async () => {
    const result = await runVerify(pair)
    expect(changed(result)).toEqual([])
    expect(
      result.tables.map(({ table, sourceRows, targetRows }) => [table.name, sourceRows, targetRows]),
    ).toEqual([
      ['empty', 0, 0],
      ['item', 20_000, 20_000],
      ['log', 100, 100],
      ['none', 5, 5],
      ['same', 100, 100],
    ])
  })

  test('names rows that are missing, extra and changed, whatever their columns print', async () => {
    await pair.target.client.query(`DELETE FROM item WHERE id = 7; INSERT INTO item VALUES (-1, 'a "b",c', 'x');
      UPDATE item SET body = body || ' ' WHERE id = 9; UPDATE item SET body = NULL WHERE id = 10`)
    expect(changed(await runVerify(pair))).toEqual([
      {
        table: 'item',
        status: 'different',
        sourceRows: 20_000,
        targetRows: 20_000,
        missing: 1,
        extra: 1,
        changed: 2,
        isComplete: true,
        differences: expect.arrayContaining([
          { kind: 'missing', key: '(7,p)' },
          { kind: 'extra', key: '(-1,"a ""b"",c")' },
          { kind: 'changed', key: '(9,p)' },
          { kind: 'changed', key: '(10,p)' },
        ]),
      },
    ])
  })

  test('counts rows without a key, and copies of them, and does not print them', async () => {
    await pair.target.client.query(`DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE at = 3 LIMIT 2);
      INSERT INTO log VALUES (3, 'secret'); INSERT INTO none SELECT`)
    const result = await runVerify(pair)
    expect(changed(result)).toMatchObject([
      { table: 'log', missing: 2, extra: 1, changed: 0, differences: [] },
      { table: 'none', sourceRows: 5, targetRows: 6, extra: 1, differences: [] },
    ])
    expect(JSON.stringify(result)).not.toContain('secret')
  })

  test('names no more rows than asked for, and counts the others', async () => {
    await pair.target.client.query('DELETE FROM item WHERE id <= 50')
    const [item] = changed(await runVerify(pair, { limit: 3 }))
    expect(item).toMatchObject({ missing: 50, isComplete: true })
    expect(item?.differences).toHaveLength(3)
  })

  test('finds the same of tables that may only be copied, as their owner is not trusted', async () => {
    const owner = await createRole(pair.source.url)
    try {
      for (const name of ['item', 'log', 'same', 'none', 'empty'])
        await pair.source.client.query(`ALTER TABLE ${name} OWNER TO ${owner}`)
      const equal = await runVerify(pair)
      expect(changed(equal)).toEqual([])
      expect(equal.tables.map(({ sourceRows, targetRows }) => [sourceRows, targetRows])).toEqual([
        [0, 0],
        [20_000, 20_000],
        [100, 100],
        [5, 5],
        [100, 100],
      ])
      await pair.target.client.query(`DELETE FROM item WHERE id = 7; INSERT INTO item VALUES (-1, 'a "b",c\\', E'x\ty\nz');
        UPDATE item SET body = body || ' ' WHERE id = 9; UPDATE item SET body = NULL WHERE id = 10;
        DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE at = 3 LIMIT 2); INSERT INTO log VALUES (3, 'secret'); INSERT INTO none SELECT`)
      const result = await runVerify(pair, { limit: 5 })
      expect(changed(result)).toMatchObject([
        { table: 'item', missing: 1, extra: 1, changed: 2, isComplete: true },
        { table: 'log', missing: 2, extra: 1, changed: 0, differences: [] },
        { table: 'none', sourceRows: 5, targetRows: 6, extra: 1, differences: [] },
      ])
      expect(changed(result)[0]?.differences).toEqual(
        expect.arrayContaining([
          { kind: 'missing', key: '(7,p)' },
          { kind: 'extra', key: '(-1,"a ""b"",c\\\\")' },
          { kind: 'changed', key: '(9,p)' },
          { kind: 'changed', key: '(10,p)' },
        ]),
      )
      expect(JSON.stringify(result)).not.toContain('secret')
    } finally {
      await pair.source.client.query(`REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP ROLE ${owner}`)
    }
  })

  test('compares the same sample on both sides', async () => {
    const result = await runVerify(pair, { samplePercent: 10, tables: ['item'] })
    expect(changed(result)).toEqual([])
    expect(result.tables[0]?.sourceRows).toBeGreaterThan(1000)
    expect(result.tables[0]?.sourceRows).toBeLessThan(4000)
    await pair.target.client.query(`UPDATE item SET body = ''`)
    expect(changed(await runVerify(pair, { samplePercent: 10 }))).toMatchObject([
      { table: 'item', changed: result.tables[0]?.sourceRows },
    ])
  })

  test('tells what it could not compare, and why', async () => {
    const role = await createRole(pair.target.url)
    await pair.target.client.query(
      `DROP TABLE same; ALTER TABLE log DROP body; GRANT SELECT ON log, none, empty TO ${role}`,
    )
    const to = { name: 'staging', url: pair.target.urlFor(role, role), isProtected: false }
    expect(changed(await runVerify(pair, { profile: { to } }))).toMatchObject([
      { table: 'item', status: 'not compared', reason: 'may not be read in the target' },
      { table: 'log', status: 'not compared', reason: 'column "body" is missing in the target' },
      { table: 'same', status: 'not compared', reason: 'is missing in the target' },
    ])
  })

  test('rows that a condition leaves out are extra in the target, and the target may be protected', async () => {
    const where = [{ table: { schema: 'public', name: 'same' }, condition: 'id > 1' }]
    const to = { name: 'staging', url: pair.target.url, isProtected: true }
    expect(changed(await runVerify(pair, { profile: { where, to } }))).toMatchObject([
      { table: 'same', extra: 1, differences: [{ kind: 'extra', key: '(1)' }] },
    ])
  })
})

describe('verify of the hostile database', () => {
  const parts = hostileParts.filter(({ name }) => name !== 'large')
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await createDatabasePair()
    for (const part of parts) {
      await pair.source.client.query(hostileSourceSql(part))
      await pair.target.client.query(hostileTargetSql(part))
    }
    await pair.source.client.query(hostileSettingsSql(pair.source.name))
    await pair.target.client.query(hostileSettingsSql(pair.target.name))
  })
  afterAll(() => pair?.drop())

  test('finds what differs before a sync, and nothing after it', async () => {
    const before = await runVerify(pair)
    expect(before.tables.filter(({ status }) => status === 'different').length).toBeGreaterThan(50)
    await runSync(pair)
    const after = await runVerify(pair)
    expect(after.tables.filter(({ status }) => status !== 'equal')).toEqual([])
  })
})

test('text is the same whatever encoding a server keeps it in', async () => {
  const schema = 'CREATE TABLE t (id int PRIMARY KEY, body text);'
  const pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO t VALUES (1, 'äöü'), (2, 'plain')`,
    targetSql: schema,
    encoding: { source: 'UTF8', target: 'LATIN1' },
  })
  await runSync(pair)
  expect((await runVerify(pair)).tables).toMatchObject([{ status: 'equal', targetRows: 2 }])
  await pair.target.client.query(`UPDATE t SET body = 'äöu' WHERE id = 1`)
  expect((await runVerify(pair)).tables).toMatchObject([{ differences: [{ kind: 'changed', key: '(1)' }] }])
  await pair.drop()
})

test('values that were computed by an earlier function, and child tables that only the target has, are found', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
      CREATE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
      CREATE TABLE computed (id int PRIMARY KEY, t text, g text GENERATED ALWAYS AS (public.f(t)) STORED);
      INSERT INTO computed (id, t) VALUES (1, 'a'); CREATE TABLE par (id int PRIMARY KEY); INSERT INTO par VALUES (1);
      CREATE OR REPLACE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)'`,
    targetSql: `
      CREATE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
      CREATE TABLE computed (id int PRIMARY KEY, t text, g text GENERATED ALWAYS AS (public.f(t)) STORED);
      CREATE TABLE par (id int PRIMARY KEY); CREATE TABLE chi () INHERITS (par)`,
  })
  try {
    await runSync(pair, { excluded: ['public.chi'] })
    await pair.target.client.query('INSERT INTO chi VALUES (9)')
    const { tables } = await runVerify(pair)
    expect(tables).toMatchObject([
      { table: { name: 'computed' }, status: 'different', changed: 1 },
      {
        table: { name: 'par' },
        status: 'not compared',
        reason: expect.stringMatching(
          /^in the target shows rows of 1 child table outside the run, such as public\.chi/,
        ),
      },
    ])
  } finally {
    await pair.drop()
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { RunPlan } from '../../src/run/run-plan.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { patternOf, profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { targetFor, WRITING_MODES } from '../support/target-modes.ts'

const named = (name: string) => ({ schema: 'public', name })

const SCHEMA = `
  CREATE TABLE "User" (id serial PRIMARY KEY, email text NOT NULL UNIQUE);
  CREATE TABLE api_key (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES "User" ON DELETE CASCADE, env text, token text UNIQUE);
  CREATE TABLE flag (name text PRIMARY KEY, is_on boolean);
  CREATE TABLE flag_use (id int PRIMARY KEY, flag text REFERENCES flag);
  CREATE TABLE log (line text, n int);
  CREATE TABLE parted (id int, k int, v text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
  CREATE TABLE parted1 PARTITION OF parted FOR VALUES IN (1); CREATE TABLE parted2 PARTITION OF parted FOR VALUES IN (2);
  CREATE TABLE note (id int PRIMARY KEY, body text);
  CREATE TABLE copies (body text);`

const SOURCE = `
  INSERT INTO "User" (email) SELECT 'u' || i || '@live' FROM generate_series(1, 50) i;
  INSERT INTO api_key (user_id, env, token) SELECT i, 'production', 'live-' || i FROM generate_series(1, 40) i;
  INSERT INTO flag VALUES ('new', true), ('old', true), ('more', true); INSERT INTO flag_use VALUES (1, 'new'), (2, 'old');
  INSERT INTO log SELECT 'line ' || i % 3, i % 2 FROM generate_series(1, 10) i; INSERT INTO log VALUES ('own b', 1);
  INSERT INTO parted SELECT i, i % 2 + 1, 'v' FROM generate_series(1, 20) i;
  INSERT INTO note SELECT i, 'n' || i FROM generate_series(1, 10) i; INSERT INTO copies VALUES ('a'), ('a'), ('b');`

const TARGET = `
  INSERT INTO "User" (id, email) VALUES (1, 'old@live'), (2, 'tester@staging'), (900, 'more@staging'), (901, 'deleted@live');
  INSERT INTO api_key VALUES (1, 1, 'production', 'stale'), (2, 2, 'staging', 'own-2'), (800, 900, 'staging', 'own-800'), (801, 901, 'production', 'x');
  SELECT setval('api_key_id_seq', 801); SELECT setval('"User_id_seq"', 901);
  INSERT INTO flag VALUES ('new', false), ('old', false), ('own', true);
  INSERT INTO log VALUES ('own a', 1), ('own a', 1), ('own b', 1), ('line 0', 0), ('gone', 5);
  INSERT INTO parted VALUES (3, 2, 'own'), (500, 1, 'own'), (501, 1, 'old'), (4, 1, 'changed');
  INSERT INTO note VALUES (1, 'n1'), (2, 'edited'), (77, 'own'); INSERT INTO copies VALUES ('a'), ('z');`

const PROFILE: Partial<Profile> = {
  strategy: 'merge',
  keep: [
    { table: named('User'), rows: `email LIKE '%@staging' -- theirs` },
    { table: named('api_key'), rows: `env = 'staging'` },
    { table: named('flag'), rows: true },
    { table: named('log'), rows: `log.line LIKE 'own%'` },
    { table: named('parted'), rows: `v = 'own'` },
  ],
  deletes: {
    others: 'follow',
    tables: [
      { table: named('note'), deletes: 'keep' },
      { table: named('copies'), deletes: 'keep' },
    ],
  },
}

/** What every table holds, in an order of its own. */
async function read({ target: { client } }: DatabasePair): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const table of ['"User"', 'api_key', 'flag', 'flag_use', 'log', 'parted', 'note', 'copies']) {
    const { rows } = await client.query({ text: `SELECT * FROM ${table} AS t ORDER BY t`, rowMode: 'array' })
    found[table] = rows
  }
  return found
}

async function wanted({ source: { client } }: DatabasePair, sql: string): Promise<unknown[]> {
  return (await client.query({ text: sql, rowMode: 'array' })).rows
}

const outcome = ({ tables }: RunResult, name: string) => tables.find(({ table }) => table.name === name)
const reads = ({ tables }: RunPlan) =>
  Object.fromEntries(tables.map(({ table, read: { kind } }) => [table.name, kind]))

describe.each(WRITING_MODES)('rows that the target keeps, by %s', (mode) => {
  let pair: DatabasePair
  let before: Record<string, unknown[]>
  let first: RunResult
  let profile: Partial<Profile>

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + SOURCE, targetSql: SCHEMA + TARGET })
    profile = { ...PROFILE, ...(await targetFor(pair, mode)) }
    before = await read(pair)
    first = await runSync(pair, { profile })
  })
  afterAll(() => pair.drop())

  test('are neither changed nor deleted, and win over rows of the source with their keys', async () => {
    const now = await read(pair)
    expect(now['"User"']).toEqual(
      await wanted(
        pair,
        `SELECT id, email FROM "User" WHERE id <> 2 UNION ALL VALUES (2, 'tester@staging'), (900, 'more@staging') ORDER BY 1`,
      ),
    )
    expect(now.api_key).toEqual(
      await wanted(
        pair,
        `SELECT * FROM api_key WHERE id <> 2 UNION ALL VALUES (2, 2, 'staging', 'own-2'), (800, 900, 'staging', 'own-800') ORDER BY 1`,
      ),
    )
    expect(now.flag).toEqual(before.flag)
    expect(now.flag_use).toEqual([
      [1, 'new'],
      [2, 'old'],
    ])
    expect(now.log).toEqual(
      await wanted(pair, `SELECT * FROM log UNION ALL VALUES ('own a', 1), ('own a', 1) ORDER BY 1, 2`),
    )
    expect(now.parted).toEqual(
      await wanted(
        pair,
        `SELECT * FROM parted WHERE id <> 3 UNION ALL VALUES (3, 2, 'own'), (500, 1, 'own') ORDER BY 1, 2`,
      ),
    )
    expect(now.note).toEqual(await wanted(pair, `TABLE note UNION ALL VALUES (77, 'own') ORDER BY 1`))
    expect(now.copies).toEqual([['a'], ['a'], ['b'], ['z']])
  })

  test('are counted apart, with the rows of the source that were left out for them', () => {
    expect(outcome(first, 'User')).toMatchObject({
      inserted: 48,
      updated: 1,
      deleted: 1,
      kept: 2,
      leftOut: 1,
    })
    expect(outcome(first, 'api_key')).toMatchObject({ kept: 2, leftOut: 1, deleted: 1, unchanged: 0 })
    expect(outcome(first, 'flag')).toMatchObject({ inserted: 0, deleted: 0, kept: 3 })
    expect(outcome(first, 'note')).toMatchObject({ updated: 1, inserted: 8, deleted: 0, kept: 1, leftOut: 0 })
    expect(outcome(first, 'flag_use')).not.toHaveProperty('kept')
  })

  test('are no differences', async () => {
    const options = { tables: [], samplePercent: 100, limit: 10 }
    const watch = {
      signal: new AbortController().signal,
      report: () => undefined,
      confirm: async () => 'yes' as const,
    }
    for (const isCounted of [false, true]) {
      const { tables } = await verify(profileOf(pair, profile), { ...options, isCounted }, watch)
      expect(tables.filter(({ status }) => status !== 'equal')).toEqual([])
      const found = Object.fromEntries(tables.map(({ table, kept }) => [table.name, kept]))
      expect(found).toEqual({
        User: 2,
        api_key: 2,
        flag: 3,
        flag_use: undefined,
        log: 3,
        parted: 2,
        note: 1,
        copies: 1,
      })
    }
  })

  test('leave sequences ahead of their numbers', async () => {
    const { rows } = await pair.target.client.query(`SELECT nextval('api_key_id_seq')::int AS key`)
    expect(rows).toEqual([{ key: 802 }])
  })

  test('do not make the next run read in full, whoever changes them, and it brings what changed', async () => {
    await pair.target.client.query(`
      UPDATE api_key SET token = 'edited' WHERE id = 2; DELETE FROM api_key WHERE id = 800;
      INSERT INTO api_key VALUES (803, 2, 'staging', 'fresh'), (39, 2, 'staging', 'over')  ON CONFLICT (id) DO NOTHING;
      DELETE FROM parted WHERE id = 3; INSERT INTO parted VALUES (600, 2, 'own'); UPDATE flag SET is_on = NULL`)
    await pair.source.client.query(`
      UPDATE api_key SET token = 'changed ' || id WHERE id IN (1, 2); DELETE FROM api_key WHERE id IN (3, 40);
      INSERT INTO api_key VALUES (803, 1, 'production', 'hidden'), (900, 1, 'production', 'come');
      UPDATE parted SET v = 'w' WHERE id = 5; UPDATE note SET body = 'w' WHERE id = 3; DELETE FROM note WHERE id = 4;
      INSERT INTO note VALUES (77, 'taken'), (78, 'new')`)
    await Promise.all([untilSettled(pair.source.client), untilSettled(pair.target.client)])
    const plan = await runPlan(pair, { profile })
    expect(reads(plan)).toMatchObject({
      api_key: 'incremental',
      parted: 'incremental',
      note: 'incremental',
      User: 'incremental',
      flag: 'full',
    })
    const events: string[] = []
    const second = await runSync(pair, {
      profile,
      onEvent: (event) => event.type === 'warning' && events.push(event.message),
    })
    expect(events).toEqual([])
    const now = await read(pair)
    expect(now.api_key).toEqual(
      await wanted(
        pair,
        `SELECT * FROM api_key WHERE id NOT IN (2, 803) UNION ALL VALUES (2, 2, 'staging', 'edited'), (803, 2, 'staging', 'fresh') ORDER BY 1`,
      ),
    )
    expect(now.parted).toEqual(
      await wanted(pair, `TABLE parted UNION ALL VALUES (500, 1, 'own'), (600, 2, 'own') ORDER BY 1, 2`),
    )
    expect(now.note).toEqual(await wanted(pair, `TABLE note UNION ALL VALUES (4, 'n4') ORDER BY 1`))
    expect(outcome(second, 'api_key')).toMatchObject({
      inserted: 1,
      updated: 1,
      deleted: 2,
      kept: 2,
      leftOut: 2,
    })
    expect(outcome(second, 'note')).toMatchObject({ inserted: 1, updated: 2, deleted: 0, kept: 1 })
  })

  test('are left alone by rollbacks', async () => {
    await pair.target.client.query(`UPDATE api_key SET token = 'edited again' WHERE id = 2`)
    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    const now = await read(pair)
    const { api_key: keys = [], parted: _, flag: __, ...rest } = before
    expect(now).toMatchObject(rest)
    expect(now.api_key).toEqual([
      keys[0],
      [2, 2, 'staging', 'edited again'],
      keys[3],
      [803, 2, 'staging', 'fresh'],
    ])
  })
})

describe('a profile that keeps rows', () => {
  let pair: DatabasePair
  const SMALL = `
    CREATE TABLE parent (id int PRIMARY KEY, env text);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE, env text, code text UNIQUE, at timestamptz);
    CREATE TABLE other (id int PRIMARY KEY);
    ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `CREATE TABLE c${n} (LIKE child);`).join(' ')}`
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SMALL} INSERT INTO parent VALUES (1, 'live'); INSERT INTO child VALUES (1, 1, 'live', 'a')`,
      targetSql: `${SMALL} INSERT INTO parent VALUES (1, 'live'), (2, 'live'), (3, 'live');
        INSERT INTO child VALUES (7, 2, 'own', 'x'), (8, 3, 'own', 'y'), (9, 2, 'live', 'z')`,
    })
  })
  afterAll(() => pair.drop())
  const keep = (rows: string | true, table = 'child') => ({
    strategy: 'merge' as const,
    keep: [{ table: named(table), rows }],
  })

  test('is refused where its conditions cannot say which rows stay', async () => {
    const conditions = [
      'nothing = 1',
      'id',
      'true) OR (true',
      `xmin = '1'`,
      'at > now()',
      'random() < 1',
      'parent IN (SELECT 1)',
      `c8.env = 'own' AND at < '2020-01-01' -- sound`,
      'id = $1',
    ]
    const rules = conditions.map((rows, at) => ({ table: named(`c${at + 1}`), rows }))
    const all = [...rules, { table: named('nowhere'), rows: true as const }]
    const { findings } = await runPlan(pair, { profile: { strategy: 'merge', keep: all } })
    const errors = findings.filter(({ severity }) => severity === 'error')
    const not = 'its `keep` condition is not valid:'
    expect(errors.map(({ code, subject, message }) => `${code} ${subject} ${message}`).sort()).toEqual([
      `keep public.c1 ${not} column "nothing" does not exist`,
      expect.stringMatching(/^keep public.c2 .* must be type boolean/),
      expect.stringMatching(/^keep public.c3 .* syntax error/),
      `keep public.c4 ${not} column "xmin" does not exist`,
      expect.stringMatching(/^keep public.c5 .* it calls now\(\), which is STABLE/),
      expect.stringMatching(/^keep public.c6 .* it calls random\(\), which is VOLATILE/),
      `keep public.c7 ${not} it reads other rows, but may only use the row itself`,
      `keep public.c9 ${not} it has a parameter such as $1, which has no value`,
      'keep public.nowhere is named in `keep`, and is not among the tables of the run',
    ])
  })

  test('asks before the first run about the other rows alone', async () => {
    const own = keep(`env <> 'live'`)
    const profile = { ...own, keep: [...own.keep, { table: named('parent'), rows: 'id > 1' }] }
    const plan = await runPlan(pair, { profile })
    expect(plan.findings.map(({ message }) => message).join()).toMatch(/up to 2 rows in 2 tables/)
  })

  test.each(['a superuser', 'a plain owner'] as const)(
    'is refused, by %s, where rows to keep lose their parents, or have values that rows of the source have',
    async (mode) => {
      const own = { ...keep(`env = 'own'`), to: await targetFor(pair, mode) }
      const before = await pair.target.client.query('SELECT * FROM child ORDER BY id')
      const found = async (profile: Partial<Profile>) => {
        const { findings } = await runPlan(pair, { profile })
        return findings
          .filter(({ code }) => code === 'orphan')
          .map(({ subject, message }) => `${subject} ${message}`)
      }
      const bereft = (rows: number) =>
        `public.child has ${rows} rows that the run must keep and that would refer to rows of public.parent that the source no longer has (foreign key "child_parent_fkey")`
      expect(await found(own), 'before the run, too').toEqual([bereft(2)])
      expect(
        await found({
          ...own,
          keep: [],
          deletes: { others: 'follow', tables: [{ table: named('child'), deletes: 'keep' }] },
        }),
      ).toEqual([bereft(3)])
      await expect(runSync(pair, { profile: own })).rejects.toThrow(
        'public.child: 2 rows that the run must keep would refer to rows of public.parent that the source no longer has (foreign key "child_parent_fkey")',
      )
      const both = { ...own, keep: [...own.keep, { table: named('parent'), rows: 'id IN (2, 3)' }] }
      expect(await found(both)).toEqual([])
      await pair.target.client.query(`UPDATE child SET code = 'a' WHERE id = 7`)
      await expect(runSync(pair, { profile: both })).rejects.toThrow(
        'public.child: rows that the target keeps and rows of the source have the same values in "child_code_key"',
      )
      await pair.target.client.query(`UPDATE child SET code = 'x' WHERE id = 7`)
      expect((await pair.target.client.query('SELECT * FROM child ORDER BY id')).rows).toEqual(before.rows)
    },
  )
})

test('a rollback does not write over what users have made of rows that stay', async () => {
  const schema = 'CREATE TABLE person (id serial PRIMARY KEY, email text)'
  const pair = await createDatabasePair({
    sourceSql: `${schema}; INSERT INTO person VALUES (1, 'a@live'), (7, 'b@live')`,
    targetSql: schema,
  })
  try {
    const profile = {
      strategy: 'merge' as const,
      keep: [{ table: named('person'), rows: `email LIKE '%@staging'` }],
    }
    await runSync(pair, { profile })
    await pair.source.client.query(
      `DELETE FROM person WHERE id = 7; INSERT INTO person VALUES (8, 'c@staging')`,
    )
    await runSync(pair, { profile })
    await pair.target.client.query(
      `INSERT INTO person VALUES (7, 'mine@staging'), (9, 'more@staging'); UPDATE person SET email = 'edited@staging' WHERE id = 8`,
    )
    const rows = async () => (await pair.target.client.query('SELECT * FROM person ORDER BY id')).rows
    const before = await rows()
    await expect(runRollback(pair, { profile })).rejects.toThrow(/2 rows of its own/)
    expect(await rows()).toEqual(before)
    await pair.target.client.query('DELETE FROM person WHERE id IN (7, 8)')
  } finally {
    await pair.drop()
  }
})

test('a row that stayed while it did not meet its condition gets the values of the source once it does again', async () => {
  const schema = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
  const own = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO item SELECT i, 'old' FROM generate_series(1, 10) i; CREATE TABLE border AS SELECT 10 AS n`,
    targetSql: schema,
  })
  const rules: Partial<Profile> = {
    strategy: 'merge',
    include: [patternOf('public.item')],
    where: [{ table: named('item'), condition: 'id <= (SELECT n FROM public.border)' }],
  }
  const keeping: Partial<Profile> = { ...rules, deletes: { others: 'keep', tables: [] } }
  const bodies = async (side: 'source' | 'target') =>
    (await own[side].client.query('SELECT id, body FROM item ORDER BY id')).rows
  for (const [round, next] of [keeping, rules].entries()) {
    await own.source.client.query('UPDATE border SET n = 10')
    await runSync(own, { profile: keeping })
    await own.source.client.query(`UPDATE border SET n = 5; UPDATE item SET body = 'new ${round}'`)
    await untilSettled(own.source.client)
    await runSync(own, { profile: keeping })
    await own.source.client.query('UPDATE border SET n = 10')
    await runSync(own, { profile: next })
    expect(await bodies('target')).toEqual(await bodies('source'))
  }
  const readOf = async (condition: string) =>
    reads(await runPlan(own, { profile: { ...keeping, where: [{ table: named('item'), condition }] } }))
  await runSync(own, { profile: { ...keeping, where: [{ table: named('item'), condition: 'id < 8' }] } })
  expect(await readOf('id < 8')).toEqual({ item: 'incremental' })
  await own.drop()
})

test('rows that stay because of a function are others once it is replaced', async () => {
  const schema = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
  const keeping = (id: number) =>
    `CREATE OR REPLACE FUNCTION mine(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 = ${id}';`
  const own = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO item SELECT i, 'live' FROM generate_series(1, 10) i`,
    targetSql: `${schema} ${keeping(5)} INSERT INTO item VALUES (5, 'own')`,
  })
  const rules: Partial<Profile> = {
    strategy: 'merge',
    keep: [{ table: named('item'), rows: 'public.mine(id)' }],
  }
  const readOf = async () => reads(await runPlan(own, { profile: rules }))
  await runSync(own, { profile: rules })
  await untilSettled(own.target.client)
  await runSync(own, { profile: rules })
  expect(await readOf()).toEqual({ item: 'incremental' })
  await own.target.client.query(keeping(6))
  await untilSettled(own.target.client)
  expect(await readOf()).toEqual({ item: 'full' })
  await runSync(own, { profile: rules })
  const { rows } = await own.target.client.query(`SELECT * FROM item WHERE body <> 'live'`)
  expect(rows).toEqual([])
  expect(await readOf()).toEqual({ item: 'incremental' })
  await own.drop()
})

import { afterEach, expect, test } from 'vitest'
import type { Profile } from '../../src/config/config.ts'
import { retrySwap } from '../../src/jobs/retry-swap.ts'
import { verify } from '../../src/jobs/verify.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { connect, createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { executeElsewhere } from '../support/run-program.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair, type SwapPair } from '../support/swapped.ts'
import { targetFor } from '../support/target-modes.ts'

let pair: DatabasePair | SwapPair | undefined
afterEach(async () => {
  await pair?.drop()
  pair = undefined
})

const named = (name: string) => ({ schema: 'public', name })
const rule = (name: string, rows: string | true) => ({ table: named(name), rows })

async function differences(of: DatabasePair, profile: Partial<Profile>) {
  const context = { signal: new AbortController().signal, report: () => undefined }
  const options = { tables: [], samplePercent: 100, limit: 10 }
  const found: unknown[] = []
  for (const isCounted of [false, true]) {
    const { tables } = await verify(profileOf(of, profile), { ...options, isCounted }, context)
    found.push(
      ...tables.flatMap(({ table, status, differences: rows }) =>
        status === 'equal' ? [] : [{ table: table.name, status, rows }],
      ),
    )
  }
  return found
}

const SCHEMA = `
  CREATE EXTENSION citext;
  CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, nick text);
  CREATE TABLE key (id int PRIMARY KEY, person int NOT NULL REFERENCES person ON DELETE CASCADE, env text, token text UNIQUE);
  CREATE TABLE use (id int PRIMARY KEY, key int NOT NULL REFERENCES key ON DELETE CASCADE, own boolean);
  CREATE TABLE entry (person int REFERENCES person ON DELETE SET NULL, line text);
  CREATE TABLE price (amount numeric PRIMARY KEY, wait interval, note text, UNIQUE (wait));
  CREATE TABLE account (email citext PRIMARY KEY, own boolean, body text);
  CREATE TABLE flag (id serial PRIMARY KEY, name text);`

test('rows that stay, where an owner must put them back as the unique values of their parents change, and where equal keys have other texts', async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA}
      INSERT INTO person SELECT i, 'p' || i || '@live', 'n' || i FROM generate_series(1, 10) i;
      INSERT INTO key SELECT i, i, 'live', 'k' || i FROM generate_series(1, 5) i;
      INSERT INTO use VALUES (1, 1, false); INSERT INTO entry VALUES (2, 'live'), (2, 'live');
      INSERT INTO price VALUES (1.0, '1 day', 'live'), (-0.5, '2 days', 'live'), (7, '3 days', 'live');
      INSERT INTO account VALUES ('Bob@x', false, 'live'), ('Eve@x', false, 'live');
      INSERT INTO flag (name) SELECT 'f' || i FROM generate_series(1, 500) i`,
    targetSql: `${SCHEMA}
      INSERT INTO person VALUES (1, 'p2@live', 'a'), (2, 'p1@live', 'b'), (3, 'old@live', 'c'), (4, 'p4@live', 'n4');
      INSERT INTO key VALUES (1, 1, 'live', 'stale'), (90, 2, 'own', 'mine'), (91, 3, 'own', 'more'), (92, 4, 'own', 'still');
      INSERT INTO use VALUES (9, 90, true), (8, 91, false);
      INSERT INTO entry VALUES (2, 'own'), (2, 'own'), (3, 'own'), (3, 'old');
      INSERT INTO price VALUES (1.00, '24:00', 'own'), (9, '9 days', 'live');
      INSERT INTO account VALUES ('BOB@x', true, 'own'), ('eve@X', false, 'old'), ('Tester@x', false, 'kept by its name');
      INSERT INTO flag VALUES (3, 'own'); SELECT setval('flag_id_seq', 5)`,
  })
  const { source, target } = pair
  const profile = {
    to: await targetFor(pair, 'a plain owner'),
    strategy: 'merge' as const,
    keep: [
      rule('key', `env = 'own'`),
      rule('use', 'own'),
      rule('entry', `line = 'own'`),
      rule('price', `note = 'own'`),
      // The operator of citext, as in psql.
      rule('account', `own OR email = 'TESTER@X'`),
      rule('flag', true),
    ],
  }
  const rows = async (sql: string) => (await target.client.query({ text: sql, rowMode: 'array' })).rows
  const own = async () => ({
    key: await rows(`SELECT * FROM key WHERE env = 'own' ORDER BY 1`),
    use: await rows('SELECT * FROM use WHERE own'),
    entry: await rows(`SELECT * FROM entry WHERE line = 'own' ORDER BY 1, 2`),
    price: await rows(`SELECT amount::text, note FROM price WHERE note = 'own'`),
    account: await rows(`SELECT email, body FROM account WHERE own OR email = 'tester@x' ORDER BY 1`),
    flag: await rows('SELECT f, (SELECT last_value FROM flag_id_seq) FROM flag AS f'),
  })
  const before = await own()
  const first = await runSync(pair, { profile })
  expect(await own()).toEqual(before)
  expect(await rows('SELECT * FROM person ORDER BY id')).toEqual(
    (await source.client.query({ text: 'SELECT * FROM person ORDER BY id', rowMode: 'array' })).rows,
  )
  expect(await rows('SELECT * FROM entry ORDER BY 1, 2')).toHaveLength(5)
  expect(await differences(pair, profile)).toEqual([])
  expect(first.tables.find(({ table }) => table.name === 'key')).toMatchObject({ kept: 3, deleted: 0 })

  // Read incrementally, with a chain of values that move on.
  await source.client.query(`UPDATE person SET email = 'x' || email WHERE id IN (2, 4);
    UPDATE person SET email = 'p2@live' WHERE id = 3; UPDATE key SET token = 'changed' WHERE id = 1`)
  await Promise.all([untilSettled(source.client), untilSettled(target.client)])
  await runSync(pair, { profile })
  expect(await own()).toEqual(before)
  expect(await differences(pair, profile)).toEqual([])

  // What users make of them afterwards is not touched by rollbacks.
  await target.client.query(
    `UPDATE key SET token = 'edited' WHERE id = 90; UPDATE entry SET line = 'own', person = 4 WHERE person = 3 AND line = 'own'`,
  )
  const edited = await own()
  await runRollback(pair, { profile })
  await runRollback(pair, { profile })
  expect(await own()).toEqual(edited)
  expect(await rows('SELECT * FROM person ORDER BY id')).toEqual([
    [1, 'p2@live', 'a'],
    [2, 'p1@live', 'b'],
    [3, 'old@live', 'c'],
    [4, 'p4@live', 'n4'],
  ])
}, 90_000)

test('rows whose keys may equal those of rows that stay are not called missing', async () => {
  const schema = `CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('a', 'A');
    CREATE TABLE loose (id text COLLATE nocase PRIMARY KEY, v text); CREATE TABLE doc (id jsonb PRIMARY KEY, v text);
    CREATE TABLE list (id numeric[] PRIMARY KEY, v text); CREATE TABLE blank (id bpchar PRIMARY KEY, v text);
    CREATE TABLE plain (id mood PRIMARY KEY, v text);`
  const values = (loose: string, doc: string, list: string, blank: string, v: string) =>
    `INSERT INTO loose VALUES ('${loose}', '${v}'); INSERT INTO doc VALUES ('${doc}', '${v}');
     INSERT INTO list VALUES ('${list}', '${v}'); INSERT INTO blank VALUES ('${blank}', '${v}'); INSERT INTO plain VALUES ('a', '${v}');`
  pair = await createDatabasePair({
    sourceSql: schema + values('A', '1.0', '{1.0}', 'x', 's'),
    targetSql: schema + values('a', '1.00', '{1.00}', 'x  ', 'keep'),
  })
  const names = ['loose', 'doc', 'list', 'blank', 'plain']
  const keep = names.map((name) => rule(name, `v = 'keep'`))
  await runSync(pair, { profile: { keep } })
  const made = pair
  const judge = async () => {
    const context = { signal: new AbortController().signal, report: () => undefined }
    const options = { tables: [], samplePercent: 100, limit: 10 }
    const { tables } = await verify(profileOf(made, { keep }), options, context)
    return Object.fromEntries(tables.map(({ table, status }) => [table.name, status]))
  }
  const doubtful = { loose: 'not compared', doc: 'not compared', list: 'not compared' }
  expect(await judge()).toEqual({ ...doubtful, blank: 'equal', plain: 'equal' })
  await pair.source.client.query(`INSERT INTO plain VALUES ('A', 's')`)
  expect(await judge()).toMatchObject({ plain: 'different' })
}, 60_000)

test('foreign keys that are NOT VALID hold for rows that stay, and rules for tables that the run creates are none too many', async () => {
  const child = (
    more = '',
  ) => `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int, own boolean);
    ALTER TABLE child ADD CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID; ${more}`
  pair = await createDatabasePair({
    sourceSql: child(
      'INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1); CREATE TABLE later (id int)',
    ),
    targetSql: child('INSERT INTO parent VALUES (1), (9); INSERT INTO child VALUES (9, 9, true)'),
  })
  const { target } = pair
  for (const mode of ['a superuser', 'a plain owner'] as const) {
    const profile = {
      to: await targetFor(pair, mode),
      strategy: 'merge' as const,
      schema: 'create' as const,
      keep: [rule('child', 'own'), rule('later', 'id > 5')],
    }
    const { findings } = await runPlan(pair, { profile })
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    await expect(runSync(pair, { profile })).rejects.toThrow(/public\.child.*"to_parent"/s)
    expect((await target.client.query('SELECT * FROM child')).rows).toEqual([{ id: 9, parent: 9, own: true }])
  }
}, 60_000)

test('a swap that compares every value keeps rows by columns that only staging has, without a key and with domains, and the sequence of a whole table', async () => {
  const tables = `CREATE DOMAIN code AS varchar(20) CHECK (length(value) > 0);
    CREATE TABLE person (id int PRIMARY KEY, email text); CREATE TABLE entry (line code, n numeric); CREATE TABLE other (id int PRIMARY KEY);
    CREATE TABLE flag (id serial PRIMARY KEY, name text);`
  const swap = await createSwapPair('a plain owner', {
    sourceSql: `${tables} INSERT INTO person VALUES (1, 'a'), (2, 'b'); INSERT INTO entry VALUES ('x', 1), ('own', 1.0); INSERT INTO other VALUES (1);
      INSERT INTO flag (name) SELECT 'f' FROM generate_series(1, 50)`,
    targetSql: `${tables} ALTER TABLE person ADD COLUMN own boolean; INSERT INTO person VALUES (2, 'mine', true), (3, 'old', false), (4, 'more', true);
      INSERT INTO entry VALUES ('own', 1.0), ('own', 1.0), ('own', 1.00), ('y', 2); INSERT INTO other VALUES (7); INSERT INTO flag VALUES (3, 'own'); SELECT setval('flag_id_seq', 5)`,
  })
  pair = swap
  const profile = {
    to: swap.to,
    strategy: 'swap' as const,
    swap: { keep: 1, locale: 'source', switchMs: 10_000, verify: 'full' } as const,
    keep: [rule('person', 'own'), rule('entry', `line = 'own'`), rule('flag', true)],
    deletes: { others: 'follow' as const, tables: [{ table: named('other'), deletes: 'keep' as const }] },
    columns: [{ table: named('person'), exclude: ['own'] }],
  }
  expect((await runSync(swap, { profile })).warnings).toEqual([])
  const read = (sql: string) => swap.ask<{ t: string }>(sql).then((found) => found.map(({ t }) => t))
  expect(await read('SELECT p::text AS t FROM person p ORDER BY id')).toEqual([
    '(1,a)',
    '(2,mine)',
    '(4,more)',
  ])
  expect(await read('SELECT e::text AS t FROM entry e ORDER BY 1')).toEqual([
    '(own,1.0)',
    '(own,1.0)',
    '(own,1.00)',
    '(x,1)',
  ])
  expect(await read('SELECT o::text AS t FROM other o ORDER BY 1')).toEqual(['(1)', '(7)'])
  expect(
    await read(`SELECT f::text || ' ' || (SELECT last_value FROM flag_id_seq) AS t FROM flag f`),
  ).toEqual(['(3,own) 5'])

  // What users change while the new database is built comes along, also where the switch is tried again.
  const later = {
    ...profile,
    keep: [rule('person', 'id IN (2, 4, 5, 6)'), rule('entry', `line = 'own'`), rule('flag', true)],
  }
  const whileBuilt = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch') executeElsewhere(swap.target.url, EDITS)
  }
  const edited = await runSync(swap, { profile: later, onEvent: whileBuilt })
  expect(edited.warnings.map(({ message }) => message)).toEqual([
    'Rows that stay were changed in public.entry while the new database was built, and these changes are only in the previous database: a table without a key is not compared row by row',
  ])
  const people = 'SELECT p::text AS t FROM person p ORDER BY id'
  expect(await read(people)).toEqual(['(1,a)', '(2,b)', '(4,edited)', '(5,fresh)'])
  expect(await read('SELECT o::text AS t FROM other o ORDER BY 1')).toEqual(['(1)', '(8)'])
  expect(
    await read(`SELECT f::text || ' ' || (SELECT last_value FROM flag_id_seq) AS t FROM flag f ORDER BY 1`),
  ).toEqual(['(3,changed) 6', '(6,new) 6'])
  const stranger = await connect(swap.target.url)
  const hasty = { ...later, swap: { ...later.swap, switchMs: 300 } }
  await expect(runSync(swap, { profile: hasty })).rejects.toThrow(/did not end in time/)
  await stranger.query(
    `UPDATE person SET email = 'late' WHERE id = 4; INSERT INTO person VALUES (6, 'later')`,
  )
  await stranger.end()
  await untilAlone(swap)
  const context = { signal: new AbortController().signal, report: () => undefined }
  expect((await retrySwap(profileOf(swap, later), context)).warnings).toEqual([])
  expect(await read(people)).toEqual(['(1,a)', '(2,b)', '(4,late)', '(5,fresh)', '(6,later)'])

  // Of another type, the values of rows that stay would be others.
  await swap.ask(`ALTER TABLE public.person ALTER email TYPE varchar(3) USING left(email, 3)`)
  const typed = { ...profile, keep: [rule('person', 'id = 4')] }
  await expect(runSync(swap, { profile: typed })).rejects.toThrow(
    'public.person: column "email" is character varying(3) in the target and text in the source, and rows that stay have values in it',
  )
}, 120_000)

/** Rows that stay are changed, added and deleted, the source's own among them. */
const EDITS = `UPDATE person SET email = 'edited' WHERE id = 4; INSERT INTO person VALUES (5, 'fresh'); DELETE FROM person WHERE id = 2;
  INSERT INTO person VALUES (2, 'b'); UPDATE person SET email = 'nothing' WHERE id = 1;
  DELETE FROM other WHERE id = 7; INSERT INTO other VALUES (8); UPDATE flag SET name = 'changed'; INSERT INTO flag (name) VALUES ('new');
  INSERT INTO entry VALUES ('own', 9)`

async function untilAlone({ ask }: SwapPair): Promise<void> {
  const others = `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()`
  await expect.poll(async () => (await ask(others)).length).toBe(0)
}

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { patternOf, runPlan, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

const SCHEMA = `CREATE TABLE p (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
  CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p);
  CREATE TABLE pair (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b));
  CREATE TABLE strict (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL);
  CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree, ok bool NOT NULL DEFAULT true);`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO p VALUES (1, 1, 1), (2, 2, 2);
      INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL);
      INSERT INTO pair VALUES (1, 1, 1), (2, 2, 2), (3, NULL, 2), (4, 2, NULL), (5, NULL, NULL);
      INSERT INTO strict VALUES (1, 1, 1), (2, 2, 2), (3, NULL, NULL);
      INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, NULL), (5, 5), (6, 7), (7, 6), (8, 3); UPDATE tree SET ok = false WHERE id = 2`,
    targetSql: `${SCHEMA} CREATE TABLE stg (id int PRIMARY KEY, p_id int REFERENCES p)`,
  })
})
afterAll(() => pair?.drop())

const CONDITIONS = ['public.p=id < 2', 'public.tree=ok']

test('the condition that is proposed for rows of filtered parents leaves out these rows, and no other ones', async () => {
  const { findings } = await runPlan(pair, { conditions: CONDITIONS })
  const orphans = findings.filter(({ code }) => code === 'orphan')
  const proposed = orphans.map(({ subject, hint = '' }) => {
    const [, ofTree] = /add AND (.+) to its `where`/.exec(hint) ?? []
    const [, rule = ''] = /where: \{ '[^']+': '([^']+)' \}/.exec(hint) ?? []
    return `${subject}=${(ofTree ?? rule).replace('…', ofTree === undefined ? 'id < 2' : 'ok')}`
  })
  expect(proposed).toEqual([
    'public.c="p_id" IS NULL OR ("p_id") IN (SELECT "id" FROM "public"."p" WHERE id < 2)',
    'public.pair="a" IS NULL OR "b" IS NULL OR ("a", "b") IN (SELECT "a", "b" FROM "public"."p" WHERE id < 2)',
    'public.strict=("a" IS NULL AND "b" IS NULL) OR ("a", "b") IN (SELECT "a", "b" FROM "public"."p" WHERE id < 2)',
    'public.tree=("id") NOT IN (WITH RECURSIVE dropped AS (SELECT "id" FROM "public"."tree" WHERE (ok) IS NOT TRUE ' +
      'UNION SELECT c."id" FROM "public"."tree" AS c JOIN dropped AS d ON (c."up") = (d."id")) SELECT "id" FROM dropped)',
  ])
  await runSync(pair, { conditions: [...CONDITIONS, ...proposed] })
  const ids = async (table: string) =>
    (await pair.target.client.query(`SELECT id FROM ${table} ORDER BY id`)).rows.map(({ id }) => id)
  expect(await ids('c')).toEqual([1, 3])
  expect(await ids('pair')).toEqual([1, 3, 4, 5])
  expect(await ids('strict')).toEqual([1, 3])
  expect(await ids('tree')).toEqual([1, 4, 5, 6, 7])
})

test('a foreign key between two tables outside the run is worth no word', async () => {
  const { findings } = await runPlan(pair, {
    excluded: ['public.p', 'public.c', 'public.pair', 'public.strict'],
  })
  expect(findings.filter(({ code }) => code === 'foreign-key')).toEqual([])
})

test('what leaves a table out decides how to bring it over; that of the target alone cannot come', async () => {
  const hintOf = async (of: string, options: Parameters<typeof runPlan>[1]) => {
    const { findings } = await runPlan(pair, options)
    return findings
      .filter(({ subject, hint }) => subject === of && hint !== undefined)
      .map(({ hint }) => hint)
  }
  const include = ['public.c'].map(patternOf)
  expect(await hintOf('public.c', { profile: { include } })).toEqual([
    expect.stringContaining("add 'public.p' to include, or run with --table '*.*' --table public.p"),
  ])
  expect(await hintOf('public.c', { tables: ['c'] })).toEqual([
    expect.stringContaining('add --table public.p'),
  ])
  await pair.target.client.query('INSERT INTO p VALUES (77, 77, 77); INSERT INTO stg VALUES (1, 77)')
  const [ofOwn] = await hintOf('public.stg', {})
  expect(ofOwn).toContain('public.stg is not part of the run, as only the target has it')
  expect(ofOwn).toContain('keep: { public.p: <condition> }')
  const kept = (rows: string) => ({ profile: { keep: [{ table: { schema: 'public', name: 'p' }, rows }] } })
  expect(await hintOf('public.stg', kept('id < 50')), 'another one is kept').toHaveLength(1)
  expect(await hintOf('public.stg', kept('id > 50'))).toEqual([])
  await pair.target.client.query('DELETE FROM stg; DELETE FROM p WHERE id = 77')
  expect(ofOwn, 'not what only moves the problem').toContain(
    "exclude: ['public.p', 'public.c', 'public.pair', 'public.strict']",
  )
})

test('a table outside the run is only to be included if the role could write it', async () => {
  const to = await targetFor(pair, 'a plain owner')
  const advise = async () => {
    const { findings } = await runPlan(pair, { profile: { to }, excluded: ['public.p'] })
    return findings.find(({ subject }) => subject === 'public.c')?.hint
  }
  expect(await advise()).toContain("remove 'public.p' from exclude")
  await pair.target.client.query('CREATE ROLE auth_owner; ALTER TABLE p OWNER TO auth_owner')
  const hint = await advise()
  await pair.target.client.query(
    'ALTER TABLE p OWNER TO CURRENT_USER; DROP OWNED BY auth_owner; DROP ROLE auth_owner',
  )
  expect(hint).toBe(
    "public.p is not part of the run, and as it belongs to auth_owner, the role could not copy it. Limit the rows of public.c by a `where`, or leave it out: exclude: ['public.c']. " +
      "A role that may set session_replication_role could copy it, with 'public.p' in include.",
  )
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { editManifest } from '../support/edit-dump.ts'
import { maskedBy } from '../support/masks.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { linesOf } from '../support/validation-cases.ts'

const LOOSE = `(provider = icu, locale = 'und-u-ks-level2', deterministic = false)`

const PARENTS = (collation: string) => `
CREATE TABLE person (email text ${collation} PRIMARY KEY);
CREATE TABLE login (id int PRIMARY KEY, email text ${collation} REFERENCES person);`

const OTHERS = `
CREATE TABLE code (code char(10) PRIMARY KEY);
CREATE TABLE coded (id int PRIMARY KEY, code text REFERENCES code);
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE half (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES pair MATCH FULL);
CREATE TABLE named (id int PRIMARY KEY, rel regclass, types regtype[]);`

const ROWS = `
INSERT INTO person VALUES ('Ada@Example.com');
INSERT INTO login VALUES (1, 'ada@example.COM');
INSERT INTO code VALUES ('ab');
INSERT INTO coded VALUES (1, 'ab');
INSERT INTO pair VALUES (1, 2);
INSERT INTO half VALUES (1, 1, 2);`

let pair: DatabasePair
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-test-'))
  const loose = `CREATE COLLATION public.ci ${LOOSE};`
  const strict = `CREATE COLLATION public.ci (provider = icu, locale = 'und');`
  pair = await createDatabasePair({
    sourceSql: loose + PARENTS('COLLATE public.ci') + OTHERS + ROWS,
    targetSql: strict + PARENTS('COLLATE public.ci') + OTHERS,
  })
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await pair.drop()
})

const refused = (run: Promise<unknown>) =>
  run.then(
    () => 'it ran',
    (error: Error & { findings?: readonly Finding[] }) =>
      [error.message, ...linesOf(error.findings ?? [])].join('\n'),
  )

const orphans = async () =>
  (
    await pair.target.client.query(
      'SELECT count(*)::int AS n FROM login l WHERE NOT EXISTS (SELECT FROM person p WHERE p.email = l.email)',
    )
  ).rows[0].n

test('a collation that takes other texts for equal than that of the same name does not prove a foreign key', async () => {
  const tables = ['public.person', 'public.login']
  for (const strategy of ['merge', 'load'] as const)
    expect(await refused(runSync(pair, { tables, profile: { strategy } }))).toMatch(/login_email_fkey/)
  const dump = join(folder, 'dump')
  await runExport(pair, dump, { tables })
  expect(await refused(runImport(pair, dump))).toMatch(/login_email_fkey/)
  // A dump of an earlier version does not say how its keys compare.
  editManifest(dump, ({ foreignKeys }) => {
    for (const key of foreignKeys) delete key.comparisons
  })
  expect(await refused(runImport(pair, dump))).toMatch(/login_email_fkey/)
  expect(await orphans()).toBe(0)
})

test('masks are refused where a foreign key takes texts for equal that are not the same, or NULL in one column for a violation', async () => {
  const mask = maskedBy({
    'public.login': { email: 'email' },
    'public.coded': { code: 'hash' },
    'public.half': { a: null },
  })
  const { findings } = await runPlan(pair, { profile: mask })
  const errors = linesOf(findings.filter(({ severity }) => severity === 'error')).join('\n')
  expect(errors).toMatch(
    /public\.login: .*"login_email_fkey", which takes texts for equal that are not the same/,
  )
  expect(errors).toMatch(
    /public\.coded: .*"coded_code_fkey", which takes texts for equal that are not the same/,
  )
  expect(errors).toMatch(/public\.half: .*"half_a_b_fkey", which is MATCH FULL/)
  const whole = await runPlan(pair, { profile: maskedBy({ 'public.half': { a: null, b: null } }) })
  expect(whole.findings.filter(({ code }) => code === 'mask')).toEqual([])
})

test('values that are shown by the names of objects are read by every run', async () => {
  const { source, target } = pair
  const tables = ['public.named']
  for (const { client } of [source, target]) await client.query('CREATE TABLE one (); CREATE TABLE two ()')
  await source.client.query(`INSERT INTO named VALUES (1, 'one', '{one}'), (2, NULL, '{text}')`)
  await runSync(pair, { tables })
  await untilSettled(source.client)
  const rows = async () =>
    (await target.client.query('SELECT rel::text, types::text FROM named ORDER BY id')).rows
  for (const { client } of [source, target])
    await client.query(
      'ALTER TABLE one RENAME TO three; ALTER TABLE two RENAME TO one; ALTER TABLE three RENAME TO two',
    )
  await target.client.query(
    'ALTER TABLE two RENAME TO other; ALTER TABLE one RENAME TO two; ALTER TABLE other RENAME TO one',
  )
  expect(await rows()).toEqual([
    { rel: 'one', types: '{one}' },
    { rel: null, types: '{text}' },
  ])
  const result = await runSync(pair, { tables })
  expect(result.tables).toMatchObject([{ updated: 1, unchanged: 1 }])
  expect(await rows()).toEqual([
    { rel: 'two', types: '{two}' },
    { rel: null, types: '{text}' },
  ])
})

test('a mask is applied again when a function changes that the function in it calls', async () => {
  const { source, target } = pair
  await source.client.query(`
    CREATE SCHEMA f;
    CREATE FUNCTION f.inner_(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 3)';
    CREATE FUNCTION f.outer_(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN f.inner_($1); END';
    CREATE TABLE hidden (id int PRIMARY KEY, a text); INSERT INTO hidden VALUES (1, 'abcdef')`)
  await target.client.query('CREATE TABLE hidden (id int PRIMARY KEY, a text)')
  const run = {
    tables: ['public.hidden'],
    profile: maskedBy({ 'public.hidden': { a: { sql: 'f.outer_(a)' } } }),
  }
  const row = async () => (await target.client.query('SELECT a FROM hidden')).rows[0]
  await runSync(pair, run)
  await untilSettled(source.client)
  expect(await row()).toEqual({ a: 'abc' })
  await source.client.query(
    `CREATE OR REPLACE FUNCTION f.inner_(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 2)'`,
  )
  await runSync(pair, run)
  expect(await row()).toEqual({ a: 'ab' })
})

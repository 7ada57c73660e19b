import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diffSchemas } from '../../src/jobs/schema/diff-schemas.ts'
import { verify } from '../../src/jobs/verify.ts'
import { createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'

function extensionsSql(schema: string): string {
  return `CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE EXTENSION citext SCHEMA ${schema}; CREATE EXTENSION hstore SCHEMA ${schema}; CREATE EXTENSION ltree SCHEMA ${schema};`
}

/** A database whose extensions are in a schema, with tables that use them wherever a definition can. */
function schemaSql(schema: string): string {
  return `${extensionsSql(schema)}
SET search_path = public, ${schema};
CREATE DOMAIN email AS citext CHECK (VALUE LIKE '%@%');
CREATE TYPE entry AS (name citext, props hstore);
CREATE TABLE account (email citext PRIMARY KEY, other email, tags citext[], props hstore CHECK (props ? 'a'), path ltree, entry entry, entries entry[],
  depth int GENERATED ALWAYS AS (nlevel(path)) STORED, plain text GENERATED ALWAYS AS (email::text || (props -> 'a')) STORED,
  CONSTRAINT not_root CHECK (path <> 'root'::ltree AND email <> 'root'::citext));
CREATE UNIQUE INDEX by_path ON account ((path || 'x'::ltree)) WHERE email <> 'nobody'::citext;
CREATE TABLE keyless (props hstore, path ltree[]);
CREATE TABLE login (account citext REFERENCES account, at int, PRIMARY KEY (account, at));
RESET search_path;`
}

const ROWS = `
INSERT INTO account SELECT 'User' || i || '@x', 'A@b', ARRAY['B', NULL], 'a=>1, b=>NULL', ('top.n' || i)::ltree, '(X,"a=>1")',
  ARRAY['(Y,)'::entry] FROM generate_series(1, 500) i;
INSERT INTO keyless VALUES ('a=>1', '{a.b}'), (NULL, NULL);
INSERT INTO login SELECT email, 1 FROM account;`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${schemaSql('public')} ${ROWS}`,
    targetSql: schemaSql('heroku_ext'),
  })
})
afterAll(() => pair?.drop())

const CONTEXT = { signal: new AbortController().signal, report: () => undefined }

async function expectEqual(): Promise<void> {
  const { tables } = await verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 5 }, CONTEXT)
  expect(tables.map(({ table, status }) => `${table.name} ${status}`)).toEqual([
    'account equal',
    'keyless equal',
    'login equal',
  ])
}

test('types, functions and operators of an extension are the same in whatever schema it is', async () => {
  await untilSettled(pair.source.client)
  const { findings } = await runPlan(pair)
  expect(findings.filter(({ subject }) => subject !== 'public.keyless' && subject !== 'staging')).toEqual([])
  await runSync(pair)
  await expectEqual()
})

test('rows are found by a key of such a type, incrementally, and given back', async () => {
  await pair.source.client.query(`
    DELETE FROM login WHERE account = 'USER7@x'; DELETE FROM account WHERE email = 'USER7@x';
    UPDATE account SET email = 'USER8@X' WHERE email = 'user8@x'; UPDATE account SET props = 'a=>2' WHERE email = 'user9@x'`)
  const { tables } = await runPlan(pair)
  expect(tables.find(({ table }) => table.name === 'account')?.read.kind).toBe('incremental')
  await runSync(pair)
  await expectEqual()
  await runRollback(pair)
  const { rows } = await pair.target.client.query(
    `SELECT email FROM account WHERE email::text ~ 'r[78]@' ORDER BY email`,
  )
  expect(rows).toEqual([{ email: 'User7@x' }, { email: 'User8@x' }])
})

test('a dump is imported into another schema', async () => {
  const dump = join(tmpdir(), `extensions-${pair.source.name}`)
  await runExport(pair, dump)
  await runImport(pair, dump)
  rmSync(dump, { recursive: true })
  await expectEqual()
})

test('a type of the same name that belongs to no extension is another one', async () => {
  await pair.target.client.query('ALTER EXTENSION hstore DROP TYPE heroku_ext.hstore')
  const { findings } = await runPlan(pair, { tables: ['keyless'] })
  expect(findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([
    'column "props" is public.hstore in the source and heroku_ext.hstore in the target',
  ])
})

test('tables are created with the types of extensions that are in another schema, and do not differ by it', async () => {
  const created = await createDatabasePair({
    sourceSql: `${schemaSql('public')} ${ROWS} CREATE FUNCTION public.of_users(citext) RETURNS public.citext LANGUAGE sql IMMUTABLE AS 'SELECT $1';
      CREATE VIEW public.mails AS SELECT public.of_users(email) AS email, props -> 'a' AS a, 'public.citext'::text AS text FROM public.account WHERE props ? 'a'`,
    targetSql: extensionsSql('"odd schema"'),
  })
  await runSync(created, { createsSchema: true })
  const { rows } = await created.target.client.query(
    `SELECT count(*)::int AS n, min(text) AS text, min(pg_typeof(email)::text) AS type FROM public.mails`,
  )
  const compared = await diffSchemas(profileOf(created), { tables: [] }, CONTEXT)
  const verified = await verify(profileOf(created), { tables: [], samplePercent: 100, limit: 5 }, CONTEXT)
  await created.drop()
  expect(rows).toEqual([{ n: 500, text: 'public.citext', type: '"odd schema".citext' }])
  expect(compared.differences.map(({ identity }) => identity)).toEqual(['SCHEMA "odd schema"'])
  expect(verified.tables.map(({ status }) => status)).toEqual(['equal', 'equal', 'equal'])
})

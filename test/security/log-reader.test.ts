import { afterAll, beforeAll, expect, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { DatabaseError } from '../../src/postgres/explain-error.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

const SECRET = 'hunter2secret'
const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, v text, t text);'

let pair: DatabasePair

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA}
      INSERT INTO item VALUES (1, '${SECRET}', 'public.${SECRET}');
      CREATE FUNCTION tattle(text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '%', $1 USING ERRCODE = '23514', TABLE = $1, SCHEMA = $1, CONSTRAINT = $1, COLUMN = $1;
      END $$;
      CREATE FUNCTION full_disk(text) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '%', $1 USING ERRCODE = '53100'; END $$;`,
    targetSql: SCHEMA,
  })
})
afterAll(() => pair?.drop())

/** Each fails on the row, and most messages of the server quote what it holds. */
const CASTS = [
  ...['regclass', 'regrole', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regconfig'],
  ...[
    'regdictionary',
    'regnamespace',
    'regcollation',
    'int',
    'date',
    'json',
    'uuid',
    'inet',
    'bit',
    'numeric',
  ],
  ...[
    'tsquery',
    'jsonpath',
    'timestamptz',
    'interval',
    'macaddr',
    'pg_lsn',
    'int4range',
    'bool',
    'xid8',
    'point',
  ],
].map((type) => `(v || ' <')::${type}`)
const CALLS = [
  't::regclass',
  't::regtype',
  `to_tsquery('a & & ' || v)`,
  `v ~ ('[' || v)`,
  'pg_read_file(v)',
  'pg_stat_file(v)',
  'pg_ls_dir(v)',
  'pg_read_binary_file(v)',
  'lo_import(v)',
  'nextval(v)',
  `query_to_xml(v, true, true, '')`,
  `table_to_xml(v, true, true, '')`,
  `set_config(v, 'x', true)`,
  'current_setting(v)',
  `has_table_privilege(v, 'SELECT')`,
  `has_schema_privilege(v, 'USAGE')`,
  `has_database_privilege(v, 'CONNECT')`,
  `has_table_privilege('public.item', v)`,
  `pg_has_role(v, 'MEMBER')`,
  `encode(''::bytea, v)`,
  `decode(v, 'hex')`,
  `decode(v, v)`,
  `convert_to('x', v)`,
  `convert_from('x', v)`,
  'date_trunc(v, now())',
  'date_part(v, now())',
  `pg_get_serial_sequence(v, 'id')`,
  `pg_get_serial_sequence('public.item', v)`,
  'pg_tablespace_size(v)',
  'pg_database_size(v)',
  'make_interval(secs => v::float8)',
  `ts_lexize(v::regdictionary, 'x')`,
  'pg_terminate_backend(v::int)',
  `string_to_array(v, ',')::int[]`,
  `regexp_replace(v, '(', v)`,
  `to_date(v, 'YYYY-MM-DD')`,
  'public.tattle(v)',
  'public.full_disk(v)',
  'lo_get((length(v)::int8 + 4000000000)::oid)',
]

test.each([...CASTS, ...CALLS])('a message quotes nothing that a row holds: %s', async (expression) => {
  const failure = await withDatabase(databaseOptions(pair.source.url), async (database) => {
    const session = await database.session()
    await session.execute('BEGIN READ ONLY')
    return session.query(`SELECT count(*) FROM public.item WHERE (${expression})::text IS NOT NULL`).then(
      () => undefined,
      (error: unknown) => error,
    )
  })
  expect(failure).toBeInstanceOf(DatabaseError)
  const { message, hint } = failure as DatabaseError
  expect(`${message} ${hint}`).not.toMatch(/hunter2secret|40000000/)
})

test.each(['v::regclass IS NOT NULL', 'pg_read_file(v) IS NULL', "public.tattle(v) = ''"])(
  'neither the log at its most verbose, nor the state, nor JSON holds a value: %s',
  async (condition) => {
    const where = `where: { public.item: ${JSON.stringify(condition)} }`
    const { exitCode, stdout, stderr } = await runHere(['sync', '--verbose', '--json'], {
      env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
      files: { 'mbsync.yaml': `profiles: { prod-to-staging: { from: production, to: staging, ${where} } }` },
    })
    expect(exitCode, stderr).toBe(1)
    const { rows } = await pair.target.client.query('SELECT error FROM mbsync.runs')
    expect(rows).not.toEqual([])
    expect(`${stdout}${stderr}${JSON.stringify(rows)}`).not.toContain(SECRET)
  },
)

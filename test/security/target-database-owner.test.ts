import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import {
  asSuperuser,
  connect,
  createDatabasePair,
  createRole,
  type DatabasePair,
} from '../support/databases.ts'
import { runHere, runMbsync } from '../support/run-mbsync.ts'
import { runSync } from '../support/run-sync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY)'
const SETTINGS = `
profiles:
  prod-to-staging: { from: production, to: staging }
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
`

/** What gives the attacker all rights, if a superuser runs it. */
const attack = (attacker: string, name: string, returns: string, result: string) => `
CREATE FUNCTION ${name} RETURNS ${returns} LANGUAGE plpgsql AS $f$ BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE ${attacker} SUPERUSER'; END IF;
  RETURN ${result};
END $f$;`

describe('the owner of the staging database has made the schemas of mbsync beforehand', () => {
  let pair: DatabasePair
  let attacker: string
  let state: string

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
    attacker = await createRole(inject('targetUrl'))
    state = pair.target.urlFor(attacker, attacker)
    await pair.target.client.query(
      `ALTER DATABASE ${pair.target.name} OWNER TO ${attacker}; ALTER TABLE item OWNER TO ${attacker}`,
    )
    // As mbsync makes it, by mbsync itself, under the attacker's role.
    await runSync(pair, { profile: { to: { name: 'staging', url: state, isProtected: false } } })
    const client = await connect(state)
    await client.query(`${attack(attacker, 'mbsync.f()', 'trigger', 'new')}
      CREATE TRIGGER x BEFORE INSERT OR UPDATE ON mbsync.runs FOR EACH ROW EXECUTE FUNCTION mbsync.f();
      ${attack(attacker, 'public.g()', 'bigint', '1')}
      ALTER TABLE mbsync.schema_version RENAME TO old_version;
      CREATE VIEW mbsync.schema_version AS SELECT version, applied_at FROM mbsync.old_version WHERE public.g() = 1`)
    await client.end()
  })
  afterAll(() => pair?.drop())

  test.each([
    ['sync'],
    ['full-sync'],
    ['rollback', 'prod-to-staging'],
    ['status'],
    ['status', '1'],
    ['status', '--html', 'page.html'],
    ['check'],
  ])('%s %s is refused and runs nothing of theirs', async (...args) => {
    const { exitCode, stderr, stdout } = await runHere([...args.filter(Boolean)], surroundings(pair))
    expect([exitCode, stderr + stdout]).toEqual([3, expect.stringContaining(`belongs to role ${attacker}`)])
    expect(await isSuperuser(attacker)).toBe(false)
  })

  test('the binary names the schema and says what to do', async () => {
    const { exitCode, stderr } = await runMbsync(['sync'], surroundings(pair))
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(
      /the schemas of mbsync cannot be trusted: schema mbsync belongs to role \w+, which mbsync must not trust \(and \d+ more objects\)/,
    )
    expect(stderr).toContain('DROP SCHEMA IF EXISTS mbsync, mbsync_landing, mbsync_undo CASCADE')
    expect(await isSuperuser(attacker)).toBe(false)
  })

  test('a changed owner alone does not make what they have left there good', async () => {
    const { client } = pair.target
    await client.query(`REASSIGN OWNED BY ${attacker} TO CURRENT_USER`)
    const view = await runHere(['status'], surroundings(pair))
    expect([view.exitCode, view.stderr]).toEqual([3, expect.stringContaining('mbsync.schema_version')])
    await client.query(
      'DROP VIEW mbsync.schema_version; ALTER TABLE mbsync.old_version RENAME TO schema_version',
    )
    const trigger = await runHere(['sync'], surroundings(pair))
    expect([trigger.exitCode, trigger.stderr]).toEqual([
      3,
      expect.stringMatching(/mbsync\.runs.* has the trigger x/),
    ])
    expect(await isSuperuser(attacker)).toBe(false)
    await client.query('DROP TRIGGER x ON mbsync.runs')
    expect((await runHere(['sync'], surroundings(pair))).exitCode).toBe(0)
  })
})

describe('what a role beyond trust has put into the schemas of mbsync, or could put there, is named', () => {
  let pair: DatabasePair
  let attacker: string

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
    attacker = await createRole(inject('targetUrl'))
    await runSync(pair)
    await pair.target.client.query(`
      GRANT CREATE ON DATABASE ${pair.target.name} TO ${attacker};
      CREATE SCHEMA evil; GRANT ALL ON SCHEMA evil TO ${attacker}; GRANT ${attacker} TO CURRENT_USER; SET ROLE ${attacker};
      ${attack(attacker, 'evil.f()', 'trigger', 'new')}
      CREATE FUNCTION evil.g() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
      CREATE FUNCTION evil.h(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
      CREATE DOMAIN evil.d AS int CHECK (evil.g() = 1);
      CREATE OPERATOR evil.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq);
      RESET ROLE; REVOKE ${attacker} FROM CURRENT_USER`)
  })
  afterAll(() => pair?.drop())

  test.each<readonly [string, string, string, RegExp]>([
    [
      'a trigger',
      'CREATE TRIGGER x BEFORE INSERT ON mbsync.runs FOR EACH ROW EXECUTE FUNCTION evil.f()',
      'DROP TRIGGER x ON mbsync.runs',
      /mbsync\.runs.* has the trigger x/,
    ],
    [
      'a rule',
      'CREATE RULE x AS ON INSERT TO mbsync.runs DO ALSO SELECT evil.g()',
      'DROP RULE x ON mbsync.runs',
      /mbsync\.runs.* has the rule x/,
    ],
    [
      'a policy',
      'CREATE POLICY x ON mbsync.runs USING (evil.g() = 1)',
      'DROP POLICY x ON mbsync.runs',
      /mbsync\.runs.* has the policy x/,
    ],
    [
      'row-level security',
      'ALTER TABLE mbsync.runs ENABLE ROW LEVEL SECURITY',
      'ALTER TABLE mbsync.runs DISABLE ROW LEVEL SECURITY',
      /mbsync\.runs.* has row-level security/,
    ],
    [
      'another default',
      'ALTER TABLE mbsync.runs ALTER error SET DEFAULT evil.g()::text',
      'ALTER TABLE mbsync.runs ALTER error DROP DEFAULT',
      /mbsync\.runs.* default.* column error/,
    ],
    [
      'a default that runs SQL by a function of PostgreSQL',
      `ALTER TABLE mbsync.runs ALTER error SET DEFAULT query_to_xml('SELECT evil.g()', true, true, '')::text`,
      'ALTER TABLE mbsync.runs ALTER error DROP DEFAULT',
      /mbsync\.runs.* default.* column error/,
    ],
    [
      'a further column with a default',
      'ALTER TABLE mbsync.runs ADD x bigint DEFAULT evil.g()',
      'ALTER TABLE mbsync.runs DROP x',
      /mbsync\.runs.* default.* column x/,
    ],
    [
      'a column of a domain',
      'ALTER TABLE mbsync.runs ADD x evil.d',
      'ALTER TABLE mbsync.runs DROP x',
      /mbsync\.runs.* column x of a domain/,
    ],
    [
      'a generated column',
      'ALTER TABLE mbsync.runs ADD x boolean GENERATED ALWAYS AS (evil.h(profile)) STORED',
      'ALTER TABLE mbsync.runs DROP x',
      /mbsync\.runs.* has the generated column x/,
    ],
    [
      'a check constraint',
      'ALTER TABLE mbsync.runs ADD CONSTRAINT x CHECK (evil.h(profile))',
      'ALTER TABLE mbsync.runs DROP CONSTRAINT x',
      /mbsync\.runs.* check constraint x/,
    ],
    [
      'an index with a function',
      'CREATE INDEX x ON mbsync.runs (evil.h(profile))',
      'DROP INDEX mbsync.x',
      /mbsync\.x.* uses function evil\.h\(text\)/,
    ],
    [
      'an operator in a constraint',
      'ALTER TABLE mbsync.runs ADD CONSTRAINT x CHECK (profile OPERATOR(evil.===) profile)',
      'ALTER TABLE mbsync.runs DROP CONSTRAINT x',
      /mbsync\.runs.* uses operator evil/,
    ],
    [
      'statistics',
      'CREATE STATISTICS mbsync.x ON (evil.h(profile)) FROM mbsync.runs',
      'DROP STATISTICS mbsync.x',
      /mbsync\.runs.* uses function evil\.h/,
    ],
    [
      'a child',
      'CREATE TABLE evil.child () INHERITS (mbsync.runs)',
      'DROP TABLE evil.child',
      /mbsync\.runs.* inherit/,
    ],
    [
      'a foreign key from outside',
      'CREATE TABLE evil.child (id bigint REFERENCES mbsync.runs)',
      'DROP TABLE evil.child',
      /mbsync\.runs.* referenced by the foreign key child_id_fkey/,
    ],
    [
      'a view for a table',
      'ALTER TABLE mbsync.watermarks RENAME TO w; CREATE VIEW mbsync.watermarks AS SELECT * FROM mbsync.w',
      'DROP VIEW mbsync.watermarks; ALTER TABLE mbsync.w RENAME TO watermarks',
      /mbsync\.watermarks.* is a view/,
    ],
    [
      'a view among landing tables',
      'CREATE VIEW mbsync_landing.run_9_table_0 AS SELECT 1 AS id',
      'DROP VIEW mbsync_landing.run_9_table_0',
      /mbsync_landing\.run_9_table_0.* is a view/,
    ],
    [
      'a trigger on a landing table',
      'CREATE TABLE mbsync_landing.run_2_table_0 (id int); CREATE TRIGGER x BEFORE INSERT ON mbsync_landing.run_2_table_0 FOR EACH ROW EXECUTE FUNCTION evil.f()',
      'DROP TABLE mbsync_landing.run_2_table_0',
      /run_2_table_0.* has the trigger x/,
    ],
    [
      'CREATE on a schema',
      'GRANT CREATE ON SCHEMA mbsync_undo TO attacker',
      'REVOKE CREATE ON SCHEMA mbsync_undo FROM attacker',
      /schema mbsync_undo.* create objects/,
    ],
    [
      'CREATE on a schema for all',
      'GRANT CREATE ON SCHEMA mbsync TO PUBLIC',
      'REVOKE CREATE ON SCHEMA mbsync FROM PUBLIC',
      /schema mbsync.* create objects/,
    ],
    [
      'a privilege to write',
      'GRANT USAGE ON SCHEMA mbsync TO attacker; GRANT UPDATE ON mbsync.runs TO attacker',
      'REVOKE ALL ON mbsync.runs FROM attacker; REVOKE USAGE ON SCHEMA mbsync FROM attacker',
      /mbsync\.runs.* may be written/,
    ],
    [
      'a privilege to write a column',
      'GRANT USAGE ON SCHEMA mbsync TO PUBLIC; GRANT UPDATE (error) ON mbsync.runs TO PUBLIC',
      'REVOKE UPDATE (error) ON mbsync.runs FROM PUBLIC; REVOKE USAGE ON SCHEMA mbsync FROM PUBLIC',
      /mbsync\.runs.* may be written/,
    ],
    [
      'a privilege to make triggers',
      'GRANT USAGE ON SCHEMA mbsync TO attacker; GRANT TRIGGER ON mbsync.watermarks TO attacker',
      'REVOKE ALL ON mbsync.watermarks FROM attacker; REVOKE USAGE ON SCHEMA mbsync FROM attacker',
      /mbsync\.watermarks.* given triggers/,
    ],
    [
      'a schema of theirs',
      'ALTER SCHEMA mbsync_landing OWNER TO attacker',
      'ALTER SCHEMA mbsync_landing OWNER TO CURRENT_USER',
      /schema mbsync_landing.* belongs to role/,
    ],
    [
      'a table of theirs',
      'CREATE TABLE mbsync_undo.run_1_table_9 (id int); ALTER TABLE mbsync_undo.run_1_table_9 OWNER TO attacker',
      'DROP TABLE mbsync_undo.run_1_table_9',
      /mbsync_undo\.run_1_table_9.* belongs to role/,
    ],
    [
      'a function of theirs',
      'CREATE FUNCTION mbsync.now() RETURNS int LANGUAGE sql AS $$SELECT 1$$; ALTER FUNCTION mbsync.now() OWNER TO attacker',
      'DROP FUNCTION mbsync.now()',
      /function mbsync\.now\(\).* belongs to role/,
    ],
    [
      'an operator of theirs',
      'CREATE OPERATOR mbsync.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq); ALTER OPERATOR mbsync.=== (text, text) OWNER TO attacker',
      'DROP OPERATOR mbsync.=== (text, text)',
      /operator mbsync.* belongs to role/,
    ],
    [
      'a type of theirs',
      `CREATE TYPE mbsync.text AS ENUM ('a'); ALTER TYPE mbsync.text OWNER TO attacker`,
      'DROP TYPE mbsync.text',
      /type mbsync\.text.* belongs to role/,
    ],
  ])('%s', async (_, make, unmake, named) => {
    const { client } = pair.target
    await client.query(make.replaceAll('attacker', attacker))
    try {
      const { exitCode, stderr } = await runHere(['sync'], surroundings(pair))
      expect([exitCode, stderr]).toEqual([3, expect.stringMatching(named)])
      expect((await runHere(['status'], surroundings(pair))).exitCode).toBe(3)
      expect(await isSuperuser(attacker)).toBe(false)
    } finally {
      await client.query(unmake.replaceAll('attacker', attacker))
    }
  })

  test('nothing of it is left: the next run succeeds', async () => {
    const { exitCode, stderr } = await runHere(['sync'], surroundings(pair))
    expect(exitCode, stderr).toBe(0)
  })
})

describe('what administrators do with the schemas of mbsync is not refused', () => {
  let pair: DatabasePair
  let role: string
  let reader: string

  beforeAll(async () => {
    const sql = `${SCHEMA}; CREATE TYPE colour AS ENUM ('red'); CREATE DOMAIN few AS int CHECK (VALUE < 10);
      CREATE TABLE paint (id int PRIMARY KEY, colour colour, few few, name text COLLATE "C"); CREATE TABLE keyless (few few);
      INSERT INTO paint VALUES (1, 'red', 1, 'a'); INSERT INTO keyless VALUES (1)`
    pair = await createDatabasePair({
      sourceSql: sql,
      targetSql: `${sql}; UPDATE paint SET name = 'b'; DELETE FROM keyless`,
    })
    role = await createRole(inject('targetUrl'))
    reader = await createRole(inject('targetUrl'))
    const { client, name } = pair.target
    await client.query(`ALTER DATABASE ${name} OWNER TO ${role}; ALTER SCHEMA public OWNER TO ${role};
      ALTER TABLE item OWNER TO ${role}; ALTER TABLE paint OWNER TO ${role}; ALTER TABLE keyless OWNER TO ${role};
      ALTER TYPE colour OWNER TO ${role}; ALTER DOMAIN few OWNER TO ${role}`)
    // Its default privileges are for what it makes elsewhere.
    const owner = await connect(pair.target.urlFor(role, role))
    await owner.query(
      `ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${reader}; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO ${reader}`,
    )
    await owner.end()
  })
  afterAll(() => pair?.drop())

  const asOwner = () => surroundings(pair, pair.target.urlFor(role, role))

  test('runs by the owner of the database, whose default privileges open its tables to others', async () => {
    expect(await runHere(['sync'], asOwner())).toMatchObject({ exitCode: 0 })
    expect(await runHere(['sync'], asOwner())).toMatchObject({ exitCode: 0 })
    const { rows } = await pair.target.client.query(
      `SELECT has_schema_privilege($1, 'mbsync', 'USAGE') AS uses, has_table_privilege($1, 'mbsync.runs', 'INSERT') AS writes`,
      [reader],
    )
    // Every role may see where rows came from (mbsync.sources), and nothing else.
    expect(rows).toEqual([{ uses: true, writes: false }])
  })

  test('a role that reads the state for a dashboard, and a view for it', async () => {
    const owner = await connect(pair.target.urlFor(role, role))
    await owner.query(`GRANT USAGE ON SCHEMA mbsync TO ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA mbsync TO ${reader};
      CREATE VIEW mbsync.last_run AS SELECT max(id) FROM mbsync.runs; CREATE INDEX ON mbsync.documents (lower(id))`)
    await owner.end()
    expect(await runHere(['sync'], asOwner())).toMatchObject({ exitCode: 0 })
    expect(await runHere(['status'], asOwner())).toMatchObject({ exitCode: 0 })
  })

  test('it takes one question to know that', async () => {
    const purposes: string[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'statement') purposes.push(event.purpose)
    }
    const url = pair.target.urlFor(role, role)
    await runSync(pair, { profile: { to: { name: 'staging', url, isProtected: false } }, onEvent })
    const ways = ['WITH own AS MATERIALIZED (', 'WITH own AS (']
    expect(ways.map((way) => purposes.filter((purpose) => purpose.startsWith(way)).length)).toEqual([1, 0])
  })

  test('landing tables that a killed run has left', async () => {
    const owner = await connect(pair.target.urlFor(role, role))
    await owner.query('CREATE UNLOGGED TABLE mbsync_landing.run_3_table_1 (id int, colour public.colour)')
    await owner.end()
    expect(await runHere(['sync'], asOwner())).toMatchObject({ exitCode: 0 })
    expect(await runHere(['rollback', 'prod-to-staging'], asOwner())).toMatchObject({ exitCode: 0 })
  })

  test('a state that a superuser has made; that of another role is refused until it is given away', async () => {
    const another = await runHere(['status'], surroundings(pair))
    expect([another.exitCode, another.stderr]).toEqual([
      3,
      expect.stringContaining(`belongs to role ${role}`),
    ])
    await pair.target.client.query(`
      DO $$ DECLARE s text; BEGIN
        FOR s IN SELECT format('ALTER TABLE %s OWNER TO CURRENT_USER', c.oid::regclass) FROM pg_class c
          JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname ~ '^mbsync' AND relkind IN ('r', 'v') LOOP EXECUTE s; END LOOP;
        FOR s IN SELECT format('ALTER SCHEMA %I OWNER TO CURRENT_USER', nspname) FROM pg_namespace WHERE nspname ~ '^mbsync' LOOP EXECUTE s; END LOOP;
      END $$`)
    expect(await runHere(['sync'], surroundings(pair))).toMatchObject({ exitCode: 0 })
    await pair.target.client.query(
      `GRANT USAGE ON SCHEMA mbsync TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA mbsync TO ${role}`,
    )
    expect(await runHere(['status'], asOwner())).toMatchObject({ exitCode: 0 })
  })
})

function surroundings(pair: DatabasePair, target = pair.target.url) {
  return {
    env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: target },
    files: { 'mbsync.yaml': SETTINGS },
  }
}

async function isSuperuser(role: string): Promise<boolean> {
  const sql = 'SELECT rolsuper FROM pg_roles WHERE rolname = $1'
  return asSuperuser(
    inject('targetUrl'),
    async (client) => (await client.query(sql, [role])).rows[0].rolsuper,
  )
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import type { Warning } from '../../src/run/run-result.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runExport, runImport, scriptsOf } from '../support/run-dump.ts'
import { hasProgram } from '../support/run-program.ts'
import { runScripts } from '../support/run-script.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { TARGET_MODES, targetFor } from '../support/target-modes.ts'

/**
 * Whatever calls a function does so with a function that names others without their schema. Indexes are made before, as a server from 17 on builds
 * them under a search path of its own.
 */
const SCHEMA = `
  CREATE SCHEMA app; CREATE SCHEMA lib; SET search_path = app, lib, public;
  CREATE FUNCTION lib.bare(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.translate($1, 'éÉà', 'eEa') $$;
  CREATE TABLE lib.allowed (v text); INSERT INTO lib.allowed VALUES ('a'), ('b');
  CREATE FUNCTION lib.plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT lib.bare($1) $$;
  CREATE FUNCTION lib.slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower(plain($1)); END $$;
  CREATE FUNCTION lib.is_allowed(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN $1 IN (SELECT v FROM allowed); END $$;
  CREATE FUNCTION lib.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.note := slug(new.note); RETURN new; END $$;
  CREATE DOMAIN lib.letter AS text CHECK (is_allowed(VALUE));
  CREATE TYPE lib.letters AS (one lib.letter, two lib.letter);
  CREATE TABLE app.by_index (id int PRIMARY KEY, v text);
  CREATE INDEX ON app.by_index (lower(plain(v)));
  CREATE INDEX ON app.by_index (id) WHERE slug(v) <> 'x';
  CREATE STATISTICS app.by_index_stats ON slug(v), id FROM app.by_index;
  CREATE TABLE app.by_generated (id int PRIMARY KEY, v text, s text GENERATED ALWAYS AS (slug(v)) STORED);
  CREATE TABLE app.by_check (id int PRIMARY KEY, v text CHECK (is_allowed(v)));
  CREATE TABLE app.by_domain (id int PRIMARY KEY, v lib.letter, many lib.letter[], both_of lib.letters);
  CREATE TABLE app.by_exclusion (id int PRIMARY KEY, v text, EXCLUDE USING btree (slug(v) WITH =));
  CREATE TABLE app.by_trigger (id int PRIMARY KEY, note text);
  CREATE TRIGGER t BEFORE INSERT OR UPDATE ON app.by_trigger FOR EACH ROW EXECUTE FUNCTION lib.fire();
  ALTER TABLE app.by_trigger ENABLE ALWAYS TRIGGER t;
  CREATE TABLE app.keyless (v text);
  CREATE INDEX ON app.keyless (plain(v));
  CREATE OR REPLACE FUNCTION lib.plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT bare($1) $$;`
const ROWS = `
  INSERT INTO app.by_index SELECT n, 'É' || n FROM generate_series(1, 30) n;
  INSERT INTO app.by_generated SELECT n, 'Été ' || n FROM generate_series(1, 30) n;
  INSERT INTO app.by_check VALUES (1, 'a'), (2, 'b');
  INSERT INTO app.by_domain VALUES (1, 'a', '{a,b}', ('a', 'b'));
  INSERT INTO app.by_exclusion VALUES (1, 'É'), (2, 'à');
  INSERT INTO app.by_trigger VALUES (1, 'É');
  INSERT INTO app.keyless VALUES ('É'), ('É'), ('à')`
const CHANGES = `
  UPDATE app.by_index SET v = 'Ü' WHERE id = 1; DELETE FROM app.by_index WHERE id = 2;
  UPDATE app.by_generated SET v = 'Ü' WHERE id = 1; UPDATE app.by_check SET v = 'a'; DELETE FROM app.by_domain;
  UPDATE app.by_exclusion SET v = 'x' || id; INSERT INTO app.by_trigger VALUES (2, 'à'); DELETE FROM app.keyless WHERE v = 'à'`
/** Target only: a column with a default, and what is made again after a run. */
const TARGET = `
  ALTER TABLE app.by_check ADD mark text DEFAULT slug('É');
  CREATE MATERIALIZED VIEW app.slugs AS SELECT slug(v) AS s FROM app.by_index;`

const PATH = 'app, lib, public'
/** From this server on, ANALYZE and REFRESH MATERIALIZED VIEW set a search path themselves. */
const SETS_PATHS = 170_000

async function versionOf({ target: { client } }: DatabasePair): Promise<number> {
  const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version")
  return rows[0].version
}

async function expectWarnings(pair: DatabasePair, warnings: readonly Warning[]): Promise<void> {
  if ((await versionOf(pair)) < SETS_PATHS) expect(warnings).toEqual([])
  for (const { message, hint } of warnings) {
    expect(message).toMatch(
      / failed: app\.\w+ .*function lib\.\w+\(text\).* failed: function \w+\(text\) does not exist$/,
    )
    expect(hint).toMatch(/ALTER FUNCTION lib\.\w+\(text\) SET search_path = .*"lib"/)
  }
}

/** The code of tables of others runs with the rights of their owner, under the search path of that role. */
const MODES = [...TARGET_MODES, 'a superuser over tables of others'] as const

describe.each(MODES)('for %s, where functions name things without a schema', (mode) => {
  let pair: DatabasePair
  let to: DatabaseConfig
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mbsync-user-path-'))
    pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: `${SCHEMA} ${TARGET}` })
    const { source, target } = pair
    await source.client.query(`ALTER DATABASE ${source.name} SET search_path = ${PATH}`)
    await target.client.query(`ALTER DATABASE ${target.name} SET search_path = ${PATH}`)
    const isOfOthers = mode === 'a superuser over tables of others'
    to = await targetFor(pair, isOfOthers ? 'a plain owner' : mode)
    if (mode === 'a superuser') return
    // That of the role in this database alone counts for more than that of the database.
    const { username } = new URL(to.url)
    if (isOfOthers) to = await targetFor(pair, 'a superuser')
    await target.client.query(`ALTER DATABASE ${target.name} SET search_path = nowhere;
      ALTER ROLE ${username} IN DATABASE ${target.name} SET search_path = ${PATH}, "$user"`)
  }, 120_000)
  afterAll(async () => {
    await pair?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('rows arrive in a first and an incremental run, are put back, and come from a dump', async () => {
    const profile = { to }
    const same = () => expectSame(pair)
    const strategy = mode === 'a superuser over tables of others' ? 'merge' : 'load'
    await expectWarnings(
      pair,
      (await runSync(pair, { profile: { ...profile, strategy }, excluded: ['lib.allowed'] })).warnings,
    )
    await same()
    await pair.source.client.query(`SET search_path = ${PATH}; ${CHANGES}`)
    const second = await runSync(pair, { profile })
    await expectWarnings(pair, second.warnings)
    await same()
    const { rows } = await pair.target.client.query('SELECT DISTINCT mark FROM app.by_check')
    expect(rows).toEqual([{ mark: 'e' }])
    const { tables } = await runRollback(pair, { profile })
    expect(tables.map(({ deleted }) => deleted)).toContain(1)
    const dump = join(folder, 'dump')
    await runExport(pair, dump)
    await expectWarnings(pair, (await runImport(pair, dump, { to })).warnings)
    await same()
  }, 120_000)

  test('psql restores a dump, and triggers that fire always find their names', async () => {
    if (mode !== 'a superuser') return
    const dump = join(folder, 'for-psql')
    await runExport(pair, dump)
    await pair.target.client.query(TABLES.map((name) => `DELETE FROM app.${name}`).join('; '))
    await runScripts(pair.target, withoutTable(scriptsOf(dump), '"lib"."allowed"'))
    await expectSame(pair, ['by_trigger'])
    await pair.target.client.query(`SET search_path = ${PATH}`)
    const notes = await pair.target.client.query('SELECT note FROM by_trigger ORDER BY id')
    expect(notes.rows).toEqual([{ note: 'e' }, { note: 'a' }])
  }, 120_000)
})

test('a dump is restored into nothing under the search path of that database, by psql and by an import', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-user-path-'))
  // Rows of another table are no condition that an order of restoring could meet.
  const schema = SCHEMA.replace('RETURN $1 IN (SELECT v FROM allowed)', "RETURN bare($1) <> 'x'")
  const view = 'CREATE MATERIALIZED VIEW app.slugs AS SELECT slug(v) AS s FROM app.by_index;'
  // Servers from 17 on build no index, and fill no materialized view, under another path than their own: all are of the older version.
  const [from, byPsql, byImport] = await Promise.all([
    createDatabasePair({ sourceSql: `${schema} ${ROWS}; ${view}` }),
    createDatabasePair(),
    createDatabasePair(),
  ])
  try {
    const dump = join(folder, 'dump')
    await runExport(from, dump)
    for (const { source } of [byPsql, byImport])
      await source.client.query(`ALTER DATABASE ${source.name} SET search_path = ${PATH}`)
    if (hasProgram('psql')) await runScripts(byPsql.source, scriptsOf(dump, true))
    const to = { name: 'staging', isProtected: false, url: byImport.source.url }
    await runImport(byImport, dump, { to })
    const filled = hasProgram('psql') ? [byPsql, byImport] : [byImport]
    for (const { source: target } of filled) {
      await expectSame({ ...from, target })
      const { rows } = await target.client.query('SELECT count(*)::int AS n FROM app.slugs')
      expect(rows).toEqual([{ n: 30 }])
    }
  } finally {
    for (const pair of [from, byPsql, byImport]) await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

test('before PostgreSQL 17, statistics and materialized views are made under the path of their owners', async () => {
  const owner = await createRole(inject('sourceUrl'))
  const schema = `CREATE SCHEMA app AUTHORIZATION ${owner}; SET ROLE ${owner}; SET search_path = app;
    CREATE FUNCTION app.bare(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower($1); END $$;
    CREATE FUNCTION app.slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN bare($1); END $$;
    CREATE TABLE app.item (id int PRIMARY KEY, v text); CREATE INDEX ON app.item (slug(v));
    CREATE MATERIALIZED VIEW app.slugs AS SELECT slug(v) AS s FROM app.item; RESET ROLE;`
  const rows = `INSERT INTO app.item SELECT n, 'É' || n FROM generate_series(1, 30) n`
  const source = await createDatabasePair({ sourceSql: `${schema} ${rows}` })
  const target = await createDatabasePair({ sourceSql: schema })
  const { client, name, url } = target.source
  await client.query(`ALTER DATABASE ${name} SET search_path = app, public`)
  const { warnings } = await runSync(source, {
    profile: { to: { name: 'staging', isProtected: false, url } },
  })
  const { rows: seen } = await client.query('SELECT count(*)::int AS n FROM app.slugs')
  await Promise.all([source.drop(), target.drop()])
  await asSuperuser(inject('sourceUrl'), (admin) => admin.query(`DROP ROLE ${owner}`))
  expect(warnings).toEqual([])
  expect(seen).toEqual([{ n: 30 }])
}, 120_000)

test('a schema is created under the search path of its target; where that of the source is another one, it is said', async () => {
  const created = await createDatabasePair({
    sourceSql: `CREATE SCHEMA app; CREATE SCHEMA lib; SET search_path = app, lib, public;
      CREATE FUNCTION lib.bare(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$;
      CREATE FUNCTION lib.plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT bare($1) $$;
      CREATE TABLE app.item (id int PRIMARY KEY, v text CHECK (plain(v) <> 'x'), s text GENERATED ALWAYS AS (plain(v)) STORED);
      CREATE VIEW app.items AS SELECT plain(v) AS v FROM item;
      INSERT INTO app.item SELECT n, 'V' || n FROM generate_series(1, 30) n`,
  })
  const { source, target } = created
  await source.client.query(`ALTER DATABASE ${source.name} SET search_path = app, lib, "$user"`)
  const said = async () =>
    (await runPlan(created, { createsSchema: true })).findings.flatMap(({ message, hint = '' }) =>
      message.includes('search path of the source') ? [message, hint] : [],
    )
  const [message, hint = ''] = await said()
  const failing = await runSync(created, { createsSchema: true }).catch((error: unknown) => error)
  await target.client.query(hint.replace(/\.$/, ''))
  const after = await said()
  const { tables } = await runSync(created, { createsSchema: true })
  const { rows } = await target.client.query('SELECT count(*)::int AS n FROM app.items')
  await created.drop()
  expect(message).toBe(
    'the search path of the source database is app, lib, "$user", that of the target "$user", public: functions may not find names without a schema',
  )
  expect(failing).toMatchObject({
    message: expect.stringMatching(
      /TABLE app\.item of the source cannot be created in the target: function bare\(text\)/,
    ),
    hint: expect.stringMatching(/names this without its schema.*SET search_path/),
  })
  expect(after).toEqual([])
  expect(tables.map(({ inserted }) => inserted)).toEqual([30])
  expect(rows).toEqual([{ n: 30 }])
}, 120_000)

const TABLES = ['by_index', 'by_generated', 'by_check', 'by_domain', 'by_exclusion', 'by_trigger', 'keyless']

async function expectSame({ source, target }: DatabasePair, except: readonly string[] = []): Promise<void> {
  for (const name of TABLES.filter((each) => !except.includes(each))) {
    const read = async ({ client }: DatabasePair['source']) => {
      await client.query(`SET search_path = ${PATH}`)
      const columns = name === 'by_check' ? 'id, v' : '*'
      const sql = `SELECT array_agg(t::text ORDER BY t::text) AS rows FROM (SELECT ${columns} FROM ${name}) AS t`
      return (await client.query(sql)).rows[0].rows
    }
    expect(await read(target), name).toEqual(await read(source))
  }
}

async function* withoutTable(scripts: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  for await (const script of scripts) if (!script.includes(`COPY ${name}`)) yield script
}

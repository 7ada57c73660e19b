import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, createRole, type DatabasePair, giveOwnership } from '../support/databases.ts'
import { onTerminal } from '../support/on-terminal.ts'
import { runHere, startMbsync } from '../support/run-mbsync.ts'
import { hasProgram } from '../support/run-program.ts'
import { schemaOf } from '../support/schema-copy.ts'
import { diffOf, linesOf } from '../support/schema-diff.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const SCHEMA = `
  CREATE SCHEMA shop;
  CREATE SEQUENCE shop.ticket START 7;
  CREATE TABLE shop."Customer" (id serial PRIMARY KEY, email text NOT NULL UNIQUE, favourite int);
  CREATE TABLE shop.item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES shop."Customer",
    ticket bigint DEFAULT nextval('shop.ticket'), price numeric(9,2) CHECK (price >= 0), twice numeric GENERATED ALWAYS AS (price * 2) STORED);
  ALTER TABLE shop."Customer" ADD FOREIGN KEY (favourite) REFERENCES shop.item (id);
  CREATE INDEX item_price ON shop.item (price) WHERE price > 1;
  CREATE TABLE event (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE event_rest PARTITION OF event DEFAULT;
  CREATE VIEW shop.rich AS SELECT * FROM shop.item WHERE price > 10;
  CREATE MATERIALIZED VIEW shop.totals AS SELECT customer, sum(price) AS total FROM shop.item GROUP BY customer;
  CREATE UNIQUE INDEX ON shop.totals (customer);
  CREATE TABLE _prisma_migrations (id text PRIMARY KEY, migration_name text);
  CREATE FUNCTION shop.all_items() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM shop.item';
  COMMENT ON TABLE shop.item IS 'what is sold; -- and a comment';`

const ROWS = `
  INSERT INTO shop."Customer" (email) SELECT i || '@example.com' FROM generate_series(1, 50) i;
  INSERT INTO shop.item (customer, price) SELECT 1 + i % 50, i FROM generate_series(1, 500) i;
  UPDATE shop."Customer" SET favourite = id;
  INSERT INTO event SELECT i, date '2024-06-01' + i FROM generate_series(1, 400) i;
  INSERT INTO _prisma_migrations VALUES ('1', '20240101_init');
  REFRESH MATERIALIZED VIEW shop.totals;`

let pair: DatabasePair
let folder: string

const env = (to = pair.target.url) => ({
  PRODUCTION_DATABASE_URL: pair.source.url,
  STAGING_DATABASE_URL: to,
})

async function done(args: readonly string[], to?: string) {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], { env: env(to) })
  expect(exitCode, stderr + stdout).toBe(0)
  return JSON.parse(stdout)
}

/** Roles that both servers have. */
async function rolesOfBoth(count: number): Promise<string[]> {
  const names: string[] = []
  for (let at = 0; at < count; at += 1) {
    const name = await createRole(pair.target.url)
    await pair.source.client.query(`CREATE ROLE ${name}`)
    names.push(name)
  }
  return names
}

/** The names of all relations outside the schemas of mbsync. */
async function relations(): Promise<string[]> {
  const { rows } = await pair.target.client.query(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^(pg_|mbsync|information_schema)' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** Without what the two databases number by themselves. */
async function statements(url: string): Promise<string[]> {
  const { objects } = await schemaOf(url)
  return objects.flatMap(({ create, describe }) => [...create, ...describe])
}

describe('an empty target', () => {
  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS })
    folder = mkdtempSync(join(tmpdir(), 'mbsync-create-'))
  })
  afterEach(async () => {
    await pair.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('gets the schema of the source and its rows, history of migrations included', async () => {
    const planned = await done(['sync', '--create-schema', '--dry-run'])
    expect(planned).toMatchObject({ isReady: true, strategy: { kind: 'load' } })
    expect(planned.creates).toContainEqual({ kind: 'table', identity: 'TABLE shop."Customer"' })
    expect(planned.findings.map(({ message }: { message: string }) => message)).toContain(
      '1 function with SECURITY DEFINER would run as superuser for all who call them: FUNCTION shop.all_items()',
    )
    expect(await relations()).toEqual([])
    const result = await done(['sync', '--create-schema'])
    expect(result.created).toMatchObject({ schema: 1, table: 6, view: 1, 'materialized view': 1 })
    expect(await statements(pair.target.url)).toEqual(await statements(pair.source.url))
    await expectSameContent(pair.source.client, pair.target.client)
    const totals = await pair.target.client.query('SELECT count(*)::int AS n FROM shop.totals')
    expect(totals.rows).toEqual([{ n: 50 }])
    const left = await pair.target.client.query('SELECT FROM mbsync.created_objects')
    expect(left.rowCount).toBe(0)
    const { run } = await done(['status', 'prod-to-staging', '1'])
    expect(run.created).toEqual(result.created)
    const again = await done(['sync'])
    expect(again).toMatchObject({ created: {}, totals: { inserted: 0, deleted: 0 } })
    const back = await done(['rollback', '--yes'])
    expect(back.created).toEqual({})
  })

  test('gets owners and privileges where the profile asks for them, also what roles have given on, and those of the schema public', async () => {
    const [owner, reader, other] = await rolesOfBoth(3)
    await pair.source.client.query(`
      ALTER TABLE shop.item OWNER TO ${owner};
      ALTER FUNCTION shop.all_items() OWNER TO ${owner};
      REVOKE EXECUTE ON FUNCTION shop.all_items() FROM PUBLIC;
      GRANT USAGE ON SCHEMA shop TO ${reader};
      GRANT SELECT, UPDATE (price) ON shop.item TO ${reader} WITH GRANT OPTION;
      SET ROLE ${reader}; GRANT SELECT ON shop.item TO ${other}; RESET ROLE;
      ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${reader};
      ALTER SCHEMA public OWNER TO ${owner}; COMMENT ON SCHEMA public IS 'of the application'; GRANT CREATE ON SCHEMA public TO ${reader};
      REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC`)
    const files = {
      'mbsync.yaml': `databases: { production: { url: ${pair.source.url} }, staging: { url: ${pair.target.url} } }
profiles: { nightly: { from: production, to: staging, schema: create, owner: source, grants: source } }`,
    }
    const plain = await createRole(pair.target.url)
    await pair.target.client.query(`ALTER DATABASE ${pair.target.name} OWNER TO ${plain}`)
    const url = pair.target.urlFor(plain, plain)
    const asPlain = { 'mbsync.yaml': files['mbsync.yaml'].replace(pair.target.url, url) }
    const planned = await runHere(['sync', '--dry-run', '--json'], { files: asPlain })
    const messages = JSON.parse(planned.stdout).findings.map(
      ({ subject, message }: { subject: string; message: string }) => `${subject}: ${message}`,
    )
    expect(messages).toEqual(
      expect.arrayContaining([
        `role ${owner}: owns objects of the source, and the role of the target is not a member of it`,
        `role ${reader}: has granted privileges in the source, and the role of the target is not a member of it`,
      ]),
    )
    const run = await runHere(['sync'], { files })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(linesOf(await diffOf(pair))).toEqual([])
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('gets what calls functions that name things without their schema', async () => {
    await pair.source.client.query(`CREATE FUNCTION lowered(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
      CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT trim(lowered($1))';
      CREATE TABLE named (name text, plain text GENERATED ALWAYS AS (plain(name)) STORED);
      CREATE MATERIALIZED VIEW read_by_function AS SELECT 1 AS n;
      CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.read_by_function';
      CREATE MATERIALIZED VIEW a_reader AS SELECT reads() AS n;
      CREATE TABLE by_name (name text) PARTITION BY LIST (plain(name));
      CREATE TABLE by_name_a PARTITION OF by_name FOR VALUES IN ('a');
      INSERT INTO named VALUES (' A '); INSERT INTO by_name VALUES (' A ')`)
    const guest = await createRole(pair.target.url)
    await pair.target.client.query(`GRANT CREATE ON DATABASE ${pair.target.name} TO ${guest}`)
    const asGuest = await runHere(['check', '--create-schema'], {
      env: env(pair.target.urlFor(guest, guest)),
    })
    expect([asGuest.exitCode, asGuest.stdout]).toEqual([
      3,
      expect.stringContaining(`GRANT USAGE, CREATE ON SCHEMA "public" TO "${guest}"`),
    ])
    const { warnings } = await done(['sync', '--create-schema'])
    expect(warnings).toEqual([])
    expect(await statements(pair.target.url)).toEqual(await statements(pair.source.url))
    const found =
      'SELECT (SELECT n::int FROM a_reader) AS n, (SELECT plain FROM named) AS plain, (SELECT name FROM by_name) AS name'
    expect((await pair.target.client.query(found)).rows).toEqual([{ n: 1, plain: 'a', name: ' A ' }])
  })

  test('is refused without the flag, which is named, and on a terminal it is offered', async () => {
    const refused = await runHere(['sync'], { env: env() })
    expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringContaining('--create-schema')])
    expect(await relations()).toEqual([])
    if (!hasProgram('script')) return
    const typed = (text: string) => [{ after: 'Type yes to continue: ', text }]
    const no = await onTerminal(['sync'], { cwd: folder, env: env(), typed: typed('no') })
    expect([no.exitCode, no.output.replaceAll(/\s+/g, ' ')]).toEqual([
      3,
      expect.stringContaining('create the schema of "production" in it?'),
    ])
    expect(await relations()).toEqual([])
    const yes = await onTerminal(['sync'], { cwd: folder, env: env(), typed: typed('yes') })
    expect(yes.exitCode, yes.output).toBe(0)
    expect(yes.output).toContain('Created: ')
    await expectSameContent(pair.source.client, pair.target.client)
  })
})

describe('a target that lacks some tables', () => {
  let url: string

  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `${SCHEMA} CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TABLE shop.kind (id int PRIMARY KEY); INSERT INTO shop.kind VALUES (1);
        CREATE TABLE shop.review (item int REFERENCES shop.item, kind int REFERENCES shop.kind, feels mood);
        CREATE VIEW shop.unhappy AS SELECT * FROM shop.review WHERE feels = 'bad';
        ${ROWS} INSERT INTO shop.review VALUES (1, 1, 'good'), (2, 1, 'bad')`,
      targetSql: SCHEMA,
    })
    const owner = await createRole(pair.target.url)
    await giveOwnership(pair.target, owner)
    url = pair.target.urlFor(owner, owner)
  })
  afterAll(() => pair.drop())

  test('gets those of the run with what they need, as a plain owner of its tables', async () => {
    const args = ['sync', '--create-schema', '--exclude', 'shop.kind']
    const planned = await done([...args, '--dry-run'], url)
    const identities = planned.creates.map(({ identity }: { identity: string }) => identity)
    expect(identities).toEqual(expect.arrayContaining(['TYPE public.mood', 'TABLE shop.review']))
    expect(identities.filter((identity: string) => /shop\.(kind|unhappy)$/.test(identity))).toEqual([])
    const result = await done(args, url)
    expect(result.created).toEqual({ type: 1, table: 1, constraint: 1 })
    expect(result.notes).toContainEqual(
      expect.objectContaining({ code: 'schema', subject: 'CONSTRAINT review_kind_fkey ON shop.review' }),
    )
    const { rows } = await pair.target.client.query('SELECT item, feels::text FROM shop.review ORDER BY 1')
    expect(rows).toEqual([
      { item: 1, feels: 'good' },
      { item: 2, feels: 'bad' },
    ])
    const asked = await pair.target.client.query('SELECT FROM _prisma_migrations')
    expect(asked.rowCount, 'a history that was there is left alone').toBe(0)
  })
})

describe('what a run has created', () => {
  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS })
  })
  afterEach(() => pair.drop())

  /** A run whose schema is there, and whose rows do not come. */
  async function stalled() {
    const proxy = await startProxy(pair.source.url)
    const run = startMbsync(['sync', '--create-schema', '--json'], {
      env: { ...env(), PRODUCTION_DATABASE_URL: proxy.url },
    })
    await run.untilStderr(/"phase":"create"/)
    proxy.stall()
    await expect.poll(relations).toContain('shop.item')
    return { run, proxy }
  }

  test('is dropped if the run is interrupted, also what an event trigger has altered in a transaction within', async () => {
    await pair.target.client.query(`CREATE FUNCTION public.tuned() RETURNS event_trigger LANGUAGE plpgsql AS $$
        DECLARE made record;
        BEGIN FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
          BEGIN
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', made.object_identity);
            EXECUTE format('CREATE TABLE %s (id int)', made.object_identity || '_log');
          EXCEPTION WHEN OTHERS THEN NULL; END;
        END LOOP; END$$;
      CREATE EVENT TRIGGER tuned ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.tuned();
      ALTER EVENT TRIGGER tuned ENABLE ALWAYS`)
    const { run, proxy } = await stalled()
    run.kill('SIGTERM')
    const { exitCode } = await run.ended
    await proxy.close()
    expect(exitCode).toBe(143)
    expect(await relations()).toEqual([])
    const schemas = await pair.target.client.query(`SELECT FROM pg_namespace WHERE nspname = 'shop'`)
    expect(schemas.rowCount).toBe(0)
  })

  test('is dropped by the next run if the process is killed, which ends well', async () => {
    const { run, proxy } = await stalled()
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    expect(await relations()).toContain('shop.item')
    const planned = await done(['sync', '--create-schema', '--dry-run'])
    expect(planned.creates).toContainEqual({ kind: 'table', identity: 'TABLE shop.item' })
    const again = await runHere(['sync', '--create-schema'], { env: env() })
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stderr).toContain('Dropped the objects that an unsuccessful run had created')
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('is dropped with its rows by the next run if the process is killed when some of them are committed; what comes last comes with a load, too', async () => {
    const { source, target } = pair
    await source.client.query(`INSERT INTO shop.item (customer, price) SELECT 1, i FROM generate_series(1, 40000) i;
      ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC;
      CREATE FUNCTION shop.nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
      CREATE EVENT TRIGGER nothing ON sql_drop EXECUTE FUNCTION shop.nothing()`)
    const proxy = await startProxy(target.url)
    const stalled = proxy.stallAt(/COMMIT/, /INSERT INTO mbsync\.loads/)
    const run = startMbsync(['sync', '--create-schema'], { env: env(proxy.url) })
    await stalled
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    const { rows } = await target.client.query('SELECT sum(rows)::int AS n FROM mbsync.loads')
    expect(rows[0].n).toBeGreaterThan(0)
    const planned = await done(['sync', '--create-schema', '--dry-run'])
    expect(planned.isReady).toBe(true)
    const again = await runHere(['sync', '--create-schema'], { env: env() })
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stderr).toContain('Dropped the objects that an unsuccessful run had created')
    await expectSameContent(source.client, target.client)
    expect(await statements(target.url)).toEqual(await statements(source.url))
  })

  test('is nothing if the process is killed before it is committed', async () => {
    const proxy = await startProxy(pair.target.url)
    const stalled = proxy.stallAt(/INSERT INTO mbsync\.created_objects/)
    const run = startMbsync(['sync', '--create-schema'], { env: env(proxy.url) })
    await stalled
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await expect.poll(relations).toEqual([])
    await done(['sync', '--create-schema'])
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('is left, and said, if another session has built upon it since', async () => {
    const { run, proxy } = await stalled()
    run.kill('SIGKILL')
    await run.ended
    await proxy.close()
    await pair.target.client.query('CREATE VIEW mine AS SELECT * FROM shop.item')
    const again = await runHere(['sync', '--create-schema'], { env: env() })
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stderr).toContain('stay in the target')
    expect(await relations()).toContain('mine')
    await expectSameContent(pair.source.client, pair.target.client, ['public._prisma_migrations'])
  })

  test('is left by the run that failed, and the next one says that the target is not empty for that', async () => {
    const { run, proxy } = await stalled()
    await pair.target.client.query('CREATE VIEW mine AS SELECT * FROM shop.item')
    run.kill('SIGTERM')
    await run.ended
    await proxy.close()
    expect(await relations()).toContain('shop.item')
    const { notes } = await done(['sync', '--create-schema'])
    expect(notes).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/^is not empty, as .* run 1 .*mine/) }),
    )
  })

  test('is nothing if one object cannot be created, which is named', async () => {
    await pair.target.client.query('CREATE SCHEMA shop; CREATE TYPE shop.item AS (a int)')
    const { exitCode, stdout } = await runHere(['sync', '--create-schema', '--json'], { env: env() })
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout).error.message).toContain('TABLE shop.item')
    expect(await relations()).toEqual(['shop.item'])
  })

  test('is what can be created, where that is asked for: all else is named, before anything is created', async () => {
    const fixture = new URL('../fixtures/schemas/unsupported.sql', import.meta.url)
    await pair.source.client.query(readFileSync(fixture, 'utf8'))
    await pair.source.client.query(`CREATE FUNCTION foreign_things.sound(text) RETURNS text LANGUAGE c IMMUTABLE STRICT AS '$libdir/fuzzystrmatch', 'soundex';
      CREATE FUNCTION foreign_things.sound_of(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT foreign_things.sound($1)';
      CREATE FUNCTION foreign_things.sound(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
      CREATE FUNCTION foreign_things.sound(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT foreign_things.sound($1)';
      CREATE TABLE foreign_things.measured (id int PRIMARY KEY CHECK (foreign_things.sound(id, 1) > 0));
      CREATE FUNCTION foreign_things.heard_as(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN foreign_things.sound_of($1); END';
      CREATE TABLE foreign_things.heard (id int PRIMARY KEY, name text DEFAULT foreign_things.heard_as('x'));
      CREATE INDEX heard_name ON foreign_things.heard (foreign_things.heard_as(name)); INSERT INTO foreign_things.heard VALUES (1, 'a')`)
    const refused = await runHere(['sync', '--create-schema', '--json'], { env: env() })
    expect(refused.exitCode).toBe(3)
    const { findings } = JSON.parse(refused.stdout).error
    for (const subject of ['FUNCTION foreign_things.in_c()', 'FOREIGN TABLE foreign_things.remote'])
      expect(findings).toContainEqual(expect.objectContaining({ severity: 'error', code: 'schema', subject }))
    expect(await relations()).toEqual([])
    const args = ['sync', '--create-schema', '--skip-unsupported', '--json']
    const { exitCode, stdout } = await runHere(args, { env: env() })
    expect(exitCode, stdout).toBe(4)
    const { notes, skipped } = JSON.parse(stdout)
    const left = ['foreign_things.by_method', 'foreign_things.hyper', 'foreign_things.of_base']
    expect(skipped.map(({ table }: { table: string }) => table)).toEqual(left)
    expect(notes.filter(({ code }: { code: string }) => code === 'schema').length).toBeGreaterThan(8)
    expect(await relations()).toEqual(
      expect.arrayContaining(['foreign_things.fine', 'foreign_things.heard', 'foreign_things.measured']),
    )
    expect(notes).toContainEqual(
      expect.objectContaining({
        subject: 'INDEX foreign_things.heard_name',
        message: expect.stringContaining(
          'it evaluates FUNCTION foreign_things.heard_as(text), which needs FUNCTION foreign_things.sound(text), which is left out',
        ),
      }),
    )
    const ofTimescale = ['hypertable', 'continuous_agg', 'hyper_chunk'].map(
      (name) => `_timescaledb_catalog.${name}`,
    )
    await expectSameContent(pair.source.client, pair.target.client, [...left, ...ofTimescale])
  })

  test('stays when the run is rolled back, which takes the rows away', async () => {
    const { created } = await done(['sync', '--create-schema'])
    const back = await done(['rollback', '--yes'])
    expect(back.created).toEqual(created)
    const { rows } = await pair.target.client.query('SELECT count(*)::int AS n FROM shop.item')
    expect(rows).toEqual([{ n: 0 }])
    const history = await pair.target.client.query('SELECT migration_name AS name FROM _prisma_migrations')
    expect(history.rows, 'the schema stays, so a migration tool must find it migrated').toEqual([
      { name: '20240101_init' },
    ])
    expect((await done(['sync'])).totals.inserted).toBeGreaterThan(900)
  })
})

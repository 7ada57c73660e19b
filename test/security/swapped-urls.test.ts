import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import {
  asSuperuser,
  createDatabasePair,
  createRole,
  type DatabasePair,
  giveOwnership,
  type TestDatabase,
} from '../support/databases.ts'
import { olderState } from '../support/older-state.ts'
import { runHere, runMbsync } from '../support/run-mbsync.ts'

/** An exchange of the two URLs must not overwrite production: no flag, no variable and no lack of rights leads there. */

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'

let pair: DatabasePair
let production: TestDatabase
let staging: TestDatabase

async function fill(): Promise<void> {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item VALUES (1, 'a'), (2, 'b')`,
    targetSql: `${SCHEMA} INSERT INTO item VALUES (9, 'old')`,
  })
  production = pair.source
  staging = pair.target
  await run(['sync'], production.url, staging.url, 0)
  await production.client.query(`INSERT INTO item VALUES (3, 'the newest')`)
}

async function run(args: readonly string[], from: string, to: string, expected: number): Promise<string> {
  const env = { PRODUCTION_DATABASE_URL: from, STAGING_DATABASE_URL: to }
  const { exitCode, stdout, stderr } = await runHere(args, { env })
  const output = (stdout + stderr).replaceAll('\\"', '"')
  expect(exitCode, output).toBe(expected)
  return output
}

const REFUSAL =
  /The state in the source "production" says that its earlier runs read from the target "staging": database test_\w+, which was called "production" then/

async function expectUntouched(database: TestDatabase): Promise<void> {
  const { rows } = await database.client.query('SELECT id FROM item ORDER BY id')
  expect(rows.map(({ id }) => id)).toEqual([1, 2, 3])
  const schemas = await database.client.query(`SELECT FROM pg_namespace WHERE nspname ~ '^mbsync'`)
  expect(schemas.rowCount, 'nothing is written to it').toBe(0)
}

/** A role that may do what a run needs in its source, or, as the owner, in its target. */
async function plainRole(database: TestDatabase, clusterUrl: string, isOwner: boolean): Promise<string> {
  const role = await createRole(clusterUrl)
  if (isOwner) await giveOwnership(database, role)
  else await database.client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
  return role
}

async function dropRole(clusterUrl: string, database: TestDatabase, role: string): Promise<void> {
  await database.client.query(`DROP OWNED BY ${role} CASCADE`)
  await asSuperuser(clusterUrl, (admin) => admin.query(`DROP ROLE ${role}`))
}

describe('with both URLs exchanged', () => {
  beforeAll(fill)
  afterAll(() => pair?.drop())

  test.each([
    [['check']],
    [['sync']],
    [['sync', '--dry-run']],
    [['sync', '--yes', '--allow-blocking', '--repair']],
    [['full-sync', '--yes', '--table', 'item']],
  ])('%j is refused, and production stays as it is', async (args) => {
    expect(await run(args, staging.url, production.url, 3)).toMatch(REFUSAL)
    await expectUntouched(production)
  })

  test('the binary ends with 3 and says what to do', async () => {
    const env = { PRODUCTION_DATABASE_URL: staging.url, STAGING_DATABASE_URL: production.url }
    const { exitCode, stdout } = await runMbsync(['sync', '--json'], { env })
    expect(exitCode).toBe(3)
    const { error } = JSON.parse(stdout)
    expect(error.message).toMatch(REFUSAL)
    expect(error.hint).toContain('`mbsync forget-source production`')
    await expectUntouched(production)
  })

  test('plain roles on both sides are refused, too: the owner of production, and a reader of staging', async () => {
    const owner = await plainRole(production, inject('sourceUrl'), true)
    const reader = await plainRole(staging, inject('targetUrl'), false)
    const [from, to] = [staging.urlFor(reader, reader), production.urlFor(owner, owner)]
    expect(await run(['sync'], from, to, 3)).toMatch(REFUSAL)
    expect(await run(['check'], from, to, 3)).toMatch(REFUSAL)
    await expectUntouched(production)
    await production.client.query(`REASSIGN OWNED BY ${owner} TO postgres`)
    await dropRole(inject('sourceUrl'), production, owner)
    await dropRole(inject('targetUrl'), staging, reader)
  })

  test('a state that the reader may not read refuses the run, with the statements that let it', async () => {
    const reader = await plainRole(staging, inject('targetUrl'), false)
    await staging.client.query(
      'REVOKE ALL ON SCHEMA mbsync FROM PUBLIC; REVOKE ALL ON mbsync.sources FROM PUBLIC',
    )
    const from = staging.urlFor(reader, reader)
    const output = await run(['sync'], from, production.url, 3)
    expect(output).toContain('has a state of mbsync that its role may not read')
    const [grants = ''] =
      /GRANT USAGE ON SCHEMA mbsync TO "\w+"; GRANT SELECT ON mbsync.sources TO "\w+"/.exec(output) ?? []
    await staging.client.query(grants)
    expect(await run(['sync'], from, production.url, 3)).toMatch(REFUSAL)
    await expectUntouched(production)
    await dropRole(inject('targetUrl'), staging, reader)
  })
})

describe('what a state remembers', () => {
  beforeEach(fill)
  afterEach(() => pair?.drop())

  test('the memory outlives the runs that made it, a rollback, and an update from an mbsync without it', async () => {
    await run(['rollback'], production.url, staging.url, 0)
    await staging.client.query('DELETE FROM mbsync.runs')
    expect(await run(['sync'], staging.url, production.url, 3)).toMatch(REFUSAL)
    await run(['sync'], production.url, staging.url, 0)
    await staging.client.query(olderState(3))
    expect(await run(['sync'], staging.url, production.url, 3)).toMatch(REFUSAL)
    await expectUntouched(production)
    await run(['sync'], production.url, staging.url, 0)
    const { rows } = await staging.client.query('SELECT name, database_name FROM mbsync.sources')
    expect(rows).toEqual([{ name: 'production', database_name: production.name }])
  })

  test('a dump of staging is not imported into production, and a dump of production still is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-roles-'))
    await run(['export', '--output', join(folder, 'staging')], staging.url, production.url, 0)
    const to = ['--to', 'staging', '--yes']
    const output = await run(['import', join(folder, 'staging'), ...to], staging.url, production.url, 3)
    expect(output).toMatch(/was exported from \\?"production\\?", whose earlier runs read from the target/)
    await run(['import', join(folder, 'staging'), ...to, '--dry-run'], staging.url, production.url, 3)
    await expectUntouched(production)
    await run(['export', '--output', join(folder, 'production')], production.url, staging.url, 0)
    await run(['import', join(folder, 'production'), ...to], production.url, staging.url, 0)
    await run(['import', join(folder, 'staging'), ...to], production.url, staging.url, 0)
    rmSync(folder, { recursive: true })
  })
})

describe('chains and real changes of roles', () => {
  beforeEach(fill)
  afterEach(() => pair?.drop())

  test('production, staging, a copy of a developer: each is filled from the one before, and none from one after', async () => {
    const other = await createDatabasePair({
      sourceSql: SCHEMA,
      targetSql: `${SCHEMA} INSERT INTO item VALUES (7)`,
    })
    const copy = other.target
    const reader = await plainRole(staging, inject('targetUrl'), false)
    await run(['sync'], staging.urlFor(reader, reader), copy.url, 0)
    await run(['sync'], production.url, staging.url, 0)
    await run(['sync'], staging.urlFor(reader, reader), copy.url, 0)
    expect((await copy.client.query('SELECT FROM item')).rowCount).toBe(3)
    expect(await run(['sync'], copy.url, staging.url, 3)).toContain('says that its earlier runs read from')
    expect(await run(['sync'], copy.url, production.url, 3), 'nor past the middle').toMatch(REFUSAL)
    await expectUntouched(production)
    await other.drop()
    await dropRole(inject('targetUrl'), staging, reader)
  })

  test('forget-source lets the two change roles, after it was confirmed', async () => {
    const forget = ['forget-source', 'production']
    const env = { PRODUCTION_DATABASE_URL: staging.url, STAGING_DATABASE_URL: production.url }
    const unasked = await runHere(forget, { env: { ...env, MBSYNC_YES: '0' } })
    expect(unasked.exitCode).toBe(3)
    expect(unasked.stderr).toMatch(/would forget 1 source: \\?"production\\?" \(database test_\w+\)/)
    expect(await run([...forget, 'another'], staging.url, production.url, 2)).toContain('remembers no source')
    expect(await run(['forget-source', 'staging'], staging.url, production.url, 3)).toContain(
      'nothing to forget',
    )
    await expectUntouched(production)
    const done = await runHere([...forget, '--yes', '--json'], { env: { ...env, MBSYNC_YES: '' } })
    expect(JSON.parse(done.stdout)).toMatchObject({ sources: [{ database: production.name }] })
    await run(['sync'], staging.url, production.url, 0)
    expect((await production.client.query('SELECT FROM item')).rowCount).toBe(2)
    expect(await run(['sync'], production.url, staging.url, 3), 'and now the other way').toMatch(
      /says that its earlier runs read from the target/,
    )
  })

  test('forget-source works on a state that an older mbsync has left, and on a protected database', async () => {
    await staging.client.query(
      `${olderState(3)};
       ALTER DATABASE ${staging.name} SET mbsync.protected = on`,
    )
    await run(['forget-source', 'production'], staging.url, production.url, 0)
    await run(['check'], staging.url, production.url, 0)
  })

  test('physical copies have the identity of their origin: none is read into it, and one that was filled is filled again', async () => {
    const origin = await startCluster({ major: 18 })
    await asSuperuser(origin.url(), (client) => client.query(`${SCHEMA} INSERT INTO item VALUES (1, 'a')`))
    const first = await copyOf(origin)
    await asSuperuser(origin.url(), (client) => client.query(`INSERT INTO item VALUES (2, 'b'), (3, 'c')`))
    await run(['sync'], origin.url(), first.url(), 0)
    const second = await copyOf(first)
    await run(['sync'], first.url(), second.url(), 0)
    await run(['sync'], origin.url(), first.url(), 0)
    expect(await run(['sync'], first.url(), origin.url(), 3)).toContain(
      'says that its earlier runs read from',
    )
    await run(['check'], second.url(), origin.url(), 3)
    for (const cluster of [second, first, origin]) await cluster.stop()
  })
})

async function copyOf(origin: Cluster): Promise<Cluster> {
  const copy = await startCluster({ major: 18, standbyOf: origin })
  await asSuperuser(copy.url(), (client) => client.query('SELECT pg_promote()'))
  return copy
}

describe('what the owner of a source plants instead of a state', () => {
  const COLUMNS = 'system_identifier text, database_oid int8, database_name text, name text'

  beforeAll(async () => {
    await fill()
    // It fails only where mbsync would run it: in a session that can only read.
    await staging.client.query(`
      CREATE FUNCTION note(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
        IF current_setting('default_transaction_read_only') = 'on' THEN RAISE EXCEPTION 'planted code has run'; END IF;
        RETURN 'x';
      END $$;
      ALTER TABLE mbsync.sources RENAME TO real_sources;
      CREATE DOMAIN planted AS text CHECK (public.note(VALUE) = 'x')`)
  })
  afterAll(() => pair?.drop())

  test.each([
    [
      'a view',
      `CREATE VIEW mbsync.sources AS SELECT public.note('') AS system_identifier, 1::int8 AS database_oid, '' AS database_name, '' AS name`,
    ],
    [
      'a table with a policy',
      `CREATE TABLE mbsync.sources (${COLUMNS}); ALTER TABLE mbsync.sources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
       CREATE POLICY p ON mbsync.sources USING (public.note('') = 'x')`,
    ],
    [
      'a table with a domain',
      `CREATE TABLE mbsync.sources (${COLUMNS.replace('identifier text', 'identifier planted')})`,
    ],
    ['a partitioned table', `CREATE TABLE mbsync.sources (${COLUMNS}) PARTITION BY RANGE (database_oid)`],
    ['a sequence', 'CREATE SEQUENCE mbsync.sources'],
  ])('%s is not read', async (_, sql) => {
    await staging.client.query(sql)
    const output = await run(['sync'], staging.url, production.url, 3)
    expect(output).toContain('mbsync.sources in the source "production" is not a table as mbsync makes it')
    await expectUntouched(production)
    await staging.client.query(`DO $$ BEGIN EXECUTE format('DROP %s mbsync.sources',
      (SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
       FROM pg_class WHERE oid = 'mbsync.sources'::regclass)); END $$`)
  })

  test('an index, a check and a default that call its functions are not evaluated, and no text does harm', async () => {
    await staging.client.query(`
      CREATE TABLE mbsync.sources (${COLUMNS}, more text GENERATED ALWAYS AS (public.note(name)) STORED);
      INSERT INTO mbsync.sources VALUES ('', 1, E'tab\\t, newline\\n, \\\\. and \\\\N', E'\\033[2J');
      CREATE INDEX ON mbsync.sources (public.note(system_identifier));
      ALTER TABLE mbsync.sources ADD CHECK (public.note(database_name) = 'x') NOT VALID`)
    await run(['check'], staging.url, production.url, 0)
    await staging.client.query('DROP TABLE mbsync.sources')
  })
})

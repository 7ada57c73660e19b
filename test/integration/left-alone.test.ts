import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

/** Tables of migration tools, as each of them makes its own. */
const HISTORIES = `
  CREATE TABLE migrations (id serial PRIMARY KEY, migration varchar(255) NOT NULL, batch int NOT NULL);
  CREATE TABLE payload_migrations (id serial PRIMARY KEY, name varchar, batch numeric);
  CREATE TABLE strapi_migrations (id serial PRIMARY KEY, name varchar, time timestamp);
  CREATE TABLE strapi_database_schema (id serial PRIMARY KEY, schema json, hash varchar);
  CREATE TABLE directus_migrations (version varchar(255) PRIMARY KEY, name varchar(255), timestamp timestamptz);
  CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid PRIMARY KEY, version text);
  CREATE SCHEMA graphile_worker; CREATE TABLE graphile_worker.migrations (id int PRIMARY KEY, ts timestamptz);
  CREATE SCHEMA pgboss; CREATE TABLE pgboss.version (version int PRIMARY KEY);
  CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text, created_at bigint);
  CREATE TABLE doctrine_migration_versions (version varchar(191) PRIMARY KEY, executed_at timestamp);
  CREATE TABLE phinxlog (version bigint PRIMARY KEY, start_time timestamp, end_time timestamp); CREATE TABLE "SequelizeData" (name text PRIMARY KEY);
  CREATE TABLE flyway (installed_rank int PRIMARY KEY, version text, description text, type text, script text, checksum int, installed_by text, installed_on timestamp, execution_time int, success bool); CREATE TABLE refinery_schema_history (version int PRIMARY KEY, name text, applied_on text, checksum text);
  CREATE TABLE _yoyo_migration (id text PRIMARY KEY, ctime timestamp); CREATE TABLE "__EFMigrationsHistory" ("MigrationId" text PRIMARY KEY, "ProductVersion" text);
  CREATE SCHEMA atlas_schema_revisions; CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version text PRIMARY KEY, description text, type int, applied int, total int, executed_at timestamptz);
  CREATE TABLE "VersionInfo" ("Version" bigint); CREATE TABLE data_migrations (version text PRIMARY KEY);
  CREATE TABLE _prisma_migrations (id text PRIMARY KEY, checksum text, finished_at timestamptz, migration_name text NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz DEFAULT now(), applied_steps_count int DEFAULT 0);
  CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied bool NOT NULL, tstamp timestamp DEFAULT now());
  CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar); CREATE TABLE schema_migrations (version varchar PRIMARY KEY);`
const COUNT = HISTORIES.match(/CREATE TABLE/g)?.length ?? 0

/** A table of the application that is only called like one of them, and the application's own schema of a host's name. */
const OWN = `CREATE TABLE users (id int PRIMARY KEY, name text);
  CREATE SCHEMA birds; CREATE TABLE birds.migrations (id int PRIMARY KEY, species text);
  CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY);`

let pair: DatabasePair
let folder: string
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${HISTORIES} ${OWN} INSERT INTO users VALUES (1, 'Ada'); INSERT INTO birds.migrations VALUES (1, 'swift');
      INSERT INTO auth.users VALUES (1); INSERT INTO migrations (migration, batch) VALUES ('2024_create_users', 1);
      INSERT INTO ar_internal_metadata VALUES ('environment', 'production'); INSERT INTO schema_migrations VALUES ('1'), ('9');
      INSERT INTO directus_migrations VALUES ('same');
      INSERT INTO _prisma_migrations (id, migration_name, finished_at) VALUES (1, '1_init', now()), (2, '2_next', now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (5, true);`,
    targetSql: `${HISTORIES} ${OWN} INSERT INTO migrations (migration, batch) VALUES ('2024_create_users', 1), ('2025_add_name', 2);
      INSERT INTO ar_internal_metadata VALUES ('environment', 'staging'); INSERT INTO schema_migrations VALUES ('1'), ('Jane Doe');
      INSERT INTO directus_migrations VALUES ('same');
      INSERT INTO _prisma_migrations (id, migration_name, finished_at, rolled_back_at)
        VALUES (1, '1_init', now(), NULL), (2, '2_next', NULL, NULL), (3, '0_back', NULL, now());
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (5, true), (6, true), (6, false);`,
  })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-left-alone-'))
})
afterAll(async () => {
  await pair?.drop()
  rmSync(folder, { recursive: true })
})

/** A check that waits for a lock does so for this long. */
const IMPATIENT = 'profiles: { prod-to-staging: { from: production, to: staging, timeouts: { lock: 1s } } }'

const mbsync = (...args: string[]) => mbsyncWith({}, args)
const mbsyncWith = async (files: Readonly<Record<string, string>>, args: readonly string[]) => {
  const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url }
  const { exitCode, stdout, stderr } = await runHere(args, { env, files })
  return { exitCode, output: stdout + stderr }
}
const rows = async (table: string) =>
  (await pair.target.client.query(`SELECT * FROM ${table} ORDER BY 1`)).rows
const histories = async () => ({
  migrations: await rows('migrations'),
  metadata: await rows('ar_internal_metadata'),
  versions: await rows('schema_migrations'),
})

describe('histories of migrations', () => {
  test('are left alone by every command that needs no file, and so is nothing else', async () => {
    const before = await histories()
    const check = await mbsync('check')
    expect(check.exitCode, check.output).toBe(0)
    expect(check.output).toContain(`${COUNT} tables hold histories of migrations (`)
    expect(check.output).not.toContain('holds the history of migrations')
    expect(check.output).toContain(
      '! public.migrations: the target has run migrations of Laravel that the source has not run: 2025_add_name',
    )
    expect(check.output).toContain(
      '! public.schema_migrations: the two sides have run different migrations of Rails or dbmate: only the source 9; only the target 1 that has no plain name',
    )
    expect(check.output).not.toMatch(/(directus_migrations|goose_db_version): the/)
    expect(check.output).toMatch(
      /_prisma_migrations: the target has not run migrations of Prisma that the source has run: 2_next\s/,
    )

    expect(await mbsync('sync')).toMatchObject({ exitCode: 0 })
    expect(await histories()).toEqual(before)
    expect([await rows('users'), await rows('birds.migrations'), await rows('auth.users')]).toEqual([
      [{ id: 1, name: 'Ada' }],
      [{ id: 1, species: 'swift' }],
      [{ id: 1 }],
    ])
    const verified = await mbsync('verify')
    expect(verified).toMatchObject({ exitCode: 0, output: expect.stringContaining('3 tables equal') })
  })

  test('are in a dump, as it may be loaded into a new schema, and left alone by its import unless asked for', async () => {
    const before = await histories()
    const dump = join(folder, 'dump')
    expect(await mbsync('export', '--from', 'production', '--output', dump)).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(dump, 'manifest.json'), 'utf8')).toContain('"name": "schema_migrations"')
    expect(await mbsync('import', dump, '--to', 'staging')).toMatchObject({ exitCode: 0 })
    expect(await histories()).toEqual(before)
    const asking = ['--table', '*.*', '--table', 'public.migrations']
    expect(await mbsync('import', dump, '--to', 'staging', ...asking)).toMatchObject({ exitCode: 0 })
    expect(await rows('migrations')).toEqual([{ id: 1, migration: '2024_create_users', batch: 1 }])
    expect((await histories()).versions).toEqual(before.versions)
    expect(await mbsync('rollback', '--to', 'staging')).toMatchObject({ exitCode: 0 })
    expect(await histories()).toEqual(before)
  })

  test('that a migration has locked, or that look like one in the target alone, neither block nor fail a check', async () => {
    const { client } = pair.source
    await client.query('BEGIN; LOCK TABLE migrations; LOCK TABLE schema_migrations')
    await pair.target.client.query(
      'ALTER TABLE birds.migrations RENAME species TO migration; ALTER TABLE birds.migrations ADD batch int',
    )
    const check = (...args: string[]) => mbsyncWith({ 'mbsync.yaml': IMPATIENT }, ['check', ...args])
    const { exitCode, output } = await check()
    await client.query('ROLLBACK; BEGIN; LOCK TABLE ar_internal_metadata')
    expect(await check('--exclude', 'birds.migrations')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(
        'The rest of the schema was not compared: another session keeps a table',
      ),
    })
    await client.query('ROLLBACK')
    await pair.target.client.query(
      'ALTER TABLE birds.migrations RENAME migration TO species; ALTER TABLE birds.migrations DROP batch',
    )
    expect(exitCode, output).toBe(3)
    expect(output).not.toContain('have run different migrations')
    expect(output).toContain(
      '✖ birds.migrations: is a table of the application in the source, but in the target it holds the history of migrations (Laravel)',
    )
  })
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { captureSurroundings } from '../support/captured-surroundings.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { connect, untilSettled } from '../support/databases.ts'
import { AIVEN } from '../support/platforms/aiven.ts'
import { AZURE } from '../support/platforms/azure.ts'
import { GOOGLE } from '../support/platforms/google.ts'
import { HEROKU } from '../support/platforms/heroku.ts'
import { NEON } from '../support/platforms/neon.ts'
import type { EmulatedPlatform } from '../support/platforms/platform.ts'
import { RDS } from '../support/platforms/rds.ts'
import { SUPABASE } from '../support/platforms/supabase.ts'

/** A server of its own: the roles of hosts have names that other tests must not meet. */
let cluster: Cluster
let admin: pg.Client
let folder: string
let cleanups: (() => Promise<unknown>)[]

beforeAll(async () => {
  cluster = await startCluster({ major: 16 })
  admin = await connect(cluster.url())
})
afterAll(async () => {
  await admin?.end()
  await cluster?.stop()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-platform-'))
  cleanups = []
})
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  rmSync(folder, { recursive: true })
})

test.each([SUPABASE, NEON, HEROKU, RDS, AZURE, GOOGLE, AIVEN])(
  'on $name two URLs are enough: init, check, sync, verify, an incremental run and a rollback',
  async (platform) => {
    const { production, staging, mbsync } = await emulate(platform)
    const kept = await read(staging, platform.leftAlone)
    const before = await read(staging, platform.broughtOver)

    const first = await mbsync('init')
    expect(first.exitCode, first.output).toBe(0)
    expect(first.output, 'no customer can').not.toContain('superuser:')
    expect(first.output).toMatch(/\(protected: true\)\. Add that to every other mbsync\.yaml/)
    const file = readFileSync(join(folder, 'mbsync.yaml'), 'utf8')
    expect(file).not.toMatch(
      /^ {6}- '(auth|storage|realtime|neon_auth|_heroku|aws_commons)\.\*' # \d+ tables of/m,
    )
    rmSync(join(folder, 'mbsync.yaml'))

    const { exitCode, output } = await mbsync('check')
    expect(exitCode, output).toBe(0)
    for (const said of platform.said) expect(output).toContain(said)
    expect(output).not.toMatch(platform.neverAsked)

    const swap = await mbsync('sync', '--strategy', 'swap', '--dry-run')
    expect(swap.exitCode, swap.output).toBe(3)
    expect(swap.output).toContain(`of ${platform.name} would be missing in the new database`)
    expect(swap.output).not.toMatch(/OWNER TO|CREATEDB|ON PARAMETER|Let a superuser/)

    await expectRun(mbsync('sync'), 0)
    expect(await read(staging, platform.broughtOver)).toEqual(await read(production, platform.broughtOver))
    expect(await read(staging, platform.leftAlone)).toEqual(kept)
    await expectRun(mbsync('verify'), 0)

    await production.query(platform.changeSql)
    await untilSettled(production)
    await expectRun(mbsync('sync'), 0)
    expect(await read(staging, ['SELECT mode FROM mbsync.runs ORDER BY id DESC LIMIT 1'])).toEqual([
      [{ mode: 'incremental' }],
    ])
    expect(await read(staging, platform.broughtOver)).toEqual(await read(production, platform.broughtOver))
    expect(await read(staging, platform.leftAlone)).toEqual(kept)

    await expectRun(mbsync('rollback'), 0)
    await expectRun(mbsync('rollback'), 0)
    expect(await read(staging, platform.broughtOver)).toEqual(before)
    expect(await read(staging, platform.leftAlone)).toEqual(kept)
  },
)

test('a table of Supabase that rows refer to is named by the failed run, and brought over when asked for', async () => {
  const { production, staging, mbsync } = await emulate(SUPABASE)
  await production.query(`INSERT INTO auth.users (id) VALUES ('00000000-0000-4000-8000-000000000002');
    INSERT INTO public.profiles VALUES ('00000000-0000-4000-8000-000000000002', 'two')`)
  const inReplicaRole = await mbsync('sync')
  await admin.query('REVOKE SET ON PARAMETER session_replication_role FROM sb_postgres')
  const asOwner = await mbsync('sync')
  for (const { exitCode, output } of [inReplicaRole, asOwner]) {
    expect(exitCode, output).toBe(1)
    expect(output).toContain('public.profiles: rows would refer to rows that auth.users does not have')
  }
  expect(inReplicaRole.output).toContain("Copy it as well: add 'auth.users' to include")
  expect(asOwner.output).toContain('as it belongs to supabase_auth_admin, the role could not copy it')
  const asked = ['--table', '*.*', '--table', 'auth.users']
  const refused = await mbsync('check', ...asked)
  expect(refused.exitCode, refused.output).toBe(3)
  expect(refused.output).toContain(
    "To leave it out, remove it from `include` (or --table), or exclude: ['auth.users'].",
  )
  expect(refused.output).toMatch(/To copy it, .* On Supabase the role `postgres` may set it/)
  await admin.query('GRANT SET ON PARAMETER session_replication_role TO sb_postgres')

  await expectRun(mbsync('sync', ...asked), 0)
  await expectRun(mbsync('verify', ...asked), 0)
  const users = ['SELECT id, email FROM auth.users ORDER BY 1', 'TABLE public.profiles ORDER BY 1']
  expect(await read(staging, users)).toEqual(await read(production, users))
  expect((await staging.query('TABLE auth.schema_migrations')).rowCount).toBe(2)

  // A reader as the page of the host makes it: what it lacks to read these tables is said.
  const reading = { PRODUCTION_DATABASE_URL: cluster.url('production', 'sb_reader', 'r') }
  await admin.query(`CREATE ROLE sb_reader LOGIN BYPASSRLS PASSWORD 'r'`)
  await production.query(
    'GRANT USAGE ON SCHEMA public TO sb_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO sb_reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO sb_reader',
  )
  const unread = await mbsync.with(reading)('check', ...asked)
  expect(unread.exitCode).toBe(3)
  expect(unread.output).toMatch(
    /role `postgres` may read it: use it, or let it GRANT pg_read_all_data TO "sb_reader"/,
  )
  await admin.query('GRANT pg_read_all_data TO sb_reader')
  await expectRun(mbsync.with(reading)('check', ...asked), 0)

  // A tester of staging who is signed in: not one of the ways out leads back here.
  await staging.query(`INSERT INTO auth.users (id) VALUES ('00000000-0000-4000-8000-00000000000f');
    INSERT INTO auth.refresh_tokens (token, user_id) VALUES ('own', '00000000-0000-4000-8000-00000000000f')`)
  const signedIn = await mbsync('check', ...asked)
  expect(signedIn.exitCode).toBe(3)
  expect(signedIn.output).toContain(
    'Keep the rows of auth.users that they refer to: keep: { auth.users: <condition> }',
  )
  expect(signedIn.output).toContain("exclude: ['auth.users', 'public.profiles', 'public.todos']")
})

test('on a host where no role can write its own tables, none is proposed', async () => {
  const { production, staging, mbsync } = await emulate(NEON)
  for (const client of [production, staging])
    await client.query('ALTER TABLE public.author ADD user_id text REFERENCES neon_auth.users_sync')
  const { output } = await mbsync('check')
  expect(output).toContain('neon_auth.users_sync is not part of the run')
  expect(output).not.toContain('A role that may set session_replication_role could')
})

async function expectRun(
  run: Promise<{ exitCode: number; output: string }>,
  expected: number,
): Promise<void> {
  const { exitCode, output } = await run
  expect(exitCode, output).toBe(expected)
}

/** Production and staging on the emulated host, and mbsync with their two URLs in its environment. */
async function emulate(platform: EmulatedPlatform) {
  const { rolesSql, schemaSql, databaseOwner, customer } = platform
  const rolesBefore = await roles()
  await admin.query(rolesSql)
  cleanups.push(async () => {
    const made = (await roles()).filter((name) => !rolesBefore.includes(name))
    await admin.query('REVOKE ALL ON PARAMETER session_replication_role FROM PUBLIC')
    for (const name of made) await admin.query(`DROP OWNED BY ${name}`)
    await admin.query(`DROP ROLE ${made.join(', ')}`)
  })
  const open = async (name: string, sql: string) => {
    await admin.query(`CREATE DATABASE ${name} OWNER ${databaseOwner}`)
    if (databaseOwner !== customer) await admin.query(`GRANT ALL ON DATABASE ${name} TO ${customer}`)
    cleanups.push(() => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
    const client = await connect(cluster.url(name))
    cleanups.push(() => client.end())
    await client.query(schemaSql)
    await client.query(sql)
    return client
  }
  const production = await open('production', platform.productionSql)
  const staging = await open('staging', platform.stagingSql)
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    MBSYNC_YES: '1',
    PRODUCTION_DATABASE_URL: cluster.url('production', customer, customer),
    STAGING_DATABASE_URL: cluster.url('staging', customer, customer),
  }
  const withEnv =
    (changed: Record<string, string>) =>
    async (...args: string[]) => {
      const captured = captureSurroundings({ cwd: folder, env: { ...env, ...changed } })
      const exitCode = await main(['node', 'mbsync', ...args], captured)
      return { exitCode, output: captured.stdout.text + captured.stderr.text.replaceAll('\\"', '"') }
    }
  return { production, staging, mbsync: Object.assign(withEnv({}), { with: withEnv }) }
}

async function roles(): Promise<string[]> {
  const { rows } = await admin.query(`SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'`)
  return rows.map(({ rolname }) => rolname)
}

async function read(client: pg.Client, queries: readonly string[]): Promise<unknown[]> {
  const results: unknown[] = []
  for (const sql of queries) results.push((await client.query(sql)).rows)
  return results
}

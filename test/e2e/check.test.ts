import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { BIN, runHere, runMbsync } from '../support/run-mbsync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY);'

describe('mbsync check', () => {
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: SCHEMA, targetSql: SCHEMA })
  })
  afterAll(() => pair?.drop())

  const env = (overrides: Record<string, string> = {}) => ({
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    ...overrides,
  })
  async function check(surroundings: Parameters<typeof runHere>[1]) {
    const { exitCode, stdout } = await runHere(['check', '--json'], surroundings)
    const { checks, ...report } = JSON.parse(stdout)
    const told = checks.map((line: { status: string; subject: string; message: string }) =>
      Object.values(line).slice(0, 3).join(' '),
    )
    return { exitCode, report, checks, told: told.join('\n') }
  }

  test('tells everything that a run needs, warns of a superuser, and changes nothing', async () => {
    const { exitCode, stdout } = await runMbsync(['check'], { env: env() })
    expect(exitCode, stdout).toBe(0)
    for (const line of [
      /✔ production: PostgreSQL [\d.]+, database \w+, read as postgres/,
      /✔ staging: PostgreSQL [\d.]+, database \w+, written as postgres/,
      /Opened the 6 connections of a run/,
      /1 other session connected, such as backend \d+: unless they stay idle/,
      /\. No other run is under way\. No run has used this target yet/,
      /✔ prod-to-staging: 1 table to copy \(read in full\), 0 sequences/,
      /! production: postgres is a superuser: it can do anything on the server, but mbsync only needs to read/,
      /! staging: The role of the target is a superuser.*\n {2}Use the owner of the tables instead: GRANT CREATE ON DATABASE/,
      /✔ Ready: `mbsync sync prod-to-staging` would run \(\d+ warnings?\)\./,
    ])
      expect(stdout).toMatch(line)
    const { rows } = await pair.target.client.query(
      `SELECT nspname FROM pg_namespace WHERE nspname ~ '^mbsync'`,
    )
    expect(rows).toEqual([])
  })

  test('on a full disk, a result that is lost is an error, and what was done stays', async () => {
    const full = (args: string) => {
      const command = [process.execPath, BIN, ...args.split(' ')].map((word) => `'${word}'`).join(' ')
      const surroundings = { PATH: process.env.PATH ?? '', HOME: tmpdir(), MBSYNC_YES: '1', ...env() }
      return spawnSync(`${command} > /dev/full`, { shell: true, cwd: tmpdir(), env: surroundings })
    }
    const status = full('status --json')
    expect([status.status, `${status.stderr}`]).toEqual([
      1,
      expect.stringContaining('✖ The result could not be written to stdout: the disk is full'),
    ])
    const sync = full('sync --json')
    expect([sync.status, `${sync.stderr}`]).toEqual([
      4,
      expect.stringContaining('What the command did stays'),
    ])
    const { stdout } = await runHere(['status', '--json'], { env: env() })
    expect(JSON.parse(stdout).runs[0].status).toBe('succeeded')
  })

  test('tells what is wrong with both sides at once, and ends with 3', async () => {
    const { exitCode, report, told } = await check({
      env: env({
        PRODUCTION_DATABASE_URL: 'postgres://me:hunter2@nowhere.invalid/app?sslmode=verify-full',
        STAGING_DATABASE_URL: pair.target.url.replace(/\/[^/]*$/, '/nowhere'),
      }),
    })
    expect([exitCode, report]).toEqual([3, { profile: 'prod-to-staging', isReady: false }])
    expect(told).toMatch(/^failure production the host of .*not found\nfailure staging .*does not exist$/)
  })

  test('tells why statistics do not spare a run the look at the rows of the target', async () => {
    const role = await createRole(inject('targetUrl'))
    const surroundings = { env: env({ STAGING_DATABASE_URL: pair.target.urlFor(role, role) }) }
    expect((await check(surroundings)).told).toContain(
      'warning staging The role may not see other sessions: while there are any, each run reads all rows',
    )
    await pair.target.client.query(
      `ALTER ROLE ${role} IN DATABASE ${pair.target.name} SET track_counts = off`,
    )
    expect((await check(surroundings)).told).toContain(
      'warning staging track_counts is off, at least for one role, so each run reads all rows',
    )
  })

  test('recommends verify-full where a URL does not enforce TLS', async () => {
    const { told, checks } = await check({
      env: env({ PRODUCTION_DATABASE_URL: 'postgres://me:hunter2@nowhere.invalid/app' }),
    })
    expect(told).toMatch(/^warning production The URL does not enforce TLS \(sslmode=prefer\)/)
    expect(checks[0].hint).toContain('sslmode=verify-full')
    expect(told).not.toMatch(/staging The URL does not enforce TLS/)
  })

  test('warns of what may go wrong: a run under way, few connections, a file that others may read', async () => {
    const role = await createRole(inject('sourceUrl'))
    // A run of fewer small tables needs fewer connections.
    const many = Array.from({ length: 40 }, (_, n) => `many${n}`)
    const manySql = many.map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY)`).join(';')
    await Promise.all([pair.source, pair.target].map(({ client }) => client.query(manySql)))
    await pair.source.client.query(
      `ALTER ROLE ${role} CONNECTION LIMIT 5; GRANT SELECT ON item, ${many.join(', ')} TO ${role}`,
    )
    await pair.target.client.query('SELECT pg_advisory_lock($1, $2)', [0x6d627379, 0x6e63])
    const files = {
      '.env': '# nothing yet',
      'mbsync.yaml': `profiles: { prod-to-staging: { from: production, to: staging, backup: dump } }
backups: { folder: mbsync.yaml/backups }`,
    }
    const { exitCode, told, checks } = await check({
      env: env({ PRODUCTION_DATABASE_URL: pair.source.urlFor(role, role) }),
      files,
    })
    await pair.target.client.query('SELECT pg_advisory_unlock_all()')
    const url = `${pair.source.urlFor(role, role)}&connect_timeout=1`
    const sync = await runHere(['sync', '--yes'], { env: env({ PRODUCTION_DATABASE_URL: url }) })
    await pair.source.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    const dropSql = `DROP TABLE ${many.join(', ')}`
    await Promise.all([pair.source, pair.target].map(({ client }) => client.query(dropSql)))
    expect(exitCode).toBe(3)
    expect(told).toMatch(/warning \S+\/\.env Holds credentials, and other users may read it/)
    expect(told).toMatch(/failure \S+\/backups Backups cannot be written there/)
    expect(told).toMatch(
      /failure production A run needs 6 connections, and the CONNECTION LIMIT of role \S+, 5, leaves 5/,
    )
    expect(JSON.stringify(checks)).toContain('Lower `jobs` to 3')
    expect(sync.exitCode, sync.stderr).toBe(1)
    expect(sync.stderr).toMatch(
      /too many connections for role .*: the run needs 6 connections at once, and the CONNECTION LIMIT of role \S+, 5, leaves 5\b/,
    )
    expect(sync.stderr).toContain('Lower `jobs` to 3, end other clients, or raise')
    expect(told).toMatch(/warning staging Another run is under way/)
  })
})

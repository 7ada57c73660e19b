import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { readContent } from '../support/database-content.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { runHere, runMbsync } from '../support/run-mbsync.ts'
import { startSharedBackend } from '../support/shared-backend.ts'

describe('refusals say what is wrong and what to do, and change nothing', () => {
  let pair: DatabasePair
  beforeAll(async () => {
    pair = await createDatabasePair({
      sourceSql: `CREATE TYPE mood AS ENUM ('sad', 'ok', 'new'); CREATE TABLE "Component" (id int PRIMARY KEY, a int, b text, m mood, g int);
        CREATE TABLE missing (id int); INSERT INTO "Component" VALUES (1, 1, 'secret value', 'new', 1)`,
      targetSql: `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE "Component" (id int PRIMARY KEY, a smallint, m mood, g int NOT NULL, extra int NOT NULL)`,
    })
  })
  afterAll(() => pair?.drop())
  const env = (overrides: Record<string, string> = {}) => ({
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    ...overrides,
  })

  test('every difference in the schema is told at once, with exit code 3', async () => {
    const { exitCode, stdout } = await runHere(['check', '--json'], { env: env() })
    expect(exitCode).toBe(3)
    const { findings } = JSON.parse(stdout)
    const messages = findings
      .filter((finding: { severity: string }) => finding.severity === 'error')
      .map((finding: { message: string }) => finding.message)
    expect(messages).toEqual(
      expect.arrayContaining([
        'column "a" is integer in the source and smallint in the target',
        'column "b" is missing in the target',
        'column "extra" is only in the target, NOT NULL and without default',
        'column "g" may be NULL in the source but not in the target',
        'is missing in the target',
        "lacks 'new' in the target",
      ]),
    )
    const before = await readContent(pair.target.client)
    const sync = await runHere(['sync'], { env: env() })
    expect(sync.exitCode).toBe(3)
    expect(sync.stderr).not.toContain('secret value')
    expect(await readContent(pair.target.client)).toEqual(before)
  })

  test('a source and a target that are one database, whatever the URLs look like', async () => {
    for (const [host, problem] of [
      ['localhost', /has the same host, port and database as \\"production\\", which is protected/],
      // Only the server knows that this is the same host.
      ['127.1', /are the same database/],
    ] as const) {
      const same = pair.source.url.replace('127.0.0.1', host)
      const { exitCode, stderr } = await runHere(['sync'], { env: env({ STAGING_DATABASE_URL: same }) })
      expect(exitCode).toBe(3)
      expect(stderr).toMatch(problem)
    }
    const { rows } = await pair.source.client.query(`SELECT FROM pg_namespace WHERE nspname ~ '^mbsync'`)
    expect(rows, 'nothing is written to it').toEqual([])
  })

  test('a target that is protected in the configuration', async () => {
    const { exitCode, stderr } = await runHere(['sync'], {
      env: env(),
      files: {
        'mbsync.yaml': `databases: { staging: { url: '\${STAGING_DATABASE_URL}', protected: true } }
profiles: { prod-to-staging: { from: production, to: staging } }`,
      },
    })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/is protected/)
  })

  test('a target that is protected in the database itself', async () => {
    await pair.target.client.query(`ALTER DATABASE ${pair.target.name} SET mbsync.protected = 'on'`)
    const { exitCode, stderr } = await runHere(['sync', '--allow-blocking'], { env: env() })
    await pair.target.client.query(`ALTER DATABASE ${pair.target.name} RESET mbsync.protected`)
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/mbsync\.protected/)
  })

  test.each([
    // The servers of the tests trust their superuser.
    [
      'a wrong password',
      (url: URL) => Object.assign(url, { username: 'me', password: 'hunter2' }),
      /password/,
    ],
    ['a port where nothing listens', (url: URL) => Object.assign(url, { port: '1' }), /refused/],
    [
      'a host that does not exist',
      (url: URL) => Object.assign(url, { hostname: 'nowhere.invalid' }),
      /not found/,
    ],
    [
      'a database that does not exist',
      (url: URL) => Object.assign(url, { pathname: '/nowhere' }),
      /does not exist/,
    ],
    [
      'TLS where the server has none',
      (url: URL) => Object.assign(url, { search: '?sslmode=require' }),
      /TLS/,
    ],
  ])('%s: exit code 1, a hint, no stack and no password', async (_, change, message) => {
    const url = change(new URL(pair.target.url)).href
    const { exitCode, stderr } = await runHere(['sync'], { env: env({ STAGING_DATABASE_URL: url }) })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/hint/)
    expect(stderr).not.toMatch(/hunter2|\n {4}at /)
  })

  test('a role without privileges is told every one that it lacks', async () => {
    const role = await createRole(inject('targetUrl'))
    const { exitCode, stdout } = await runHere(['check'], {
      env: env({ STAGING_DATABASE_URL: pair.target.urlFor(role, role) }),
    })
    await asSuperuser(inject('targetUrl'), (admin) => admin.query(`DROP ROLE ${role}`))
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(/not owned by the role/)
    expect(stdout).toMatch(/schema mbsync_landing (of the target|cannot be created)/)
  })

  test.each(['source', 'target'] as const)('a pooler in transaction mode before the %s', async (side) => {
    const url = new URL(pair[side].url)
    const pooler = await startSharedBackend(Number(url.port))
    url.port = String(pooler.port)
    const name = side === 'source' ? 'PRODUCTION_DATABASE_URL' : 'STAGING_DATABASE_URL'
    const { exitCode, stderr } = await runHere(['sync'], { env: env({ [name]: url.href }) })
    await pooler.close()
    expect(exitCode, stderr).toBe(3)
    expect(stderr).toMatch(/pooler in transaction mode/)
    expect(stderr).toMatch(/direct connection string/)
  })

  test('missing configuration ends with exit code 2 and names the variable', async () => {
    const { exitCode, stderr } = await runMbsync(['sync'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/PRODUCTION_DATABASE_URL/)
  })
})

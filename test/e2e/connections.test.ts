import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createDatabasePair, createRole, type DatabasePair, giveOwnership } from '../support/databases.ts'
import { type RefusingServer, startRefusingServer } from '../support/refusing-server.ts'
import { runHere } from '../support/run-mbsync.ts'

let pair: DatabasePair
let role: string
let pooler: RefusingServer
let folder: string
let port: string

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: 'CREATE TABLE item (id int PRIMARY KEY)',
    targetSql: 'CREATE TABLE item (id int PRIMARY KEY)',
  })
  role = await createRole(inject('targetUrl'))
  await giveOwnership(pair.target, role)
  pooler = await startRefusingServer()
  folder = mkdtempSync(join(tmpdir(), 'mbsync-connections-'))
  port = new URL(pair.target.url).port
})
afterAll(async () => {
  await pooler?.close()
  await pair?.drop()
  rmSync(folder, { recursive: true })
})

/** Another URL of staging. */
const check = (url: string, env: Record<string, string> = {}) => run('check', url, env)

async function run(
  command: string,
  url: string,
  env: Record<string, string>,
  files: Record<string, string> = {},
) {
  const urls = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: url }
  const { exitCode, stdout, stderr } = await runHere([command], { env: { ...urls, ...env }, files })
  return { exitCode, said: `${stdout}${stderr}`.replaceAll(/\s+/g, ' ') }
}

function passwordFile(mode: number): string {
  const path = join(folder, `pgpass-${mode}`)
  writeFileSync(path, `127.0.0.1:${port}:${pair.target.name}:${role}:${role}\n`, { mode })
  return path
}

describe('a connection is made with what libpq would take', () => {
  const database = () => pair.target.name

  test.each([
    [
      'the second of two hosts',
      () => `postgres://${role}:${role}@127.0.0.1:1,127.0.0.1:${port}/${database()}`,
      {},
    ],
    [
      'any host that accepts writes',
      () =>
        `host=127.0.0.1,127.0.0.1 port=1,${port} user=${role} password=${role} dbname=${database()} target_session_attrs=read-write load_balance_hosts=random`,
      {},
    ],
    [
      'a primary, where a standby would be preferred',
      () => `postgres://${role}:${role}@127.0.0.1:${port}/${database()}?target_session_attrs=prefer-standby`,
      {},
    ],
    [
      'variables',
      () => `dbname=${database()}`,
      () => ({ PGHOST: '127.0.0.1', PGPORT: port, PGUSER: role, PGPASSWORD: role }),
    ],
    [
      'a password file',
      () => `postgres://${role}@127.0.0.1:${port}/${database()}`,
      () => ({ PGPASSFILE: passwordFile(0o600) }),
    ],
    ['a service', () => 'service=staging', {}],
  ])('%s', async (_, url, env) => {
    const service = `[staging]\nhost=127.0.0.1\nport=${port}\nuser=${role}\npassword=${role}\ndbname=${database()}`
    const { exitCode, said } = await run('status', url(), typeof env === 'function' ? env() : env, {
      '.pg_service.conf': service,
    })
    expect(exitCode, said).toBe(0)
  })

  test('a password file that others may read is not used, and that is said', async () => {
    const path = passwordFile(0o644)
    const { exitCode, said } = await check(`postgres://${role}@127.0.0.1:${port}/${database()}`, {
      PGPASSFILE: path,
    })
    expect(exitCode, said).toBe(3)
    expect(said).toContain(`the password file ${path} was not read, because other users have access to it`)
  })

  test('none of several servers will do: why is said of each', async () => {
    const url = `postgres://${role}:${role}@127.0.0.1:1,127.0.0.1:${port}/${database()}?target_session_attrs=standby`
    const { exitCode, said } = await check(url)
    expect(exitCode, said).toBe(3)
    expect(said).toContain(`connection to 127.0.0.1:1/${database()} refused`)
    expect(said).toContain(
      `127.0.0.1:${port}/${database()}: it is a primary, and target_session_attrs=standby`,
    )
  })

  test('a target must name its database, a source is warned of', async () => {
    const nameless = `postgres://${role}:${role}@127.0.0.1:${port}`
    const { exitCode, said } = await check(nameless)
    expect(exitCode).toBe(2)
    expect(said).toContain('staging: the URL of the target must name a database')
    expect((await check(nameless, { PGDATABASE: database() })).exitCode).toBe(0)
    const source = await check(`${nameless}/${database()}`, { PRODUCTION_DATABASE_URL: nameless })
    expect(source.said).toContain('The URL names no database')
    expect(source.said).toContain(`database "${role}" does not exist`)
  })
})

describe('what a server or a pooler says while a connection opens is shown', () => {
  test.each([
    ['XX000', 'Tenant or user not found', 'postgres.<project-ref>'],
    [
      'XX000',
      'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
      'lower `jobs`',
    ],
    ['XX000', '(EDBHANDLEREXITED) connection to database closed. Check logs for more information', 'paused'],
    [
      'XX000',
      'Your project has exceeded the compute time quota. Upgrade your plan to increase limits.',
      'raise the limit',
    ],
    ['XX000', 'The endpoint has been disabled. Enable it using Neon API and retry.', 'enabled'],
    ['53300', 'too many connections for role "u4s3"', 'a limit of connections'],
    [
      '28000',
      'no pg_hba.conf entry for host "10.0.0.1", user "me", database "app", no encryption',
      'sslmode=require',
    ],
    [
      '28000',
      'no pg_hba.conf entry for host "10.0.0.1", user "me", database "app", SSL encryption',
      'allow list',
    ],
    ['P0001', 'nothing known\u001b[2J\u0000', 'dashboard'],
  ])('%s %s', async (sqlState, message, hint) => {
    pooler.say(sqlState, message.replace('\u0000', ''))
    const { exitCode, said } = await check(
      `postgres://me:hunter2@127.0.0.1:${pooler.port}/app?connect_timeout=1`,
    )
    expect(exitCode, said).toBe(3)
    expect(said).toContain(message.replaceAll(/\p{C}/gu, ' ').trim())
    expect(said).toContain(hint)
    expect(said).not.toContain('\u001b')
  })

  test('but no password that it repeats, from wherever it came', async () => {
    pooler.say('28P01', 'I got "$password", as did x:$password@y')
    for (const [url, env] of [
      [`postgres://me:hunter2@127.0.0.1:${pooler.port}/app`, {}],
      [`postgres://me@127.0.0.1:${pooler.port}/app`, { PGPASSWORD: 'hunter2' }],
    ] as const) {
      const { exitCode, said } = await check(url, env)
      expect(exitCode, said).toBe(3)
      expect(said).toContain('I got "***"')
      expect(said).not.toContain('hunter2')
    }
  })
})

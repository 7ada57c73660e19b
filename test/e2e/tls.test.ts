import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { runHere, runMbsync } from '../support/run-mbsync.ts'

const pathOf = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const textOf = (name: string) => readFileSync(pathOf(name), 'utf8')

/** The server's certificate is for `localhost`, and issued by the authority of `root.crt`. */
describe('TLS to a server as the URL asks for it', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster({
      major: 18,
      settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' },
      files: { 'server.crt': textOf('server.crt'), 'server.key': textOf('server.key') },
    })
    await query('postgres', 'CREATE DATABASE production')
    await query('production', 'CREATE TABLE item (id int PRIMARY KEY)')
    await query('postgres', 'CREATE DATABASE staging TEMPLATE production')
  })
  afterAll(() => cluster?.stop())

  async function query(database: string, sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: cluster.url(database) })
    await client.connect()
    await client.query(sql)
    await client.end()
  }

  const check = (host: string, parameters: string) =>
    runHere(['check'], {
      env: {
        PRODUCTION_DATABASE_URL: cluster.url('production'),
        STAGING_DATABASE_URL: cluster
          .url('staging')
          .replace('127.0.0.1', host)
          .replace('sslmode=disable', parameters),
      },
    })

  test.each([
    ['disable', 'localhost', 'sslmode=disable'],
    ['prefer', 'localhost', 'sslmode=prefer'],
    ['require, with a certificate that nobody vouches for', 'localhost', 'sslmode=require'],
    ['require, with the authority', 'localhost', `sslmode=require&sslrootcert=${pathOf('root.crt')}`],
    [
      'verify-ca, under another host name',
      '127.0.0.1',
      `sslmode=verify-ca&sslrootcert=${pathOf('root.crt')}`,
    ],
    ['verify-full', 'localhost', `sslmode=verify-full&sslrootcert=${pathOf('root.crt')}`],
    ['channel binding', 'localhost', 'sslmode=require&channel_binding=require'],
  ])('%s connects', async (_, host, parameters) => {
    const { exitCode, stderr } = await check(host, parameters)
    expect(exitCode, stderr).toBe(0)
  })

  test.each([
    ['verify-ca without the authority', 'localhost', 'sslmode=verify-ca', /could not be verified/],
    [
      'verify-ca with another authority',
      'localhost',
      `sslmode=verify-ca&sslrootcert=${pathOf('other-root.crt')}`,
      /could not be verified/,
    ],
    [
      'require with another authority',
      'localhost',
      `sslmode=require&sslrootcert=${pathOf('other-root.crt')}`,
      /could not be verified/,
    ],
    [
      'verify-full under another host name',
      '127.0.0.1',
      `sslmode=verify-full&sslrootcert=${pathOf('root.crt')}`,
      /is for another host name/,
    ],
    [
      'channel binding without TLS',
      'localhost',
      'sslmode=disable&channel_binding=require',
      /offers no channel binding/,
    ],
  ])('%s is refused', async (_, host, parameters, message) => {
    const { exitCode, stdout } = await check(host, parameters)
    expect(exitCode, stdout).toBe(3)
    expect(stdout).toMatch(message)
    expect(stdout).toMatch(/sslmode|sslrootcert|channel_binding/)
  })

  test('a server that insists on TLS turns plain connections away, and the hint says so', async () => {
    const rules = `${cluster.dataDirectory}/pg_hba.conf`
    await query('postgres', `COPY (SELECT 'hostssl all all all scram-sha-256') TO '${rules}'`)
    await query('postgres', 'SELECT pg_reload_conf()')
    const { exitCode, stderr } = await runMbsync(['sync'], {
      env: {
        PRODUCTION_DATABASE_URL: cluster.url('production').replace('disable', 'require'),
        STAGING_DATABASE_URL: cluster.url('staging'),
      },
    })
    expect(exitCode, stderr).toBe(1)
    expect(stderr).toMatch(/sslmode=require/)
  })
})

import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { withDatabase } from '../../src/postgres/database.ts'
import { databaseOptions } from '../support/database-options.ts'
import { asSuperuser, createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { HOSTILE_DEFAULTS, PLANTED_SCHEMA_SQL } from '../support/planted-schema.ts'
import { runHere } from '../support/run-mbsync.ts'

const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly: { from: production, to: staging, include: ["public.*"] }
`
const SCHEMA = 'CREATE TABLE author (id int PRIMARY KEY, name text, at timestamptz, amount float8);'

let pair: DatabasePair
beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO author SELECT n, 'a' || n, now(), n / 3.0 FROM generate_series(1, 20) AS n`,
    targetSql: SCHEMA,
  })
})
afterEach(() => pair.drop())

const surroundings = () => ({
  env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
  files: { 'mbsync.yaml': CONFIG },
})
const setDefaults = async (side: 'source' | 'target', defaults: Readonly<Record<string, string>>) => {
  const sql = Object.entries(defaults).map(
    ([name, value]) => `ALTER DATABASE ${pair[side].name} SET ${name} = ${value}`,
  )
  await pair[side].client.query(sql.join('; '))
}

test.each(['source', 'target'] as const)(
  'nothing that stands in the search_path of the %s runs, with whatever defaults, though the URL is a superuser’s',
  async (side) => {
    await pair[side].client.query(PLANTED_SCHEMA_SQL)
    await setDefaults(side, HOSTILE_DEFAULTS)
    for (const command of [
      ['check'],
      ['sync'],
      ['sync', '--dry-run'],
      ['status'],
      ['verify'],
      ['rollback'],
    ]) {
      const { exitCode, stdout, stderr } = await runHere(command, surroundings())
      expect(exitCode, `${command.join(' ')}\n${stdout}${stderr}`).toBe(0)
    }
    const { rows } = await pair[side].client.query('SELECT DISTINCT what FROM evil.ran')
    expect(rows).toEqual([])
  },
)

test('what is planted does run for a client that trusts the search_path', async () => {
  await pair.target.client.query(PLANTED_SCHEMA_SQL)
  await pair.target.client.query(`SET search_path = evil, pg_catalog; SELECT pg_backend_pid(), 1 = 2`)
  await pair.target.client.query('RESET search_path; SET search_path = pg_catalog')
  const { rows } = await pair.target.client.query('SELECT what FROM evil.ran ORDER BY 1')
  expect(rows).toEqual([{ what: 'operator =' }, { what: 'pg_backend_pid' }])
})

test.each(['source', 'target'] as const)(
  'a default role of the %s lowers rights, and does not end in a refusal',
  async (side) => {
    const cluster = inject(side === 'source' ? 'sourceUrl' : 'targetUrl')
    const role = await createRole(cluster)
    await setDefaults(side, { role })
    const { exitCode, stdout, stderr } = await runHere(['status'], surroundings())
    expect(exitCode, stdout + stderr).toBe(0)
    const user = await withDatabase(optionsOf(side), async (database) => {
      const session = await database.session()
      return session.queryOne('SELECT current_user AS user')
    })
    expect(user).toEqual({ user: role })
    await pair.drop()
    await asSuperuser(cluster, (admin) => admin.query(`DROP ROLE ${role}`))
  },
)

test('a direct connection needs no other to show that its session is its own', async () => {
  await withDatabase(optionsOf('target'), async (database) => {
    const session = await database.session()
    const count = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mbsync'`
    expect(await session.queryOne(count)).toEqual({ n: 1 })
    expect(session.pid).toBe((await session.queryOne<{ pid: number }>('SELECT pg_backend_pid() AS pid')).pid)
  })
})

function optionsOf(side: 'source' | 'target') {
  return databaseOptions(pair[side].url, side)
}

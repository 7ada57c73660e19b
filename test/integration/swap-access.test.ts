import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { retrySwap } from '../../src/jobs/retry-swap.ts'
import { withDatabase } from '../../src/postgres/database.ts'
import { identifier } from '../../src/postgres/identifiers.ts'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import { dropEach } from '../../src/run/swap/drop-database.ts'
import type { Cluster } from '../support/cluster.ts'
import { asSuperuser, connect } from '../support/databases.ts'
import { OwnServers } from '../support/own-servers.ts'
import { startPgBouncer, whyWithoutPgBouncer } from '../support/pgbouncer.ts'
import { executeElsewhere } from '../support/run-program.ts'
import { profileOf, runPlan, runRollback, runSync } from '../support/run-sync.ts'

/** Who may connect to which database, and which roles do what, on a server of their own. */
const servers = new OwnServers()
let cluster: Cluster
let name: string
let count = 0

beforeAll(async () => {
  cluster = await servers.start({ major: 18 })
  await admin(
    'postgres',
    `CREATE ROLE app LOGIN PASSWORD 'pw' CREATEDB; CREATE ROLE other LOGIN PASSWORD 'pw'; CREATE DATABASE production;`,
  )
  await admin(
    'production',
    'CREATE TABLE item (id int PRIMARY KEY, v text); INSERT INTO item VALUES (1, $$new$$)',
  )
})
afterAll(() => servers.close())
beforeEach(() => {
  count += 1
  name = `kept${count}`
})

const admin = (database: string, sql: string) =>
  asSuperuser(cluster.url(database), async (client) => {
    // CREATE DATABASE takes no company.
    for (const statement of sql.split(';')) await client.query(statement)
  })
const createTarget = async () => {
  await admin('postgres', `CREATE DATABASE ${identifier(name)} OWNER app`)
  await admin(name, 'CREATE TABLE item (id int PRIMARY KEY); ALTER TABLE item OWNER TO app')
}
const sides = () => ({ source: { url: cluster.url('production') }, target: { url: cluster.url(name) } })
const to = (more: object = {}) => ({
  name: 'staging',
  url: cluster.url(name, 'app', 'pw'),
  isProtected: false,
  ...more,
})
const profile = (more: object = {}) => ({ to: to(more), strategy: 'swap' as const })
const problems = async (more: object = {}) =>
  (await runPlan(sides(), { profile: profile(more) })).findings.filter(({ severity }) => severity === 'error')
const beside = () =>
  asSuperuser(cluster.url(), async (client) => {
    const sql = `SELECT datname::text AS name FROM pg_database WHERE datname ~ '_mbsync_' ORDER BY 1`
    return (await client.query<{ name: string }>(sql)).rows.map((row) => row.name)
  })

test('a server that names the databases in pg_hba.conf refuses the swap beforehand, with the line to add', async () => {
  await createTarget()
  const path = `${cluster.dataDirectory}/pg_hba.conf`
  const before = readFileSync(path, 'utf8')
  const setRules = async (lines: string) => {
    writeFileSync(
      path,
      `host all postgres 127.0.0.1/32 scram-sha-256\nhost ${name},postgres app 127.0.0.1/32 scram-sha-256\n${lines}\n`,
    )
    await admin('postgres', 'SELECT pg_reload_conf()')
  }
  try {
    await setRules('')
    // The server reads its rules a moment later.
    await expect.poll(async () => (await problems()).length).toBe(1)
    const [{ message, hint = '' } = { message: '' }] = await problems()
    expect(message).toMatch(
      new RegExp(
        `^the role cannot connect to the databases that a swap makes beside "${name}": no pg_hba.conf entry`,
      ),
    )
    const [, line = ''] = /: (host .*)$/.exec(hint) ?? []
    expect(line).toBe(`host "/^${name}_mbsync_(next|prev|undone)_[0-9]+$" "app" 127.0.0.1/32 scram-sha-256`)
    await expect(runSync(sides(), { profile: profile() })).rejects.toThrow(/Validation found 1 problem/)
    await setRules(line)
    await expect.poll(async () => (await problems()).length).toBe(0)
    await runSync(sides(), { profile: profile() })
    await runRollback(sides(), { profile: profile() })
  } finally {
    writeFileSync(path, before)
    await admin('postgres', 'SELECT pg_reload_conf()')
  }
})

test.skipIf(whyWithoutPgBouncer() !== undefined)(
  'a pooler that knows only the target refuses it, too',
  async () => {
    await createTarget()
    const pooler = await startPgBouncer(cluster.url(name), { mode: 'session', databases: [name] })
    try {
      const url = pooler.through(cluster.url(name))
      expect(await problems({ url, maintenanceUrl: cluster.url() })).toMatchObject([
        {
          message: expect.stringMatching(/no such database/),
          hint: expect.stringMatching(/for PgBouncer, `\* = host=…`/),
        },
      ])
    } finally {
      await pooler.close()
    }
  },
)

test('a plain owner drops a database that autovacuum is at work in', async () => {
  await createTarget()
  await admin(
    name,
    `CREATE TABLE worn (id int) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
     INSERT INTO worn SELECT generate_series(1, 3000); DELETE FROM worn; ALTER SYSTEM SET autovacuum_naptime = 1; SELECT pg_reload_conf()`,
  )
  const ask = (sql: string) => asSuperuser(cluster.url(), async (client) => (await client.query(sql)).rows)
  try {
    await expect
      .poll(() =>
        ask(
          `SELECT datname::text FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = '${name}'`,
        ),
      )
      .toHaveLength(1)
    const [database] = await ask(
      `SELECT oid::int8::float8 AS oid, datname::text AS name FROM pg_database WHERE datname = '${name}'`,
    )
    const url = cluster.url('postgres', 'app', 'pw')
    const waits = { connectMs: 10_000, lockMs: 3000, silenceMs: 300_000 }
    const { signal } = new AbortController()
    const problems = await withDatabase({ name: 'staging', url, role: 'target', signal, ...waits }, (other) =>
      dropEach(other, [database]),
    )
    expect(problems).toEqual([])
  } finally {
    await admin('postgres', 'ALTER SYSTEM RESET autovacuum_naptime; SELECT pg_reload_conf()')
  }
})

test('the role of maintenanceUrl is judged by what it does, and so is the database that it leads to', async () => {
  await createTarget()
  await admin('postgres', 'ALTER ROLE app NOCREATEDB')
  const messages = async (more: object) => (await problems(more)).map(({ message }) => message)
  expect(await messages({})).toEqual(['role "app" may not create databases, which a swap needs'])
  const maintenanceUrl = cluster.url()
  expect(await messages({ maintenanceUrl })).toEqual([])
  await runSync(sides(), { profile: profile({ maintenanceUrl }) })
  await runRollback(sides(), { profile: profile({ maintenanceUrl }) })
  const asOther = cluster.url('postgres', 'other', 'pw')
  expect(await messages({ maintenanceUrl: asOther })).toEqual([
    'role "other" may not create databases, which a swap needs',
    `role "other" does not own database "${name}", so it may not replace it`,
  ])
  await admin('postgres', 'ALTER ROLE app CREATEDB')
  expect(await messages({ maintenanceUrl: cluster.url(name) })).toEqual([
    expect.stringMatching(/cannot reach another database .*: it is the target itself$/),
  ])
  const elsewhere = await servers.target('')
  expect(await messages({ maintenanceUrl: elsewhere.source.url })).toEqual([
    expect.stringMatching(/it is on another server/),
  ])
})

test('a name that another encoding would change is refused before anything is built', async () => {
  await admin('postgres', `CREATE DATABASE "größe" OWNER app ENCODING LATIN1 TEMPLATE template0`)
  name = 'größe'
  expect((await problems()).map(({ message }) => message)).toEqual([
    expect.stringMatching(/the encodings of the two databases give the name in different ways/),
  ])
})

test('two targets whose long names begin alike are swapped beside each other, and so is one whose name is odd', async () => {
  const long = 'x'.repeat(62)
  for (const each of [`${long}1`, `${long}2`, `Größe "x" y'z %s\\`]) {
    name = each
    await createTarget()
    await runSync(sides(), { profile: profile() })
  }
  expect(await beside()).toHaveLength(new Set(await beside()).size)
  expect((await beside()).filter((other) => other.includes('_prev_'))).toHaveLength(3)
  await runRollback(sides(), { profile: profile() })
})

test('what the server refuses at the switch leaves the new database for a retry', async () => {
  await createTarget()
  const taken = `${name}_mbsync_prev_1`
  const context = { signal: new AbortController().signal, report: () => undefined }
  const onEvent = (event: ProgressEvent) => {
    if (event.type === 'phase' && event.phase === 'switch')
      executeElsewhere(cluster.url(), `CREATE DATABASE ${taken}`)
  }
  await expect(runSync(sides(), { profile: profile(), onEvent })).rejects.toMatchObject({
    message: expect.stringMatching(/_mbsync_prev_1" already exists/),
    hint: expect.stringMatching(/The new database is kept: `mbsync swap prod-to-staging --retry`/),
  })
  await admin('postgres', `DROP DATABASE ${taken}`)
  await retrySwap(profileOf(sides(), profile()), context)
  await admin('postgres', `CREATE DATABASE ${name}_mbsync_undone_1`)
  await expect(runRollback(sides(), { profile: profile() })).rejects.toThrow(
    /there is a database ".*_undone_1" already/,
  )
})

test('a previous database that others use is named with them, and all others are dropped', async () => {
  await createTarget()
  const swap = { keep: 2, locale: 'source' as const, switchMs: 10_000 }
  for (let run = 0; run < 2; run += 1) await runSync(sides(), { profile: { ...profile(), swap } })
  const other = await connect(cluster.url(`${name}_mbsync_prev_2`))
  const { warnings } = await runSync(sides(), { profile: { ...profile(), swap: { ...swap, keep: 0 } } })
  await other.end()
  expect(warnings).toEqual([
    {
      message: `Previous databases could not be dropped: "${name}_mbsync_prev_2": its sessions did not end, of "postgres"`,
      hint: expect.stringMatching(/^End them, or let mbsync do it/),
    },
  ])
  expect((await beside()).filter((each) => each.startsWith(`${name}_`))).toEqual([`${name}_mbsync_prev_2`])
})

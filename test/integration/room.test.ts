import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect, type DatabasePair } from '../support/databases.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'

/** A server that promises room for 250 locks, for both sides together, and has it for about 700: each WAL sender adds to it, too. */
const SETTINGS = { max_connections: '25', max_locks_per_transaction: '10', max_wal_senders: '25' }
const TENANTS = 40

let cluster: Cluster
let pair: DatabasePair

beforeAll(async () => {
  cluster = await startCluster({ major: 16, settings: SETTINGS })
  await asSuperuser(cluster.url(), async (admin) => {
    for (const name of ['production', 'staging']) await admin.query(`CREATE DATABASE ${name}`)
  })
  const [source, target] = await Promise.all([open('production'), open('staging')])
  pair = { source, target, drop: async () => {} }
  await Promise.all([source, target].map(({ client }) => createTenants(client)))
})
afterAll(async () => {
  await Promise.all([pair.source.client.end(), pair.target.client.end()])
  await cluster.stop()
})

async function open(name: string) {
  const client = await connect(cluster.url(name))
  const urlFor = (user: string, password: string) => cluster.url(name, user, password)
  return { name, url: cluster.url(name), client, urlFor }
}

/** A schema at a time: a transaction would hold the locks of all of them. */
async function createTenants(client: pg.Client): Promise<void> {
  for (let tenant = 0; tenant < TENANTS; tenant += 1) {
    const schema = `tenant_${tenant}`
    await client.query(`CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.users (id serial PRIMARY KEY, email text UNIQUE, a serial, b serial, c serial, d serial, e serial);
      CREATE TABLE ${schema}.posts (id int PRIMARY KEY, user_id int REFERENCES ${schema}.users, body text);
      CREATE TABLE ${schema}.log (line text)`)
  }
}

/** The same statement for each tenant, `$schema` being its name. */
async function inEachTenant(client: pg.Client, sql: string): Promise<void> {
  for (let tenant = 0; tenant < TENANTS; tenant += 1)
    await client.query(sql.replaceAll('$schema', `tenant_${tenant}`))
}

test('more tables than there is room for in each session arrive, change incrementally, and are rolled back', async () => {
  const { source, target } = pair
  await inEachTenant(
    source.client,
    `INSERT INTO $schema.users (email) VALUES ('a'), ('b'); INSERT INTO $schema.posts VALUES (1, 1, 'x'), (2, 2, NULL);
     INSERT INTO $schema.log VALUES ('twice'), ('twice')`,
  )
  const first = await runSync(pair, { profile: { jobs: 4 } })
  expect(first.tables.filter(({ inserted }) => inserted === 2)).toHaveLength(3 * TENANTS)
  await expectSameContent(source.client, target.client)

  await inEachTenant(
    source.client,
    `UPDATE $schema.posts SET body = 'y' WHERE id = 1; DELETE FROM $schema.posts WHERE id = 2; DELETE FROM $schema.users WHERE id = 2;
     INSERT INTO $schema.log VALUES ('once')`,
  )
  await source.client.query(`SELECT nextval('tenant_3.users_b_seq'), nextval('tenant_7.users_id_seq')`)
  const second = await runSync(pair, { profile: { jobs: 4 } })
  const changes = (name: string) =>
    new Set(
      second.tables
        .filter(({ table }) => table.name === name)
        .map(
          ({ inserted, updated, deleted, unchanged }) => `+${inserted} ~${updated} -${deleted} =${unchanged}`,
        ),
    )
  expect([...changes('users'), ...changes('posts'), ...changes('log')]).toEqual([
    '+0 ~0 -1 =1',
    '+0 ~1 -1 =0',
    '+1 ~0 -0 =2',
  ])
  await expectSameContent(source.client, target.client)

  const seen = await target.client.query('SELECT last_value::int AS n FROM tenant_7.users_id_seq')
  expect(seen.rows, 'what a default gives next').toEqual([{ n: 3 }])

  await runRollback(pair)
  const { rows: after } = await target.client.query(
    `SELECT last_value::int AS n FROM tenant_7.users_id_seq UNION ALL SELECT last_value::int FROM tenant_8.users_id_seq`,
  )
  expect(
    after.map(({ n }) => n),
    'as before the second run',
  ).toEqual([2, 2])
  const { rows } = await target.client.query(`SELECT id, body FROM tenant_${TENANTS - 1}.posts ORDER BY id`)
  expect(rows).toEqual([
    { id: 1, body: 'x' },
    { id: 2, body: null },
  ])
  const left = await target.client.query(
    `SELECT count(*)::int AS landed FROM pg_class WHERE relnamespace = 'mbsync_landing'::regnamespace`,
  )
  expect(left.rows).toEqual([{ landed: 0 }])
})

test('a schema with more objects than there is room for is created in several transactions', async () => {
  const { source } = pair
  await asSuperuser(cluster.url(), (admin) => admin.query('CREATE DATABASE fresh'))
  const target = await open('fresh')
  try {
    await runSync({ ...pair, target }, { profile: { schema: 'create' } })
    await expectSameContent(source.client, target.client)
    const { rows } = await target.client.query(
      `SELECT count(DISTINCT xmin::text)::int AS n FROM pg_namespace WHERE nspname LIKE 'tenant%' UNION ALL
       SELECT count(DISTINCT xmin::text)::int FROM pg_constraint WHERE conrelid <> 0 AND connamespace::regnamespace::text LIKE 'tenant%'`,
    )
    expect(rows.some(({ n }) => n > 1)).toBe(true)
  } finally {
    await target.client.end()
  }
})

test('a merge that the server has no room for is refused with the numbers, before anything is written', async () => {
  const { source, target } = pair
  for (const { client } of [source, target])
    await client.query(`CREATE SCHEMA wide`).then(async () => {
      for (let at = 0; at < 45; at += 1)
        await client.query(
          `CREATE TABLE wide.t${at} (id int PRIMARY KEY, ${Array.from({ length: 25 }, (_, i) => `c${i} int UNIQUE`).join(', ')})`,
        )
    })
  for (let at = 0; at < 45; at += 1) await source.client.query(`INSERT INTO wide.t${at} (id) VALUES (1)`)
  const { findings } = await runPlan(pair)
  const [finding] = findings.filter(({ subject, severity }) => subject === 'staging' && severity === 'error')
  expect(finding?.message).toMatch(
    /^The merge would hold \d+ locks or more at once, and the server has no room for them \(it promises 250, by max_locks_per_transaction = 10 with max_connections = 25; \d+ (is|are) taken\)$/,
  )
  expect(finding?.hint).toMatch(/Set max_locks_per_transaction = 128 and restart .*--table/)
  await expect(runSync(pair)).rejects.toThrow('Validation found 1 problem; nothing has changed')
  expect((await target.client.query('SELECT FROM wide.t0')).rowCount).toBe(0)
  for (const { client } of [source, target])
    for (let at = 0; at < 45; at += 1) await client.query(`DROP TABLE wide.t${at}`)
})

test('more tables than the source can lock are refused with the numbers', async () => {
  const { source } = pair
  await source.client.query('CREATE SCHEMA many')
  for (let at = 0; at < 12; at += 1)
    await source.client.query(
      Array.from({ length: 45 }, (_, i) => `CREATE TABLE many.t${at * 45 + i} ()`).join(';'),
    )
  const refusals = await Promise.all(
    [runPlan(pair), runSync(pair)].map((run) => run.then(String, (error: unknown) => error)),
  )
  for (const refusal of refusals)
    expect(refusal).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^production: reading \d+ tables under one snapshot takes as many locks, and the server has no room for them \(it promises 250/,
      ),
    })
  const [planned, run] = refusals.map((refusal) => (refusal as { readonly hint: string }).hint)
  expect(run, 'the same advice').toBe(planned)
})

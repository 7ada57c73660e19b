import { afterAll, beforeAll, expect, test } from 'vitest'
import { asSuperuser, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan, runSync, type TestRunOptions } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

const TABLE = 'CREATE TABLE t (id int PRIMARY KEY, v text);'

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${TABLE} INSERT INTO t VALUES (1, 'one'), (2, 'two')`,
    targetSql: `${TABLE} INSERT INTO t VALUES (1, 'old')`,
  })
})
afterAll(() => pair?.drop())

test('a state that a superuser has made is handed over to the owner of the tables by the SQL of the hint', async () => {
  await runSync(pair)
  const to = await targetFor(pair, 'a plain owner')
  const role = new URL(to.url).username
  await pair.target.client.query(
    `ALTER SCHEMA mbsync OWNER TO CURRENT_USER; ALTER SCHEMA mbsync_landing OWNER TO CURRENT_USER; ALTER SCHEMA mbsync_undo OWNER TO CURRENT_USER;
     DO $$ DECLARE name text; BEGIN FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text LIKE 'mbsync%' LOOP EXECUTE 'ALTER TABLE ' || name || ' OWNER TO CURRENT_USER'; END LOOP; END $$`,
  )
  const options: TestRunOptions = { profile: { to } }
  const { findings } = await runPlan(pair, options).catch((error) => ({ findings: [error] }))
  const hints = findings.map(({ hint }) => String(hint))
  expect(hints[0]).toContain(
    'Or start again, as postgres: DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE',
  )
  const [sql] = /DO \$\$ .+? END \$\$;/.exec(hints.join(' ')) ?? []
  await asSuperuser(pair.target.url, (admin) => admin.query(sql ?? ''))
  const owners = await pair.target.client.query(
    `SELECT DISTINCT pg_get_userbyid(owner)::text AS owner FROM (SELECT nspowner FROM pg_namespace WHERE nspname LIKE 'mbsync%'
     UNION ALL SELECT relowner FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'mbsync%') AS own (owner)`,
  )
  expect(owners.rows).toEqual([{ owner: role }])
  await pair.source.client.query(`UPDATE t SET v = 'new' WHERE id = 1`)
  await runSync(pair, options)
  expect((await pair.target.client.query('TABLE t ORDER BY 1')).rows[0]).toEqual({ id: 1, v: 'new' })
})

import { appendFileSync, chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Cluster } from '../support/cluster.ts'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser, connect, createDatabasePair } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { fromCluster, OwnServers, readsOf, replayed } from '../support/own-servers.ts'
import { runSync } from '../support/run-sync.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const ROWS = `INSERT INTO item SELECT i, 'body ' || i FROM generate_series(1, 2000) i;`

const servers = new OwnServers()
afterEach(() => servers.close())

test('a standby is a source like any other, until it is promoted', async () => {
  const primary = await servers.start({ major: 16 })
  const writer = await servers.connect(primary)
  await writer.query(SCHEMA + ROWS)
  const standby = await servers.start({ major: 16, standbyOf: primary })
  const reader = await servers.connect(standby)
  const pair = await servers.target(SCHEMA)
  const profile = fromCluster(standby)
  await writer.query(`CREATE ROLE plain LOGIN PASSWORD 'test'; GRANT SELECT ON item TO plain`)
  const replay = () => replayed(writer, reader)
  await replay()
  await runSync(pair, { profile })
  await writer.query(
    `BEGIN; SAVEPOINT s; UPDATE item SET body = 'late' WHERE id = 1; RELEASE s; DELETE FROM item WHERE id = 2`,
  )
  await runSync(pair, { profile })
  await writer.query(`COMMIT; INSERT INTO item VALUES (9999, 'new')`)
  await replay()
  expect(await readsOf(pair, profile)).toEqual(['incremental'])
  await runSync(pair, { profile })
  await expectSameContent(writer, pair.target.client)

  expect(await readsOf(pair, fromCluster(standby, 'plain'))).toEqual([
    'the role of the source may not read which timeline this standby follows (GRANT pg_read_all_stats)',
  ])
  await writer.query('GRANT pg_read_all_stats TO plain')
  await replay()
  expect(await readsOf(pair, fromCluster(standby, 'plain'))).toEqual(['incremental'])

  await reader.query('SELECT pg_promote()')
  await reader.query(`UPDATE public.item SET body = 'after the failover' WHERE id = 5`)
  await reader.query('CHECKPOINT')
  expect(await readsOf(pair, profile)).toEqual(['the source was restored or failed over'])
  await runSync(pair, { profile })
  await expectSameContent(reader, pair.target.client)
  expect(await readsOf(pair, profile)).toEqual(['incremental'])
})

test('what was written to the target while another server stood in for it is noticed', async () => {
  const home = await servers.start({ major: 18 })
  const other = await servers.start({ major: 18, standbyOf: home })
  const source = await createDatabasePair({ sourceSql: SCHEMA + ROWS })
  await asSuperuser(home.url(), (client) => client.query(SCHEMA))
  const to = { name: 'staging', url: home.url(), isProtected: false }
  await runSync(source, { profile: { to } })
  await home.restart(() => followAfterStart(home, other))
  const lsn = await asSuperuser(other.url(), async (client) => {
    await client.query('SELECT pg_promote()')
    await client.query(`UPDATE item SET body = 'edited' WHERE id = 4`)
    return (await client.query('SELECT pg_current_wal_insert_lsn() AS lsn')).rows[0].lsn
  })
  await asSuperuser(home.url(), async (client) => {
    const isThere = async () =>
      (await client.query('SELECT pg_last_wal_replay_lsn() >= $1 AS done', [lsn])).rows[0].done
    while (!(await isThere())) await sleep(50)
    await client.query('SELECT pg_promote()')
  })
  await runSync(source, { profile: { to } })
  await asSuperuser(home.url(), (client) => expectSameContent(source.source.client, client))
  await source.drop()
})

/** Makes a server that is stopped the standby of another. */
function followAfterStart({ dataDirectory }: Cluster, { host, port }: Cluster): void {
  const { uid, gid } = statSync(dataDirectory)
  const signal = join(dataDirectory, 'standby.signal')
  writeFileSync(signal, '')
  chownSync(signal, uid, gid)
  const connection = `host=${host} port=${port} user=postgres password=test`
  appendFileSync(join(dataDirectory, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`)
}

const installed = installedPostgres()

describe.skipIf(installed === undefined)(
  'on a cluster advanced with pg_resetwal (needs PostgreSQL installed)',
  () => {
    test('changes are found across the end of the circle of transaction ids', async () => {
      const cluster = await servers.start({ major: 15, ...installed })
      let client = await connect(cluster.url())
      await client.query(SCHEMA + ROWS)
      // Half the circle at most at a time, with everything frozen before each step.
      for (const xid of [1_500_000_000, 3_000_000_000, 4_294_966_000]) {
        await freezeAll(cluster)
        await client.end()
        await cluster.restart((run) => {
          run('pg_resetwal', ['-D', cluster.dataDirectory, '-x', String(xid)])
          // The new id's page of the commit log must exist: 32 pages of 32768 ids to a file.
          const segment = Math.floor(xid / (32 * 32_768))
            .toString(16)
            .toUpperCase()
            .padStart(4, '0')
          const path = join(cluster.dataDirectory, 'pg_xact', segment)
          writeFileSync(path, Buffer.alloc(262_144))
          // The server runs under another account where root runs the tests.
          chmodSync(path, 0o666)
        })
        client = await connect(cluster.url())
      }
      const pair = await servers.target(SCHEMA)
      const profile = fromCluster(cluster)
      const xid = async () => Number((await client.query('SELECT txid_current() AS xid')).rows[0].xid)
      expect(await xid()).toBeLessThan(2 ** 32)
      await runSync(pair, { profile })
      await client.query(
        `UPDATE public.item SET body = 'before' WHERE id = 1; DELETE FROM public.item WHERE id = 2`,
      )
      await runSync(pair, { profile })
      await client.query(`UPDATE public.item SET body = 'just before' WHERE id = 3`)
      await client.query(
        `DO $$ BEGIN FOR i IN 1..3000 LOOP BEGIN INSERT INTO public.item VALUES (-i, 'sub'); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$`,
      )
      expect(await xid()).toBeGreaterThan(2 ** 32)
      await client.query(
        `UPDATE public.item SET body = 'after' WHERE id = 4; DELETE FROM public.item WHERE id = 5`,
      )
      expect(await readsOf(pair, profile)).toEqual(['incremental'])
      const { tables } = await runSync(pair, { profile })
      expect(tables).toMatchObject([{ inserted: 3000, updated: 2, deleted: 1 }])
      await expectSameContent(client, pair.target.client)
      const again = await runSync(pair, { profile })
      expect(again.tables).toMatchObject([{ inserted: 0, updated: 0, deleted: 0 }])
      await client.end()
    })
  },
)

async function freezeAll(cluster: Cluster): Promise<void> {
  const admin = await connect(cluster.url())
  const { rows } = await admin.query('SELECT datname FROM pg_database')
  await admin.query('ALTER DATABASE template0 ALLOW_CONNECTIONS true')
  await admin.end()
  for (const { datname } of rows) {
    const client = await connect(cluster.url(datname))
    await client.query('VACUUM FREEZE')
    await client.end()
  }
}

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import type { Cluster } from '../support/cluster.ts'
import { expectSameContent } from '../support/database-content.ts'
import { asSuperuser } from '../support/databases.ts'
import { fromCluster, OwnServers, readsOf, replayed } from '../support/own-servers.ts'
import { runSync } from '../support/run-sync.ts'

const ITEM = 'CREATE TABLE item (id int PRIMARY KEY, body text);'
const GROWN = 'CREATE TABLE grown (id int PRIMARY KEY, body text);'
const ROWS = `INSERT INTO item SELECT g, 'row ' || g FROM generate_series(1, 2000) g;`
const RESTARTED = 'the source was restarted, or another of its servers was read before'
const FAILED_OVER = 'the source was restored or failed over'

const servers = new OwnServers()
afterEach(() => servers.close())

/** Uses up transaction ids. */
function burn(client: pg.Client, ids: number): Promise<unknown> {
  return client.query(
    `DO $$ BEGIN FOR i IN 1..${ids} LOOP PERFORM pg_catalog.txid_current(); COMMIT; END LOOP; END $$`,
  )
}

test('a source that is put back to a copy of its data directory, and goes on from there, costs no row', async () => {
  const cluster = await servers.start({ major: 16 })
  const copy = `${cluster.dataDirectory}.copy`
  const pair = await servers.target(ITEM + GROWN)
  const profile = fromCluster(cluster)
  const change = (sql: string, ids: number) =>
    asSuperuser(cluster.url(), async (client) => {
      await client.query(sql)
      await burn(client, ids)
    })
  await change(ITEM + GROWN + ROWS, 0)
  await runSync(pair, { profile })
  expect(await readsOf(pair, profile)).toEqual(['incremental', 'incremental'])

  await cluster.restart(() => execFileSync('cp', ['-a', cluster.dataDirectory, copy]))
  expect(await readsOf(pair, profile)).toEqual([RESTARTED, RESTARTED])
  const undone = `UPDATE item SET body = 'undone' WHERE id = 1; INSERT INTO item VALUES (5000, 'undone');`
  await change(`${undone} INSERT INTO grown VALUES (5000, 'undone')`, 40)
  await runSync(pair, { profile })
  expect(await readsOf(pair, profile)).toEqual(['incremental', 'incremental'])

  await cluster.restart(() => {
    rmSync(cluster.dataDirectory, { recursive: true })
    execFileSync('mv', [copy, cluster.dataDirectory])
  })
  const kept = `UPDATE item SET body = 'new' WHERE id = 2; INSERT INTO item VALUES (6000, 'new');`
  await change(`${kept} INSERT INTO grown VALUES (6000, 'new')`, 200)
  expect(await readsOf(pair, profile)).toEqual([RESTARTED, RESTARTED])
  await runSync(pair, { profile })
  await asSuperuser(cluster.url(), (source) => expectSameContent(source, pair.target.client))
  expect(await readsOf(pair, profile)).toEqual(['incremental', 'incremental'])
})

test('commits that a source has lost in a crash are undone in the target, though its postmaster went on', async () => {
  const settings = { checkpoint_timeout: '1h', autovacuum: 'off' }
  const cluster = await servers.start({ major: 18, settings })
  const pair = await servers.target(ITEM)
  const profile = fromCluster(cluster)
  const writer = await servers.connect(cluster)
  const started = 'SELECT pg_postmaster_start_time()::text AS at'
  const before = await writer.query(started)
  await writer.query(ITEM + ROWS)
  await writer.query('CHECKPOINT')
  await runSync(pair, { profile })
  const source = await crash(cluster, async () => {
    await writer.query(`UPDATE item SET body = 'lost' WHERE id <= 10`)
    await runSync(pair, { profile })
  })
  const lost = `SELECT count(*)::int AS n FROM item WHERE body = 'lost'`
  expect((await source.query(lost)).rows).toEqual([{ n: 0 }])
  expect((await source.query(started)).rows).toEqual(before.rows)
  await source.query(`UPDATE item SET body = 'other' WHERE id BETWEEN 20 AND 25`)
  await burn(source, 200)
  expect(await readsOf(pair, profile)).toEqual([RESTARTED])
  await runSync(pair, { profile })
  await expectSameContent(source, pair.target.client)
  expect(await readsOf(pair, profile)).toEqual(['incremental'])
})

/** Kills one backend after some work of which nothing is flushed; the postmaster then ends all others, too, and recovers. */
async function crash(cluster: Cluster, unflushed: () => Promise<void>): Promise<pg.Client> {
  const bystander = await servers.connect(cluster)
  const isNoticed = new Promise((resolve) => bystander.once('end', resolve))
  const { rows } = await bystander.query(`SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'`)
  process.kill(rows[0].pid, 'SIGSTOP')
  try {
    await unflushed()
    const victim = await servers.connect(cluster)
    process.kill((await victim.query('SELECT pg_backend_pid() AS pid')).rows[0].pid, 'SIGKILL')
    await isNoticed
  } finally {
    process.kill(rows[0].pid, 'SIGCONT')
  }
  for (;;) {
    const recovered = await servers.connect(cluster).catch(() => undefined)
    if (recovered !== undefined) return recovered
    await sleep(100)
  }
}

test('a standby that follows a new primary is not taken for one that follows the old, before its restartpoint', async () => {
  const old = await servers.start({ major: 16 })
  const writer = await servers.connect(old)
  await writer.query(ITEM + ROWS)
  const next = await servers.start({ major: 16, standbyOf: old })
  const standby = await servers.start({ major: 16, standbyOf: old })
  const promoted = await servers.connect(next)
  const reader = await servers.connect(standby)
  await replayed(writer, promoted)
  await replayed(writer, reader)
  const [fromOld, fromStandby] = [await servers.target(ITEM), await servers.target(ITEM)]
  await runSync(fromStandby, { profile: fromCluster(standby) })
  for (const client of [promoted, reader]) await follow(client, '')
  await writer.query(`UPDATE item SET body = 'lost' WHERE id = 1; INSERT INTO item VALUES (5000, 'lost')`)
  await burn(writer, 40)
  await runSync(fromOld, { profile: fromCluster(old) })

  await promoted.query('SELECT pg_promote()')
  await follow(reader, `host=${next.host} port=${next.port} user=postgres password=test`)
  await promoted.query(`UPDATE item SET body = 'new' WHERE id = 2; INSERT INTO item VALUES (6000, 'new')`)
  await burn(promoted, 200)
  await replayed(promoted, reader)
  const { rows } = await reader.query(
    'SELECT timeline_id, received_tli FROM pg_control_checkpoint(), pg_stat_wal_receiver',
  )
  expect(rows).toEqual([{ timeline_id: 1, received_tli: 2 }])
  const profile = fromCluster(standby)
  for (const pair of [fromOld, fromStandby]) {
    expect(await readsOf(pair, profile)).toEqual([FAILED_OVER])
    await runSync(pair, { profile })
    await expectSameContent(promoted, pair.target.client)
    expect(await readsOf(pair, profile)).toEqual(['incremental'])
  }
})

/** Gives a standby another server to follow, or none. */
async function follow(standby: pg.Client, connection: string): Promise<void> {
  await standby.query(`ALTER SYSTEM SET primary_conninfo = '${connection}'`)
  await standby.query('SELECT pg_reload_conf()')
  const state = `SELECT count(*)::int AS n FROM pg_stat_wal_receiver WHERE status = 'streaming'`
  const wanted = connection === '' ? 0 : 1
  while ((await standby.query(state)).rows[0].n !== wanted) await sleep(50)
}

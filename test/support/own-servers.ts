import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Profile } from '../../src/config/config.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { connect, createDatabasePair, type DatabasePair } from './databases.ts'
import { runPlan } from './run-sync.ts'

/** Servers of a test's own, which it may stop, and what depends on them. */
export class OwnServers {
  readonly #cleanups: (() => Promise<unknown>)[] = []

  async target(targetSql: string): Promise<DatabasePair> {
    const pair = await createDatabasePair({ targetSql })
    this.#cleanups.unshift(() => pair.drop())
    return pair
  }

  async start(options: Parameters<typeof startCluster>[0]): Promise<Cluster> {
    const cluster = await startCluster(options)
    this.#cleanups.unshift(() => cluster.stop())
    return cluster
  }

  async connect(cluster: Cluster): Promise<pg.Client> {
    const client = await connect(cluster.url())
    // The tests end some of these servers.
    client.on('error', () => undefined)
    this.#cleanups.unshift(() => client.end())
    return client
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) await cleanup()
  }
}

/** Reads from a cluster, as its superuser by default. */
export function fromCluster(cluster: Cluster, user?: string): Partial<Profile> {
  return { from: { name: 'production', url: cluster.url('postgres', user), isProtected: true } }
}

/** How the next run would read each table: `incremental`, or why not. */
export async function readsOf(pair: DatabasePair, profile: Partial<Profile>): Promise<string[]> {
  const { tables } = await runPlan(pair, { profile })
  return tables.map(({ read }) => (read.kind === 'full' ? read.reason : read.kind))
}

/** Waits until a standby shows what its primary has written. */
export async function replayed(primary: pg.Client, standby: pg.Client): Promise<void> {
  const { rows } = await primary.query('SELECT pg_current_wal_insert_lsn() AS lsn')
  const isThere = async () =>
    (await standby.query('SELECT pg_last_wal_replay_lsn() >= $1 AS done', [rows[0].lsn])).rows[0].done
  while (!(await isThere())) await sleep(50)
}

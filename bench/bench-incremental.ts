import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../test/support/cluster.ts'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { type Measured, measureMbsync, measureShell } from './run-measured.ts'
import { say } from './say.ts'
import { placeFor, query, type Servers, startBenchServers } from './servers.ts'

const SCHEMA = `
CREATE TABLE narrow (id bigint PRIMARY KEY, a int NOT NULL, b int NOT NULL, at timestamptz NOT NULL);
CREATE TABLE broad (id uuid PRIMARY KEY, data jsonb NOT NULL, ${Array.from({ length: 12 }, (_, n) => `t${n} text`).join(', ')})`

function rowsSql(millions: number): string {
  const texts = Array.from({ length: 12 }, (_, n) => `md5((i + ${n})::text)`).join(', ')
  return `
INSERT INTO narrow SELECT i, i % 1000, i % 7, timestamptz '2025-01-01' + i * interval '1 second' FROM generate_series(1, ${millions * 1_000_000}) i;
INSERT INTO broad SELECT md5(i::text)::uuid, jsonb_build_object('n', i, 'text', md5(i::text)), ${texts} FROM generate_series(1, ${millions * 100_000}) i`
}

/** Every so many-th row: updated, but one in ten of them deleted and one in ten replaced by a new one. Each round takes other rows. */
function changeSql(every: number, round: number): string {
  const key = `('x' || substr(id::text, 1, 6))::bit(24)::int`
  const newIds = every * 1_000_000_000 + round * 100_000_000
  return `
UPDATE narrow SET b = b + 1 WHERE id % ${every} = ${round} AND id % ${every * 10} <> ${round};
DELETE FROM narrow WHERE id % ${every * 10} = ${round} AND id > 0;
INSERT INTO narrow SELECT -i - ${newIds}, 0, 0, now() FROM generate_series(1, (SELECT count(*) FROM narrow) / ${every * 10}) i;
UPDATE broad SET t1 = t1 || '!' WHERE ${key} % ${every} = ${round + 1};
DELETE FROM broad WHERE ${key} % ${every * 10} = ${round};
CHECKPOINT`
}

/** How much is changed, and how often: other programs may disturb a short run, so the best of several counts. */
const LEVELS = [
  { percent: 0, every: 0, rounds: 5 },
  { percent: 0.1, every: 1000, rounds: 5 },
  { percent: 1, every: 100, rounds: 3 },
  { percent: 10, every: 10, rounds: 1 },
] as const

/** A million narrow rows with their index, and a hundred thousand broad ones. */
const GB_A_MILLION = 0.15

/**
 * Incremental runs with nothing, 0.1, 1 and 10 % changed, beside full runs with nothing and with as much changed, and `pg_dump | psql`. Full runs
 * compare rows as they land; those that land every row, as they do of a table with a condition, are measured as well. 10 million narrow
 * and 1 million broad rows unless told otherwise.
 */
export async function benchIncremental(millions: number): Promise<void> {
  const servers = await startBenchServers({}, placeFor(millions * GB_A_MILLION))
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-bench-incremental-'))
  try {
    const run = runner(servers, folder)
    await Promise.all([servers.source, servers.target].map((cluster) => query(cluster, SCHEMA)))
    const peer = await fillBoth(servers, millions)
    await run('full-sync', 'landed')
    const landed = await bestOf(2, () => run('full-sync', 'landed'))
    say(`full run that lands every row, nothing changed: ${describe(landed)}`)
    await run('full-sync')
    const full = await bestOf(2, () => run('full-sync'))
    say(`full run, nothing changed: ${describe(full)}`)
    for (const { percent, every, rounds } of LEVELS) {
      const change = async (round: number) => {
        if (every > 0) await query(servers.source, changeSql(every, round))
      }
      const measured = await bestOf(rounds, async (round) => {
        await change(round)
        return run('sync')
      })
      const moved = await bytesMoved(servers)
      const inFull = (profile: 'plain' | 'landed', after: number) =>
        bestOf(2, async (round) => {
          await change(after + round)
          return run('full-sync', profile)
        })
      const alike = every === 0 ? full : await inFull('plain', rounds)
      const alikeLanded = every === 0 ? landed : await inFull('landed', rounds + 2)
      // What was known of the tables without the condition no longer counts.
      if (every > 0) await run('sync')
      const ratios = [
        `${ratio(measured, full)} of the full run`,
        `${ratio(measured, alike)} of one with as much changed`,
        `${ratio(measured, alikeLanded)} of one that lands every row`,
        ...(peer === undefined ? [] : [`${ratio(measured, peer)} of pg_dump | psql`]),
      ]
      say(`${percent} % changed: ${describe(measured)}, ${moved}: ${ratios.join(', ')}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
    await Promise.all([servers.source.stop(), servers.target.stop()])
  }
}

/** Runs commands for a profile: `landed` has a condition that every row meets. */
function runner({ source, target }: Servers, folder: string) {
  const config = join(folder, 'mbsync.yaml')
  const ends = { from: 'production', to: 'staging' }
  const where = { 'public.narrow': 'true', 'public.broad': 'true' }
  writeFileSync(
    config,
    JSON.stringify({
      databases: { production: { url: source.url() }, staging: { url: target.url() } },
      profiles: { plain: ends, landed: { ...ends, where } },
    }),
  )
  return (command: 'sync' | 'full-sync', profile: 'plain' | 'landed' = 'plain') =>
    measureMbsync([command, profile, '--config', config], {})
}

async function bestOf(rounds: number, measure: (round: number) => Promise<Measured>): Promise<Measured> {
  let best: Measured | undefined
  for (let round = 0; round < rounds; round += 1) {
    const measured = await measure(round)
    if (best === undefined || measured.seconds < best.seconds) best = measured
  }
  if (best === undefined) throw new Error('A bench measures at least once')
  return best
}

function ratio(run: Measured, other: Measured): string {
  return (run.seconds / other.seconds).toFixed(3)
}

/** The target is filled by the peer where there is one, which is measured. */
async function fillBoth({ source, target }: Servers, millions: number): Promise<Measured | undefined> {
  await query(source, rowsSql(millions))
  await vacuum(source)
  if (installedPostgres() === undefined) {
    await query(target, rowsSql(millions))
    await vacuum(target)
    return undefined
  }
  const peer = await measureShell(
    `pg_dump --data-only -d '${source.url()}' | psql -q -X -v ON_ERROR_STOP=1 -d '${target.url()}'`,
  )
  say(`pg_dump --data-only | psql into empty tables: ${peer.seconds.toFixed(1)} s`)
  await vacuum(target)
  return peer
}

/** Until all pages are visible to all, as in a table that was filled long ago: an older snapshot, such as autovacuum's, keeps them from it. */
async function vacuum(cluster: Cluster): Promise<void> {
  for (;;) {
    await query(cluster, 'VACUUM (ANALYZE)')
    const [row] = await query(
      cluster,
      `SELECT bool_and(relallvisible >= relpages) AS visible FROM pg_class WHERE relname IN ('narrow', 'broad')`,
    )
    if (row?.visible === true) return
    await sleep(1000)
  }
}

async function bytesMoved({ target }: Servers): Promise<string> {
  const [run] = await query(
    target,
    'SELECT pg_size_pretty(bytes) AS size, inserted + updated + deleted AS rows FROM mbsync.runs ORDER BY id DESC LIMIT 1',
  )
  return `${run?.rows} rows written, ${run?.size} read`
}

function describe({ seconds, peakMb }: Measured): string {
  return `${seconds.toFixed(2)} s, peak ${peakMb.toFixed(0)} MB`
}

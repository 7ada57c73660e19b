import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startCluster } from '../test/support/cluster.ts'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { childCpuSeconds, serverCpuSeconds } from './cpu-seconds.ts'
import { PEERS_SCHEMA, peersRowsSql } from './peers-data.ts'
import { type Measured, measureMbsync, measureShell } from './run-measured.ts'
import { say } from './say.ts'
import { query, type Servers } from './servers.ts'

/** A way to bring the source into a database that is empty, or has the schema alone. */
interface Way {
  readonly name: string
  readonly needsSchema: boolean
  /** Whether the tables belong to the role that writes them, which is no superuser. */
  readonly isPlainOwner?: boolean
  readonly run: (servers: Servers, targetUrl: string) => Promise<Measured>
}

/** What one run of a way took. */
interface Figures extends Measured {
  readonly clientCpu: number
  readonly sourceCpu: number
  readonly targetCpu: number
  readonly walMb: number
}

const TARGET = 'first_load'
const OWNER = 'plain_owner'
/** Neither the log nor the checkpoints of a small server are what is measured. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  max_connections: '100',
  fsync: 'on',
  full_page_writes: 'on',
}

/**
 * First loads by mbsync and by every peer on this machine whose name matches, one after the other in each round. Prints medians as Markdown, then
 * as JSON.
 */
export async function benchPeers(scale: number, rounds: number, pattern: RegExp): Promise<void> {
  const installation = installedPostgres()
  if (installation === undefined)
    throw new Error('The peers need an installed PostgreSQL: apt-get install postgresql')
  const options = { ...installation, settings: SETTINGS }
  const [source, target] = await Promise.all([startCluster(options), startCluster(options)])
  const servers = { source, target }
  try {
    await query(source, PEERS_SCHEMA)
    await query(source, peersRowsSql(scale))
    await query(source, 'VACUUM (ANALYZE)')
    const [size] = await query(source, 'SELECT pg_size_pretty(pg_database_size(current_database())) AS size')
    say(
      `\nFirst load of ${size?.size}, 12 tables, 16 secondary indexes, ${rounds} rounds, PostgreSQL ${source.major}\n`,
    )
    const chosen = ways().filter(({ name }) => pattern.test(name))
    const figures = new Map<Way, Figures[]>(chosen.map((way) => [way, []]))
    await query(target, `CREATE ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'`)
    const wanted = await contentOf(source.url())
    for (let round = 0; round < rounds; round++)
      for (const [way, own] of figures) own.push(await measure(way, servers, wanted))
    report(figures)
  } finally {
    await Promise.all([source.stop(), target.stop()])
  }
}

function ways(): Way[] {
  const mbsync = (args: string, own: Partial<Way> = {}): Way => ({
    name: `mbsync ${args}${own.isPlainOwner === true ? ', plain owner' : ''}`,
    needsSchema: true,
    ...own,
    run: (servers, url) =>
      measureMbsync(args.split(' '), {
        PRODUCTION_DATABASE_URL: servers.source.url(),
        STAGING_DATABASE_URL: url,
      }),
  })
  const shell = (name: string, command: (from: string, to: string) => string): Way => ({
    name,
    needsSchema: false,
    run: ({ source }, url) => measureShell(command(source.url(), url)),
  })
  return [
    shell('pg_dump -Fd -j4 -Z1 + pg_restore -j4', (from, to) =>
      inFolder(
        (folder) =>
          `pg_dump -Fd -j4 -Z1 -f ${folder}/dump -d '${from}' && pg_restore -j4 -d '${to}' ${folder}/dump`,
      ),
    ),
    shell(
      'pg_dump \\| psql',
      (from, to) => `pg_dump -d '${from}' | psql -q -X -v ON_ERROR_STOP=1 -d '${to}'`,
    ),
    ...(isInstalled('pgcopydb')
      ? [
          shell('pgcopydb clone', (from, to) =>
            inFolder(
              (folder) =>
                `pgcopydb clone --dir ${folder}/work --table-jobs 4 --index-jobs 4 --source '${from}' --target '${to}' > /dev/null 2>&1`,
            ),
          ),
        ]
      : []),
    mbsync('sync --strategy load'),
    mbsync('sync --strategy load', { isPlainOwner: true }),
    mbsync('sync --create-schema', { needsSchema: false }),
    mbsync('sync --strategy merge'),
  ]
}

function inFolder(command: (folder: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-peers-'))
  rmSync(folder, { recursive: true })
  return `mkdir -p ${folder} && ${command(folder)}; code=$?; rm -rf ${folder}; exit $code`
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function measure(way: Way, servers: Servers, wanted: string): Promise<Figures> {
  const { source, target } = servers
  const owner = way.isPlainOwner === true ? OWNER : undefined
  await query(
    target,
    `DROP DATABASE IF EXISTS ${TARGET}; CREATE DATABASE ${TARGET}${owner === undefined ? '' : ` OWNER ${owner}`}`,
  )
  const url = target.url(TARGET, owner, owner)
  if (way.needsSchema) await withClient(url, (client) => client.query(PEERS_SCHEMA))
  await query(source, 'CHECKPOINT')
  await query(target, 'CHECKPOINT')
  const wal = async () =>
    Number((await query(target, `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS n`))[0]?.n)
  const before = {
    wal: await wal(),
    client: childCpuSeconds(),
    source: serverCpuSeconds(source),
    target: serverCpuSeconds(target),
  }
  const measured = await way.run(servers, url)
  await untilGone(servers)
  const figures = {
    ...measured,
    clientCpu: childCpuSeconds() - before.client,
    sourceCpu: serverCpuSeconds(source) - before.source,
    targetCpu: serverCpuSeconds(target) - before.target,
    walMb: ((await wal()) - before.wal) / 2 ** 20,
  }
  if ((await contentOf(url)) !== wanted)
    throw new Error(`${way.name}: the rows in the target are not those of the source`)
  return figures
}

/** A server knows what its sessions have used when they have ended. */
async function untilGone({ source, target }: Servers): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
  for (const cluster of [source, target]) while (Number((await query(cluster, sql))[0]?.n) > 0);
}

/** Counts and sums of hashes: the same on both sides exactly if the rows are. */
async function contentOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
    const lines: string[] = []
    for (const { name } of rows) {
      const sums = await client.query(
        `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM ${name} t`,
      )
      lines.push(`${name} ${sums.rows[0].line}`)
    }
    return lines.join('\n')
  })
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

const COLUMNS = ['seconds', 'clientCpu', 'sourceCpu', 'targetCpu', 'peakMb', 'walMb'] as const

function report(figures: ReadonlyMap<Way, readonly Figures[]>): void {
  const medians = [...figures].map(([{ name }, own]) => {
    const entries = COLUMNS.map((column) => [column, median(own.map((each) => each[column]))] as const)
    return { name, ...(Object.fromEntries(entries) as Record<(typeof COLUMNS)[number], number>) }
  })
  const base = medians[0]?.seconds ?? 1
  say('| way | wall s | ratio | CPU s of client | source | target | peak MB of client | WAL MB |')
  say('|---|---|---|---|---|---|---|---|')
  for (const { name, seconds, clientCpu, sourceCpu, targetCpu, peakMb, walMb } of medians) {
    const cells = [
      seconds.toFixed(1),
      (seconds / base).toFixed(2),
      clientCpu.toFixed(1),
      sourceCpu.toFixed(1),
      targetCpu.toFixed(1),
    ]
    say(`| ${[name, ...cells, peakMb.toFixed(0), walMb.toFixed(0)].join(' | ')} |`)
  }
  say(`\n${JSON.stringify({ medians, rounds: [...figures].map(([{ name }, own]) => ({ name, own })) })}`)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '../../test/support/cluster.ts'
import { installedPostgres } from '../../test/support/installed-postgres.ts'
import { childCpuSeconds, serverCpuSeconds } from '../cpu-seconds.ts'
import { say } from '../say.ts'
import { placeFor, query, type Servers } from '../servers.ts'
import { createDataset, type Dataset, smallTables, twelveTables } from './dataset.ts'
import { drawBars } from './draw-bars.ts'
import { type Figures, type Result, rowsOf, toMarkdown } from './report.ts'
import { SLOW_PREFIX, scenarios } from './scenarios.ts'
import { SLOW, slowDown } from './slow-network.ts'
import { emptyFresh, OWNER, type Stage } from './stage.ts'
import type { Scenario, Way } from './way.ts'

/** What of the peers is measured. */
export interface PeersRequest {
  /** 1 is about 2 GB. */
  readonly scale: number
  readonly rounds: number
  /** Names of scenarios; all of them if there is none. */
  readonly only: readonly string[]
  /** Of which ways. */
  readonly pattern: RegExp
  /** A folder for the figures as Markdown and JSON, and for a picture. */
  readonly output: string | undefined
}

const GB_OF_SCALE_1 = 2.4

/** Neither the log nor the checkpoints of a small server are what is measured; `pg_dump` locks every table. */
const SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  max_connections: '100',
  max_locks_per_transaction: '256',
  // Old segments of the log would take the memory that a round at scale 1 needs.
  wal_recycle: 'off',
  fsync: 'on',
  full_page_writes: 'on',
}

/**
 * Runs scenarios by mbsync and by every peer on this machine, one way after the other in each round, and checks each time that the rows are the same.
 * Prints medians as Markdown, then as JSON.
 */
export async function benchPeers(request: PeersRequest): Promise<void> {
  const chosen = choose(request.only)
  const installation = installedPostgres()
  if (installation === undefined)
    throw new Error('The peers need an installed PostgreSQL: apt-get install postgresql')
  const options = { ...installation, ...placeFor(request.scale * GB_OF_SCALE_1), settings: SETTINGS }
  const [source, target] = await Promise.all([startCluster(options), startCluster(options)])
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-peers-'))
  try {
    await query(target, `CREATE ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'`)
    const datasets = new Map<Scenario['data'], Dataset>()
    const results: Result[] = []
    for (const scenario of chosen) {
      const data = datasets.get(scenario.data) ?? (await create(source, scenario.data, request.scale))
      datasets.set(scenario.data, data)
      const result = await measureScenario(scenario, request, { source, target }, data, folder)
      say(`\n${toMarkdown(result)}`)
      results.push(result)
    }
    write(request, `PostgreSQL ${source.major}, scale ${request.scale}, ${request.rounds} rounds`, results)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await Promise.all([source.stop(), target.stop()])
  }
}

function choose(only: readonly string[]): Scenario[] {
  const all = scenarios()
  const unknown = only.filter((name) => all.every((scenario) => scenario.name !== name))
  if (unknown.length > 0)
    throw new Error(
      `There is no scenario ${unknown.join(', ')}: use ${all.map(({ name }) => name).join(', ')}`,
    )
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name))
}

async function create(source: Servers['source'], kind: Scenario['data'], scale: number): Promise<Dataset> {
  const data = kind === 'twelve tables' ? twelveTables(scale) : smallTables(scale)
  await createDataset(source, data)
  const [size] = await query(source, `SELECT pg_size_pretty(pg_database_size('${data.database}')) AS size`)
  say(`\n${data.title}: ${size?.size}`)
  return data
}

async function measureScenario(
  scenario: Scenario,
  { rounds, pattern }: PeersRequest,
  servers: Servers,
  data: Dataset,
  folder: string,
): Promise<Result> {
  const slow = scenario.name.startsWith(SLOW_PREFIX)
    ? await slowDown(servers[scenario.crosses].port, SLOW)
    : undefined
  const throughSlow = (side: Scenario['crosses'], url: string) =>
    slow === undefined || scenario.crosses !== side
      ? url
      : url.replace(`:${servers[side].port}/`, `:${slow.port}/`)
  const stage: Stage = {
    servers,
    data,
    folder,
    from: throughSlow('source', servers.source.url(data.database)),
    to: (database, user) => throughSlow('target', servers.target.url(database, user, user)),
  }
  try {
    const ways = scenario.ways
      .filter(({ name }) => pattern.test(name))
      .map((way) => ({ way, rounds: [] as Figures[] }))
    await emptyFresh(stage)
    for (let round = 0; round < rounds; round += 1)
      for (const { way, rounds: own } of ways) own.push(await measure(way, stage))
    return { scenario, ways: ways.map(({ way, rounds: own }) => ({ name: way.name, rounds: own })) }
  } finally {
    await slow?.close()
  }
}

async function measure(way: Way, stage: Stage): Promise<Figures> {
  const { source, target } = stage.servers
  await way.prepare(stage)
  for (const cluster of [source, target]) {
    await query(cluster, 'CHECKPOINT')
    await untilAlone(cluster)
  }
  const before = await readUse(stage.servers)
  const measured = await way.run(stage)
  // A server knows what its sessions have used when they have ended.
  for (const cluster of [source, target]) await untilAlone(cluster)
  const after = await readUse(stage.servers)
  await way.check(stage).catch((error: unknown) => {
    throw new Error(`${way.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  })
  return {
    ...measured,
    clientCpu: after.client - before.client,
    sourceCpu: after.source - before.source,
    targetCpu: after.target - before.target,
    walMb: (after.wal - before.wal) / 2 ** 20,
  }
}

async function readUse({ source, target }: Servers) {
  const [row] = await query(target, `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS n`)
  return {
    wal: Number(row?.n),
    client: childCpuSeconds(),
    source: serverCpuSeconds(source),
    target: serverCpuSeconds(target),
  }
}

async function untilAlone(cluster: Servers['source']): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
  while (Number((await query(cluster, sql))[0]?.n) > 0);
}

function write({ output }: PeersRequest, title: string, results: readonly Result[]): void {
  const json = JSON.stringify({
    title,
    results: results.map((result) => ({ ...result, medians: rowsOf(result) })),
  })
  if (output === undefined) {
    say(`\n${json}`)
    return
  }
  mkdirSync(output, { recursive: true })
  writeFileSync(join(output, 'peers.json'), `${json}\n`)
  writeFileSync(join(output, 'peers.md'), `${title}\n\n${results.map(toMarkdown).join('\n\n')}\n`)
  writeFileSync(join(output, 'peers.svg'), drawBars(results))
  say(`\nWritten: ${output}/peers.md, peers.json and peers.svg`)
}

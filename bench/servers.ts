import { tmpdir } from 'node:os'
import pg from 'pg'
import { type Cluster, type ClusterOptions, startCluster } from '../test/support/cluster.ts'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { BENCH_SCHEMA, benchRowsSql } from './bench-data.ts'

const SETTINGS = { shared_buffers: '2GB', max_wal_size: '8GB', max_connections: '100' }

/** A source and a target. */
export interface Servers {
  readonly source: Cluster
  readonly target: Cluster
}

/** More than that, twice, with the logs of both, is too much for the memory of a usual machine. */
const MOST_IN_MEMORY_GB = 4

/** Where servers keep this much data. */
export function placeFor(gigabytes: number): Pick<ClusterOptions, 'folder'> {
  return gigabytes > MOST_IN_MEMORY_GB ? { folder: tmpdir() } : {}
}

/**
 * Two servers of the version whose client programs are installed, so that both sides of a comparison run on the same, unless another is asked for.
 */
export async function startBenchServers(
  own: Readonly<Record<string, string>> = {},
  where: Partial<Pick<ClusterOptions, 'major' | 'folder'>> = {},
): Promise<Servers> {
  const installation = where.major === undefined ? installedPostgres() : undefined
  const options = { major: 16, ...installation, ...where, settings: { ...SETTINGS, ...own } }
  const [source, target] = await Promise.all([startCluster(options), startCluster(options)])
  return { source, target }
}

/** Fills the source, and gives the target the schema. */
export async function fill({ source, target }: Servers, gb: number): Promise<void> {
  await query(source, BENCH_SCHEMA)
  await query(target, BENCH_SCHEMA)
  await query(source, benchRowsSql(gb))
  await query(source, 'VACUUM (ANALYZE)')
}

/** Runs SQL and returns the rows of its last statement. */
export async function query(cluster: Cluster, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: cluster.url() })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of sql.split(';').filter((text) => text.trim() !== ''))
      rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

/** Lends a connection. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

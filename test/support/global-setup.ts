import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { type Cluster, startCluster } from './cluster.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser URLs of the two clusters: the source is the older one. */
    sourceUrl: string
    targetUrl: string
  }
}

/** The superuser is trusted: each connection would prove its password at half the cost of a connection, tens of thousands of times. */
const RULES = `hostnossl all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`

/** With dozens of databases, autovacuum looks into another one each second or two, and would take the processor from the tests. */
const SETTINGS = { autovacuum: 'off' }

/**
 * The database that databases of tests are copied from: template0, with the file of what each connection must know of the catalogs, which
 * the first connection to a database would write.
 */
export const WARM_TEMPLATE = 'warm_template'

async function createWarmTemplate(cluster: Cluster): Promise<void> {
  const run = async (database: string, sql: string) => {
    const client = new pg.Client({ connectionString: cluster.url(database) })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await run('postgres', `CREATE DATABASE ${WARM_TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`)
  await run(WARM_TEMPLATE, 'SELECT')
}

/** Two servers of different major versions, for the whole run of the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const files = { 'pg_hba.conf': RULES }
  const [source, target] = await Promise.all([
    startCluster({ major: 16, files, settings: SETTINGS }),
    startCluster({ major: 18, files, settings: SETTINGS }),
  ])
  await Promise.all([source, target].map(createWarmTemplate))
  project.provide('sourceUrl', source.url())
  project.provide('targetUrl', target.url())
  return async () => {
    await Promise.all([source.stop(), target.stop()])
  }
}

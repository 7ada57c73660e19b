import type { TestProject } from 'vitest/node'
import { startCluster } from './cluster.ts'

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

/** Two servers of different major versions, for the whole run of the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const files = { 'pg_hba.conf': RULES }
  const [source, target] = await Promise.all([
    startCluster({ major: 16, files }),
    startCluster({ major: 18, files }),
  ])
  project.provide('sourceUrl', source.url())
  project.provide('targetUrl', target.url())
  return async () => {
    await Promise.all([source.stop(), target.stop()])
  }
}

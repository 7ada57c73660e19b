import type { TestProject } from 'vitest/node'
import { startCluster } from './cluster.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser URLs of the two clusters: the source is the older one. */
    sourceUrl: string
    targetUrl: string
  }
}

/** Two servers of different major versions, for the whole run of the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [source, target] = await Promise.all([startCluster({ major: 16 }), startCluster({ major: 18 })])
  project.provide('sourceUrl', source.url())
  project.provide('targetUrl', target.url())
  return async () => {
    await Promise.all([source.stop(), target.stop()])
  }
}

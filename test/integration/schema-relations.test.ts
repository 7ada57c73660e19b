import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PARTS_LIBRARY_SCHEMA } from '../demo/parts-library.ts'
import { HOSTILE_SCRIPT_PINS } from '../fixtures/hostile/hostile-scripts.ts'
import { partitions } from '../fixtures/hostile/partitions.ts'
import { sequences } from '../fixtures/hostile/sequences.ts'
import { wide } from '../fixtures/hostile/wide.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { asSuperuser, connect, createDatabasePair } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { pgDumpObjects } from '../support/pg-dump.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'

/** Each is a whole database. */
const SCHEMAS = {
  demo: PARTS_LIBRARY_SCHEMA,
  partitions: partitions.schemaSql,
  sequences: sequences.schemaSql,
  wide: wide.schemaSql,
}

/** What the source has of kinds that are not read yet. */
const GIVEN = {
  demo: `CREATE TYPE "LifecycleStatus" AS ENUM ('ACTIVE', 'NRND', 'OBSOLETE', 'PREVIEW')`,
  partitions: `CREATE SCHEMA partitions; CREATE TYPE partitions.mood AS ENUM ('sad', 'ok', 'glad')`,
  sequences: '',
  wide: '',
}

const NAMES = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[]

test.each(NAMES)('a database created from the schema %s has the same schema', async (name) => {
  const pair = await createDatabasePair({
    sourceSql: HOSTILE_SCRIPT_PINS + SCHEMAS[name],
    targetSql: GIVEN[name],
    isSourceNew: true,
  })
  try {
    const schema = await schemaOf(pair.source.url)
    expect(schema.unsupported).toEqual([])
    await pair.target.client.query(forExisting(scriptOf(schema)))
    expect(scriptOf(await schemaOf(pair.target.url))).toBe(scriptOf(schema))
  } finally {
    await pair.drop()
  }
})

const installed = installedPostgres()

describe.runIf(installed !== undefined)('by pg_dump', () => {
  let cluster: Cluster

  beforeAll(async () => {
    if (installed !== undefined) cluster = await startCluster(installed)
  })
  afterAll(() => cluster?.stop())

  test.each(NAMES)('a database created from the schema %s is dumped as its source is', async (name) => {
    const [source, target] = [`${name}_source`, `${name}_target`]
    for (const database of [source, target])
      await asSuperuser(cluster.url(), (admin) =>
        admin.query(`CREATE DATABASE ${database} TEMPLATE template0`),
      )
    await run(cluster.url(source), HOSTILE_SCRIPT_PINS + SCHEMAS[name])
    await run(cluster.url(target), GIVEN[name])
    await run(cluster.url(target), forExisting(scriptOf(await schemaOf(cluster.url(source)))))
    expect(pgDumpObjects(cluster.url(target))).toEqual(pgDumpObjects(cluster.url(source)))
  })
})

async function run(url: string, sql: string): Promise<void> {
  const client = await connect(url)
  await client.query(sql).finally(() => client.end())
}

function forExisting(script: string): string {
  return script.replaceAll('CREATE SCHEMA partitions;', '')
}

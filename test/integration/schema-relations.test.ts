import type pg from 'pg'
import { expect, test } from 'vitest'
import type { SchemaObject } from '../../src/schema/schema-object.ts'
import { wide } from '../fixtures/hostile/wide.ts'
import { startCluster } from '../support/cluster.ts'
import { asSuperuser, createDatabasePair, type TestDatabase } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { pgDumpObjects } from '../support/pg-dump.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'
import { createHostileSchemas, createRoles, createSchemas } from '../support/schema-fixtures.ts'

const APPLICATIONS = ['relations', 'privileges', 'rails', 'prisma', 'time-series', 'exact']
const installed = installedPostgres()

test.runIf(installed !== undefined)('a created database is dumped by pg_dump as its source is', async () => {
  if (installed === undefined) return
  const cluster = await startCluster(installed)
  try {
    await asSuperuser(cluster.url(), async (admin) => {
      await admin.query('CREATE DATABASE source TEMPLATE template0')
      await admin.query('CREATE DATABASE target TEMPLATE template0')
    })
    await asSuperuser(cluster.url('source'), async (client) => {
      await createHostileSchemas(client, [wide])
      await createSchemas(client, APPLICATIONS)
    })
    const script = scriptOf(await schemaOf(cluster.url('source')))
    await asSuperuser(cluster.url('target'), (client) => client.query(script))
    const [expected, actual] = [pgDumpObjects(cluster.url('source')), pgDumpObjects(cluster.url('target'))]
    expect(expected.length).toBeGreaterThan(2_000)
    expect(actual).toEqual(expected)
  } finally {
    await cluster.stop()
  }
})

test('a database created on the same version has the same schema', async () => {
  const pair = await createDatabasePair({ isSourceNew: true })
  try {
    const fill = (client: pg.Client) => createSchemas(client, ['relations', 'relations-18', 'privileges'])
    const { source, target } = await copySchema(pair.source, pair.target, fill)
    expect(source.unsupported).toEqual([])
    expect(scriptOf(target)).toBe(scriptOf(source))
  } finally {
    await pair.drop()
  }
})

test('a database created on a newer version has the same schema, and one on an older all that this version knows', async () => {
  const pair = await createDatabasePair()
  const older = await createDatabasePair()
  try {
    const up = await copySchema(pair.source, pair.target, async (client) => {
      await createHostileSchemas(client)
      await createSchemas(client, [...APPLICATIONS, 'many-tables'])
    })
    expect(withoutNotNullNames(scriptOf(up.target))).toBe(withoutNotNullNames(scriptOf(up.source)))
    const fill = (client: pg.Client) =>
      createSchemas(client, ['relations', 'relations-18', 'privileges', 'prisma'])
    const down = await copySchema(older.target, older.source, fill)
    expect(names(down.target.objects)).toEqual(names(down.created))
    expect(down.created.length).toBeLessThan(down.source.objects.length)
  } finally {
    await pair.drop()
    await older.drop()
  }
})

/** Fills the source, creates its schema in the target, and reads both. */
async function copySchema(from: TestDatabase, to: TestDatabase, fill: (client: pg.Client) => Promise<void>) {
  await fill(from.client)
  await createRoles(to.client)
  const { rows } = await to.client.query(`SELECT current_setting('server_version_num')::integer AS version`)
  const serverVersion: number = rows[0].version
  const source = await schemaOf(from.url)
  const created = withoutNewer(source.objects, serverVersion)
  await to.client.query(scriptOf({ objects: created }, serverVersion))
  return { source, created, target: await schemaOf(to.url) }
}

/** What a server of a version can create, and what needs nothing else. */
function withoutNewer(objects: readonly SchemaObject[], serverVersion: number): SchemaObject[] {
  const left = new Set<string>()
  return objects.filter(({ id, since, dependsOn }) => {
    const isNewer = since !== undefined && since.version > serverVersion
    if (isNewer || dependsOn.some((other) => left.has(other))) left.add(id)
    return !left.has(id)
  })
}

function names(objects: readonly SchemaObject[]): string[] {
  return objects.map(({ identity }) => identity)
}

/** Only servers from 18 on keep them. */
function withoutNotNullNames(script: string): string {
  return script.replaceAll(/CONSTRAINT ("([^"]|"")*"|\w+) NOT NULL/g, 'NOT NULL')
}

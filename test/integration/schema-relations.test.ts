import { expect, test } from 'vitest'
import type { SchemaObject } from '../../src/schema/schema-object.ts'
import { startCluster } from '../support/cluster.ts'
import { asSuperuser, createDatabasePair, type PairOptions } from '../support/databases.ts'
import { installedPostgres } from '../support/installed-postgres.ts'
import { pgDumpObjects } from '../support/pg-dump.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'
import { createAllSchemas, createRoles } from '../support/schema-fixtures.ts'

const installed = installedPostgres()

test.runIf(installed !== undefined)('a created database is dumped by pg_dump as its source is', async () => {
  if (installed === undefined) return
  const cluster = await startCluster(installed)
  try {
    await asSuperuser(cluster.url(), async (admin) => {
      await admin.query('CREATE DATABASE source TEMPLATE template0')
      await admin.query('CREATE DATABASE target TEMPLATE template0')
    })
    await asSuperuser(cluster.url('source'), (client) => createAllSchemas(client))
    const script = scriptOf(await schemaOf(cluster.url('source')))
    await asSuperuser(cluster.url('target'), (client) => client.query(script))
    const [expected, actual] = [pgDumpObjects(cluster.url('source')), pgDumpObjects(cluster.url('target'))]
    expect(expected.length).toBeGreaterThan(3_000)
    expect(actual).toEqual(expected)
  } finally {
    await cluster.stop()
  }
})

/** Creates on the target what all fixtures have in the source, and reads both. */
async function copyAll(options: PairOptions, targetMajor: number, more: readonly string[] = []) {
  const pair = await createDatabasePair(options)
  const [from, to] = targetMajor === 16 ? [pair.target, pair.source] : [pair.source, pair.target]
  try {
    await createAllSchemas(from.client, more)
    await createRoles(to.client)
    const source = await schemaOf(from.url)
    const created = withoutNewer(source.objects, targetMajor)
    const serverVersion = targetMajor * 10_000
    await to.client.query(scriptOf({ ...source, objects: created }, serverVersion))
    return { source, created, target: await schemaOf(to.url) }
  } finally {
    await pair.drop()
  }
}

/** What a server of a version can create, and what needs nothing else. */
function withoutNewer(objects: readonly SchemaObject[], major: number): SchemaObject[] {
  const left = new Set<string>()
  return objects.filter(({ id, since, dependsOn }) => {
    const isNewer = (since?.version ?? 0) >= (major + 1) * 10_000
    if (isNewer || dependsOn.some((other) => left.has(other))) left.add(id)
    return !left.has(id)
  })
}

test('a database created on the same version has the same schema', async () => {
  const { source, target } = await copyAll({ isSourceNew: true }, 18, ['relations-18'])
  expect(source.unsupported).toEqual([])
  expect(scriptOf(target)).toBe(scriptOf(source))
})

test('a database created on a newer version has the same schema', async () => {
  const { source, target } = await copyAll({}, 18)
  expect(names(target)).toEqual(names(source))
  expect(withoutNotNullNames(scriptOf(target))).toBe(withoutNotNullNames(scriptOf(source)))
})

test('a database created on an older version has all that this version knows', async () => {
  const { source, created, target } = await copyAll({}, 16, ['relations-18'])
  expect(names(target)).toEqual(names({ objects: created }))
  expect(created.length).toBeLessThan(source.objects.length)
})

function names({ objects }: { readonly objects: readonly SchemaObject[] }): string[] {
  return objects.map(({ identity }) => identity)
}

/** Only servers from 18 on keep them. */
function withoutNotNullNames(script: string): string {
  return script.replaceAll(/CONSTRAINT ("([^"]|"")*"|\w+) NOT NULL/g, 'NOT NULL')
}

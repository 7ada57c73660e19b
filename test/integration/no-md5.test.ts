import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { verify } from '../../src/jobs/verify.ts'
import {
  connect,
  createDatabasePair,
  createRole,
  type DatabasePair,
  giveOwnership,
  untilSettled,
} from '../support/databases.ts'
import { runExport, runImport } from '../support/run-dump.ts'
import { runSearch, searchIndexOf } from '../support/run-search.ts'
import { profileOf, runRollback, runSync } from '../support/run-sync.ts'

const SCHEMA = `CREATE TABLE item (id text PRIMARY KEY, body text); CREATE TABLE log (id text, body text);
  CREATE TABLE parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parted DEFAULT;`
const ROWS = `INSERT INTO item SELECT 'ä ' || i, 'body ' || i FROM generate_series(1, 2000) i; INSERT INTO log SELECT * FROM item;
  INSERT INTO parted SELECT i, 'ü' FROM generate_series(1, 100) i;`
const FORBID = 'REVOKE EXECUTE ON FUNCTION pg_catalog.md5(text), pg_catalog.md5(bytea) FROM PUBLIC;'

/** Of different encodings, as reached by roles that own everything and may not call md5(). */
let pair: DatabasePair
beforeAll(async () => {
  const all = await createDatabasePair({
    sourceSql: `${SCHEMA} ${ROWS} ${FORBID}`,
    targetSql: `${SCHEMA} ${FORBID}`,
    encoding: { source: 'LATIN1', target: 'UTF8' },
  })
  pair = { ...all, source: await asOwner(all, 'source'), target: await asOwner(all, 'target') }
})
afterAll(() => pair?.drop())

async function asOwner(all: DatabasePair, side: 'source' | 'target') {
  const role = await createRole(inject(`${side}Url`))
  await giveOwnership(all[side], role)
  return { ...all[side], url: all[side].urlFor(role, role) }
}

async function expectSameRows(): Promise<void> {
  for (const table of ['item', 'log', 'parted']) {
    const [there, here] = await Promise.all(
      [pair.source, pair.target].map(async ({ client }) => {
        const { rows } = await client.query(`SELECT id, body FROM ${table}`)
        return rows.map((row) => JSON.stringify(row)).sort()
      }),
    )
    expect(here).toEqual(there)
  }
}

async function differingTables(): Promise<string[]> {
  const context = { signal: new AbortController().signal, report: () => undefined }
  const { tables } = await verify(profileOf(pair), { tables: [], samplePercent: 100, limit: 10 }, context)
  return tables.filter(({ status }) => status !== 'equal').map(({ table }) => table.name)
}

test('nothing calls md5(), which fails on a server in FIPS mode', async () => {
  const client = await connect(pair.target.url)
  await expect(client.query('SELECT md5(body) FROM item')).rejects.toThrow(/permission denied/)
  await client.end()
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-no-md5-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))

  await untilSettled(pair.source.client)
  await runSync(pair)
  await expectSameRows()
  const file = join(folder, 'items.ndjson')
  await runSearch(pair, [searchIndexOf({ type: 'ndjson', file }, 'SELECT * FROM public.item')])
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(2000)

  await pair.source.client.query(
    `DELETE FROM item WHERE id IN ('ä 7', 'ä 1007'); UPDATE item SET body = 'new' WHERE id = 'ä 8'`,
  )
  expect(await differingTables()).toEqual(['item'])
  const { tables } = await runSync(pair)
  expect(tables.find(({ table }) => table.name === 'item')).toMatchObject({ deleted: 2, updated: 1 })
  await expectSameRows()
  const { rows } = await pair.target.client.query('SELECT mode FROM mbsync.runs ORDER BY id')
  expect(rows.map(({ mode }) => mode)).toContain('incremental')
  expect(await differingTables()).toEqual([])

  await runExport(pair, join(folder, 'dump'))
  await runRollback(pair)
  expect(await differingTables()).toEqual(['item'])
  await runImport(pair, join(folder, 'dump'))
  await expectSameRows()
})

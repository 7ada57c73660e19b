import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { readDocument } from '../support/documents.ts'
import { searchIndexOf } from '../support/run-search.ts'
import { runSync } from '../support/run-sync.ts'

const PAGES = ['OPERATION', 'MONITORING', 'SEARCH', 'MIXEDBREAD']
const documentation = PAGES.map((page) => readDocument(`docs/${page}.md`)).join('\n')
const statements = [...documentation.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block.split(/;\s*\n/).filter((statement) => statement.trim() !== ''),
)

let pair: DatabasePair
let folder: string
beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: 'CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1), (2)',
    targetSql: 'CREATE TABLE item (id int PRIMARY KEY)',
  })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-operation-'))
  const file = join(folder, 'items.ndjson')
  const index = searchIndexOf({ type: 'ndjson', file }, { schema: 'public', name: 'item' })
  const options = { rebuild: false, reconcile: false, create: false, allowMassDelete: false }
  await runSync(pair, { search: { indexes: [index], options } })
  await runSync(pair)
})
afterAll(async () => {
  await pair?.drop()
  rmSync(folder, { recursive: true })
})

test('the pages on operation have statements', () => {
  expect(statements.length).toBeGreaterThan(9)
})

test.each(statements.map((statement) => [statement.trim().split('\n')[0], statement]))(
  'documented: %s',
  async (_, statement) => {
    const { rows, command } = await pair.target.client.query(statement)
    if (
      /seconds since|longer than|where the time|longest pieces|landing tables take|what the last runs/.test(
        statement,
      )
    )
      expect(rows).not.toEqual([])
    if (command === 'DELETE')
      expect((await pair.target.client.query('SELECT FROM mbsync.runs')).rowCount).toBe(2)
  },
)

test('docs/MONITORING.md names every table of the state', async () => {
  const { rows } = await pair.target.client.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'mbsync'`,
  )
  const [, section = ''] = documentation.split('## The state\n')
  expect(rows.map((row) => row.tablename).filter((name) => !section.includes(`| \`${name}\` |`))).toEqual([])
})

test('docs/MONITORING.md names every metric', () => {
  const source = readFileSync(new URL('../../src/notify/metrics.ts', import.meta.url), 'utf8')
  const metrics = [...source.matchAll(/^ {2}(mbsync_\w+):/gm)].map(([, metric]) => metric)
  expect(metrics.length).toBeGreaterThan(5)
  expect(metrics.filter((metric) => !documentation.includes(`| \`${metric}\` |`))).toEqual([])
})

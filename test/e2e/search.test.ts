import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import {
  expectSameDocuments,
  SHOP_QUERY,
  SHOP_SCHEMA,
  sentIds,
  shopRows,
} from '../support/typesense-index.ts'

const API_KEY = 'a-very-secret-key'
const ALL = 200
const BATCH = 10
const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly: { from: production, to: staging, search: [products] }
search:
  products:
    type: typesense
    query: |${SHOP_QUERY.replaceAll('\n', '\n      ')}
    batch: { documents: ${BATCH} }
    parallel: 2
    schema:
      enable_nested_fields: true
      default_sorting_field: created
      fields:
        - { name: title, type: string }
        - { name: price, type: float, optional: true }
        - { name: tags, type: "string[]", facet: true }
        - { name: created, type: int64 }
        - { name: offers, type: "object[]", optional: true }
`

let pair: DatabasePair
let server: Typesense

beforeEach(async () => {
  server = await startTypesense({ apiKey: API_KEY })
  pair = await createDatabasePair({ sourceSql: SHOP_SCHEMA + shopRows(ALL), targetSql: SHOP_SCHEMA })
})
afterEach(async () => {
  await server.close()
  await pair.drop()
})

const surroundings = (env: Record<string, string> = {}) => ({
  env: {
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    TYPESENSE_URL: server.url,
    TYPESENSE_API_KEY: API_KEY,
    ...env,
  },
  files: { 'mbsync.yaml': CONFIG },
})
const run = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], surroundings())
  return { exitCode, stderr, result: JSON.parse(stdout) }
}
const onSource = (sql: string) => pair.source.client.query(`SET search_path = public; ${sql}`)
const onlyCollection = () => expect([...server.collections.keys()]).toEqual([server.aliases.get('products')])

test('a sync without the collection is done and ends with 4; typesense --create fills it; the next sync keeps it true', async () => {
  const first = await run('sync')
  expect(first.exitCode, first.stderr).toBe(4)
  expect(first.result.search).toMatchObject([{ searchIndex: 'products', status: 'stopped' }])
  expect((await run('check')).exitCode).toBe(3)
  const created = await run('typesense', '--create')
  expect(created.exitCode, created.stderr).toBe(0)
  expect((await run('check')).exitCode).toBe(0)
  await onSource(`UPDATE "Product" SET "Title" = 'new' WHERE id < 5; DELETE FROM "Product" WHERE id = 9`)
  server.requests.length = 0
  const second = await run('sync')
  expect(second.exitCode, second.stderr).toBe(0)
  expect(second.result.search).toMatchObject([{ indexed: 4, deleted: 1 }])
  expect(sentIds(server).sort()).toEqual(['1', '2', '3', '4'])
  await expectSameDocuments(pair, server)
  await onSource('DELETE FROM "Product" WHERE id = 10')
  expect((await run('sync', '--no-search')).result.search).toEqual([])
  const { result } = await run('status')
  expect(result.runs[1].search).toMatchObject([{ searchIndex: 'products', status: 'done', indexed: 4 }])
  const full = await run('full-sync')
  expect(full.result.search).toMatchObject([{ mode: 'rebuild', status: 'done', documents: ALL - 2 }])
  await expectSameDocuments(pair, server)
  const rolledBack = await run('typesense', '--rollback')
  expect(rolledBack.exitCode).toBe(0)
  expect(rolledBack.stderr).toContain('--rollback is now a subcommand: mbsync typesense rollback')
  expect((await run('status')).result.strays).toEqual([])
  expect((await run('typesense', 'forget', 'products')).exitCode).toBe(3)
  // The last run has changed nothing, the one before it a row.
  expect((await run('rollback', '--yes')).result.warnings).toEqual([])
  expect((await run('rollback', '--yes')).result.warnings).toMatchObject([
    { message: 'Search indexes are not rolled back: products' },
  ])
})

test('rejected documents end a run with 4, and are listed', async () => {
  await run('sync')
  server.faults.always({ kind: 'reject', rejects: (document) => (document.id === '7' ? 'No 7.' : undefined) })
  const { exitCode, result } = await run('typesense', '--create')
  expect(exitCode).toBe(4)
  expect(result.search).toMatchObject([{ status: 'rejected', rejected: 1 }])
  const listed = await run('typesense', 'rejected')
  expect(listed.exitCode).toBe(4)
  expect(listed.result.indexes).toEqual([
    { searchIndex: 'products', documents: [{ id: '7', error: 'No 7.', runId: 2 }] },
  ])
})

test.each([
  ['import', ['typesense'], /./],
  ['rebuild', ['typesense', 'rebuild'], /./],
])('kill -9 in the midst of an %s leaves nothing that the next run does not mend', async (_, args) => {
  await run('sync')
  await run('typesense', '--create')
  await onSource(`UPDATE "Product" SET "Title" = 'new ' || id`)
  await run('sync', '--no-search')
  server.requests.length = 0
  server.faults.always({ kind: 'slow', delayMs: 150, on: 'import', isAppliedFirst: true })
  const killed = startMbsync(args, surroundings())
  await killed.untilStderr(/documents planned/)
  while (sentIds(server).length < 4 * BATCH) await new Promise((resolve) => setTimeout(resolve, 20))
  killed.kill('SIGKILL')
  await killed.ended
  server.faults.clear()
  const { rows } = await pair.target.client.query(
    `SELECT d.id FROM mbsync.documents d JOIN mbsync.search_collections c ON c.id = d.collection_id
     WHERE d.status = 'indexed' AND c.status = 'live' AND d.run_id = (SELECT max(id) FROM mbsync.runs)`,
  )
  server.requests.length = 0
  const { exitCode, stderr } = await run('typesense')
  expect(exitCode, stderr).toBe(0)
  const acknowledged = new Set(rows.map(({ id }) => id))
  expect(sentIds(server).filter((id) => acknowledged.has(id))).toEqual([])
  await expectSameDocuments(pair, server)
  onlyCollection()
})

test('a first load that was killed is gone on with, and nothing acknowledged is sent twice', async () => {
  await run('sync')
  server.faults.always({ kind: 'slow', delayMs: 150, on: 'import', isAppliedFirst: true })
  const killed = startMbsync(['typesense', '--create'], surroundings())
  await killed.untilStderr(/documents planned/)
  while (sentIds(server).length < 6 * BATCH) await new Promise((resolve) => setTimeout(resolve, 20))
  killed.kill('SIGKILL')
  await killed.ended
  server.faults.clear()
  const { rows } = await pair.target.client.query(`SELECT id FROM mbsync.documents WHERE status = 'indexed'`)
  expect(rows.length).toBeGreaterThan(0)
  server.requests.length = 0
  const { exitCode, stderr } = await run('typesense', '--create')
  expect(exitCode, stderr).toBe(0)
  const acknowledged = new Set(rows.map(({ id }) => id))
  expect(sentIds(server).filter((id) => acknowledged.has(id))).toEqual([])
  await expectSameDocuments(pair, server)
  onlyCollection()
})

test.each(['before', 'after'] as const)('kill -9 just %s the alias is switched', async (moment) => {
  await run('sync')
  await run('typesense', '--create')
  // Before the switch, and before anything is sent, there are PUTs that say nothing.
  const putsSinceSent = () => {
    const { requests } = server
    const first = requests.findIndex((each) => each.operation === 'import' && each.documentIds.length > 0)
    return requests.slice(first).filter(({ method, path }) => method === 'PUT' && path.includes('/aliases/'))
      .length
  }
  const isSwitch = ({ method, url }: { readonly method: string; readonly url: string }) =>
    method === 'PUT' && url.includes('/aliases/') && sentIds(server).length > 0 && putsSinceSent() > 0
  server.faults.decideBy((request) => {
    if (!isSwitch(request)) return undefined
    return moment === 'before'
      ? { kind: 'reset-before' }
      : { kind: 'slow', delayMs: 30_000, isAppliedFirst: true }
  })
  const first = server.aliases.get('products')
  server.requests.length = 0
  const killed = startMbsync(['typesense', 'rebuild'], surroundings())
  const isAsked = () => sentIds(server).length > 0 && putsSinceSent() > 1
  while (!isAsked()) await new Promise((resolve) => setTimeout(resolve, 20))
  await new Promise((resolve) => setTimeout(resolve, 100))
  killed.kill('SIGKILL')
  await killed.ended
  server.faults.clear()
  expect(server.aliases.get('products') === first).toBe(moment === 'before')
  const { exitCode, stderr, result } = await run('typesense')
  expect(exitCode, stderr).toBe(0)
  expect(result.search).toMatchObject([{ mode: 'update', indexed: 0 }])
  await expectSameDocuments(pair, server)
  expect(server.collections.size).toBe(moment === 'before' ? 1 : 2)
})

test('SIGTERM in the midst of an import ends with 143, and what was acknowledged is remembered', async () => {
  await run('sync')
  await run('typesense', '--create')
  await onSource(`UPDATE "Product" SET "Title" = 'new ' || id`)
  server.requests.length = 0
  server.faults.always({ kind: 'slow', delayMs: 100, on: 'import', isAppliedFirst: true })
  const running = startMbsync(['sync'], surroundings())
  await running.untilStderr(/documents planned/)
  while (sentIds(server).length < 4 * BATCH) await new Promise((resolve) => setTimeout(resolve, 20))
  running.kill('SIGTERM')
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(143)
  expect(stderr).toContain('the next run goes on with search index products')
  expect(stderr).not.toContain('nothing has changed')
  server.faults.clear()
  const { rows } = await pair.target.client.query(
    `SELECT count(*)::int AS n FROM mbsync.documents WHERE status = 'indexed' AND run_id = 3`,
  )
  expect(rows[0].n).toBeGreaterThan(0)
  const { result } = await run('typesense')
  expect(result.search).toMatchObject([{ status: 'done', changed: ALL - rows[0].n }])
  await expectSameDocuments(pair, server)
})

test('the key and the documents are in no output of a run that fails in every way', async () => {
  await onSource(`UPDATE "Product" SET "Title" = 'confidential'`)
  await run('sync')
  await run('typesense', '--create')
  await onSource(`UPDATE "Product" SET "Title" = 'confidential too'`)
  await run('sync', '--no-search')
  const outputs: string[] = []
  // Once only: of two, one could be left for the run that is to see documents rejected.
  server.faults.next({ kind: 'out-of-disk', on: 'import' })
  for (const env of [{ TYPESENSE_API_KEY: `${API_KEY}-wrong` }, {}]) {
    server.faults.always({ kind: 'reject', rejects: () => 'Rejected.' })
    for (const args of [['typesense'], ['typesense', '--verbose'], ['check'], ['typesense', 'rejected']]) {
      // The process is what may print more than the run does, and with --verbose it prints most.
      const runs = args[1] === '--verbose' ? runMbsync : runHere
      const { stdout, stderr } = await runs(args, surroundings(env))
      outputs.push(stdout, stderr)
    }
  }
  const all = outputs.join('\n')
  expect(all).not.toContain(API_KEY)
  expect(all).not.toContain('confidential')
  expect(all).toContain('Rejected.')
})

test('a search index that the profile does not have, and a server that nobody named, are told before anything is done', async () => {
  const unknown = await run('typesense', '--index', 'product')
  expect(unknown.exitCode).toBe(2)
  expect(unknown.result.error.hint).toContain('`products`')
  await run('sync')
  const { exitCode, stdout } = await runHere(['typesense', '--json'], surroundings({ TYPESENSE_URL: '' }))
  expect(exitCode).toBe(4)
  expect(JSON.parse(stdout).search[0].error).toContain('no Typesense server is configured')
})

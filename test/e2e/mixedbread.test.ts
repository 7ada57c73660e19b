import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { type Mixedbread, startMixedbread } from '../support/mixedbread/start-mixedbread.ts'
import {
  expectSameLibrary,
  LIBRARY_SCHEMA,
  libraryRows,
  TENANTS,
  uuidOf,
} from '../support/mixedbread-index.ts'
import { runHere, runMbsync, startMbsync } from '../support/run-mbsync.ts'

const API_KEY = 'mxb_a_very_secret_key'
const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly: { from: production, to: staging, search: [semantic] }
mixedbread:
  ratePercent: 100000
search:
  semantic:
    type: mixedbread
    entities:
      material:
        table: public."Material"
        text: concat_ws(E'\\n\\n', title, body)
        metadata: { title: title, year: year }
      work:
        query: SELECT * FROM public.works
        global: '"isGlobal"'
        tenant: '"tenantId"'
        text: name
`

let pair: DatabasePair
let mixedbread: Mixedbread
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mbsync-mixedbread-'))
  mixedbread = await startMixedbread({ apiKey: API_KEY, rateLimits: 'off' })
  pair = await createDatabasePair({ sourceSql: LIBRARY_SCHEMA + libraryRows(60), targetSql: LIBRARY_SCHEMA })
})
afterEach(async () => {
  await mixedbread.close()
  await pair.drop()
  await rm(folder, { recursive: true })
})

const surroundings = (env: Record<string, string> = {}) => ({
  env: {
    PRODUCTION_DATABASE_URL: pair.source.url,
    STAGING_DATABASE_URL: pair.target.url,
    MIXEDBREAD_BASE_URL: mixedbread.url,
    MXBAI_API_KEY: API_KEY,
    MXBAI_STORE_ID: mixedbread.storeName,
    ...env,
  },
  files: { 'mbsync.yaml': CONFIG },
})
const run = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await runHere([...args, '--json'], surroundings())
  return { exitCode, stderr, result: JSON.parse(stdout) }
}
const onSource = (sql: string) => pair.source.client.query(`SET search_path = public; ${sql}`)

test('a sync brings the store up to date; scopes can be brought up to date alone; tenants are listed', async () => {
  const check = await run('check')
  expect(check.exitCode, check.stderr).toBe(0)
  expect(JSON.stringify(check.result)).toContain('0 files: 0 searchable')
  const first = await run('sync')
  expect(first.exitCode, first.stderr).toBe(0)
  expect(first.result.search).toMatchObject([
    { searchIndex: 'semantic', type: 'mixedbread', status: 'done', indexed: 90 },
  ])
  await expectSameLibrary(pair, mixedbread)

  await onSource(`UPDATE "Material" SET body = 'new' WHERE id IN ('${uuidOf(2)}', '${uuidOf(3)}')`)
  const withoutSearch = await run('sync', '--no-search')
  expect(withoutSearch.exitCode, withoutSearch.stderr).toBe(0)
  for (const [args, indexed] of [
    [['tenant', TENANTS.second], 0],
    [['tenant', TENANTS.first], 1],
    [['tenants', '--wait', '1m'], 0],
    [['global', '--reconcile'], 1],
    [['all', 'nightly'], 0],
    [['nightly'], 0],
  ] as const) {
    const { exitCode, stderr, result } = await run('mixedbread', ...args)
    expect(exitCode, stderr).toBe(0)
    expect(result.search).toMatchObject([{ status: 'done', indexed }])
  }
  await expectSameLibrary(pair, mixedbread)
  const { result } = await run('mixedbread', 'tenants', '--list')
  expect(result.tenants).toEqual(
    [TENANTS.first, TENANTS.second].map((tenantId) => {
      return { tenantId, documents: 30, indexed: 30, rejected: 0, pending: 0 }
    }),
  )
  const status = await run('status')
  expect(status.result.runs[0]).toMatchObject({
    mode: 'search',
    search: [{ searchIndex: 'semantic', documents: 90 }],
  })
})

test('documents are written to a file as they are sent', async () => {
  expect((await run('sync')).exitCode).toBe(0)
  const output = join(folder, 'documents.ndjson')
  const { exitCode, stderr, result } = await run('mixedbread', 'export', '--output', output)
  expect(exitCode, stderr).toBe(0)
  expect(result).toMatchObject({ documents: 90, output })
  expect((await stat(output)).mode & 0o777).toBe(0o600)
  const written = (await readFile(output, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const stored = mixedbread.documents().map(({ externalId, content, metadata }) => {
    return { id: externalId, text: content, metadata }
  })
  expect(written).toEqual(stored.toSorted((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)))

  const few = join(folder, 'few.json')
  await run(
    'mixedbread',
    'export',
    '--scope',
    'tenant',
    '--tenant',
    TENANTS.first,
    '--type',
    'work',
    '--limit',
    '3',
    '--output',
    few,
  )
  const documents = JSON.parse(await readFile(few, 'utf8'))
  expect(documents).toHaveLength(3)
  for (const { metadata } of documents)
    expect(metadata).toMatchObject({ tenant_id: TENANTS.first, entity_type: 'work' })
  const nowhere = await run('mixedbread', 'export', '--type', 'works', '--output', few)
  expect([nowhere.exitCode, nowhere.result.error.hint]).toEqual([
    2,
    'Its entity types are `material`, `work`.',
  ])
})

test('SIGTERM ends with 143, what was acknowledged is remembered, and the next run goes on', async () => {
  expect((await run('sync', '--no-search')).exitCode).toBe(0)
  let attached = 0
  const running = startMbsync(['mixedbread'], surroundings())
  mixedbread.faults.setPolicy(({ route }) => {
    if (route === 'attach-file' && ++attached === 40) running.kill('SIGTERM')
    return attached >= 40 ? { delayMs: 200 } : undefined
  })
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(143)
  expect(stderr).toContain('the next run goes on with search index semantic')
  mixedbread.faults.clear()
  const { rows } = await pair.target.client.query(
    `SELECT document_id AS id FROM mbsync.mixedbread_index_state WHERE status = 'indexed'`,
  )
  expect(rows.length).toBeGreaterThanOrEqual(30)
  mixedbread.requests.length = 0
  const { result } = await run('mixedbread', 'all', '--reconcile')
  expect(result.search).toMatchObject([{ status: 'done' }])
  const sent = mixedbread.requests
    .filter(({ route }) => route === 'attach-file')
    .map(({ externalId }) => externalId)
  expect(rows.filter(({ id }) => sent.includes(id))).toEqual([])
  await expectSameLibrary(pair, mixedbread)
})

test('what the store does not take ends with 4, is listed without being shown, and no output has the key or a text', async () => {
  await onSource(`UPDATE "Material" SET body = 'a very private text' WHERE id = '${uuidOf(3)}'`)
  mixedbread.faults.setPolicy(({ externalId, route }) =>
    externalId === `global-material-${uuidOf(3)}` && route === 'attach-file' ? { status: 422 } : undefined,
  )
  const outputs: string[] = []
  for (const args of [['sync'], ['mixedbread', 'rejected'], ['mixedbread', 'all', '--verbose']]) {
    const { exitCode, stdout, stderr } = await runMbsync(args, surroundings())
    expect(exitCode, stderr).toBe(4)
    outputs.push(stdout, stderr)
  }
  expect(outputs[2]).toContain(`global-material-${uuidOf(3)}`)
  mixedbread.faults.setPolicy(() => ({ status: 402 }))
  for (const args of [['check'], ['mixedbread'], ['mixedbread', 'tenants', '--json']]) {
    const { exitCode, stdout, stderr } = await runMbsync(args, surroundings())
    expect(exitCode).toBe(args[0] === 'check' ? 3 : 4)
    expect(stdout + stderr).toContain('the balance is used up')
    outputs.push(stdout, stderr)
  }
  expect(outputs.join('')).not.toMatch(/a very private text|title 3\b|mxb_a_very_secret_key/)
})

test('an account that nobody named is told before anything is done', async () => {
  const { exitCode, stderr } = await runHere(['mixedbread'], surroundings({ MXBAI_API_KEY: '' }))
  expect([exitCode, stderr]).toEqual([4, expect.stringContaining('MXBAI_API_KEY is not set')])
})

test('an entity type without the columns of the defaults is told what says otherwise', async () => {
  const files = { 'mbsync.yaml': CONFIG.replace(/ +global: .*\n/, '') }
  const { exitCode, stdout } = await runHere(['check', '--json'], { ...surroundings(), files })
  expect(exitCode).toBe(3)
  const { checks } = JSON.parse(stdout)
  expect(checks.find(({ subject }: { subject: string }) => subject === 'semantic')).toMatchObject({
    message: expect.stringContaining('semantic.work: the query does not run'),
    hint: expect.stringContaining("global: 'true' with tenant: 'NULL' is for all tenants"),
  })
})

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  asSuperuser,
  connect,
  createDatabasePair,
  type DatabasePair,
  giveOwnership,
} from '../support/databases.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { runMbsync } from '../support/run-mbsync.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'

const PASSWORD = "p@ss/w'rd#%1"
const API_KEY = 'xyzzy-search-key'
const HOOK_SECRET = 'T0000-hook-secret'
const CONDITION_SECRET = 'where-secret'
const ROW_SECRET = 'row-secret'
const SECRETS = [PASSWORD, encodeURIComponent(PASSWORD), API_KEY, HOOK_SECRET, CONDITION_SECRET, ROW_SECRET]

const CONFIG = `
profiles:
  nightly: { from: production, to: staging, search: [items], where: { public.item: "body <> '${CONDITION_SECRET}' AND id <> 424242" } }
search:
  items:
    type: typesense
    query: "SELECT id, body, '${CONDITION_SECRET}' AS x FROM public.item"
    schema: { fields: [{ name: body, type: string }] }
notify:
  webhooks:
    a: { url: "\${HOOK}", when: always }
    b: { url: "\${HOOK}", when: always, format: slack }
    c: { url: "\${HOOK}", when: always, format: discord }
    gone: { url: "http://user:${HOOK_SECRET}@127.0.0.1:1/${HOOK_SECRET}", when: always }
  pings: { checks: { start: "\${HOOK}/start", success: "\${HOOK}", failure: "\${HOOK}/fail" } }
  timeout: 700ms
`

let pair: DatabasePair
let receiver: Receiver
let server: Typesense
let folder: string
let role: string

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `CREATE TABLE item (id int PRIMARY KEY, body text); INSERT INTO item SELECT i, '${ROW_SECRET}' FROM generate_series(1, 20) i`,
    targetSql: `CREATE TABLE item (id int PRIMARY KEY, body text); INSERT INTO item VALUES (1, '${ROW_SECRET} old')`,
  })
  role = `role_${pair.target.name}`
  for (const side of ['source', 'target'] as const) {
    await asSuperuser(inject(`${side}Url`), (admin) =>
      admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}'`),
    )
    await giveOwnership(pair[side], role)
  }
  receiver = await startReceiver()
  server = await startTypesense({ apiKey: API_KEY })
  folder = mkdtempSync(join(tmpdir(), 'mbsync-secrets-'))
})
afterAll(async () => {
  await Promise.all([receiver?.close(), server?.close()])
  await pair?.drop()
  rmSync(folder, { recursive: true })
})

const outputs: string[] = []

const LOGGED = ['--verbose', '--log-file', '$FOLDER/mbsync.log', '--metrics-file', '$FOLDER/mbsync.prom']

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<number | null> {
  const { exitCode, stdout, stderr } = await runMbsync(
    args.map((word) => word.replace('$FOLDER', folder)),
    {
      env: {
        PRODUCTION_DATABASE_URL: pair.source.urlFor(role, encodeURIComponent(PASSWORD)),
        STAGING_DATABASE_URL: pair.target.urlFor(role, encodeURIComponent(PASSWORD)),
        HOOK: `${receiver.url}/${HOOK_SECRET}`,
        TYPESENSE_URL: server.url,
        TYPESENSE_API_KEY: API_KEY,
        ...env,
      },
      files: { 'mbsync.yaml': CONFIG },
    },
  )
  outputs.push(stdout, stderr)
  return exitCode
}

/** Every row of every table of the state, as text. */
async function stateText(): Promise<string> {
  const client = await connect(pair.target.url)
  const { rows } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'mbsync'`)
  const texts: string[] = []
  for (const { tablename } of rows) {
    const { rows: contents } = await client.query(`SELECT t::text FROM mbsync.${tablename} t`)
    texts.push(...contents.map(({ t }) => t))
  }
  await client.end()
  return texts.join('\n')
}

test('no password, key, secret URL, literal or row value is in anything that whole runs put out, well or badly ended', async () => {
  // A unique index of the target's own, which the rows violate: PostgreSQL's message quotes the value.
  await pair.target.client.query('CREATE UNIQUE INDEX own ON item (body)')
  expect(await run(['sync', '--verbose'])).toBe(1)
  expect(await run(['sync', '--json', ...LOGGED])).toBe(1)
  await pair.target.client.query('DROP INDEX own')
  expect(await run(['sync', '--json', ...LOGGED], { TYPESENSE_API_KEY: `${API_KEY}-wrong` })).toBe(4)
  expect(await run(['typesense', '--create', ...LOGGED])).toBe(0)
  const wrong = pair.target.urlFor(role, `${encodeURIComponent(PASSWORD)}-wrong`)
  expect(await run(['sync', '--json', ...LOGGED], { STAGING_DATABASE_URL: wrong })).toBe(1)
  expect(await run(['check', '--verbose'])).toBe(0)
  expect(await run(['status', '--json'])).toBe(0)
  expect(await run(['status', '1'])).toBe(0)
  expect(await run(['status', '--watch', '--json'])).toBe(0)
  expect(await run(['status', '1', '--html', '$FOLDER/status.html'])).toBe(0)

  for (const name of ['mbsync.log', 'mbsync.prom', 'status.html']) {
    expect(existsSync(join(folder, name)), name).toBe(true)
    outputs.push(readFileSync(join(folder, name), 'utf8'))
  }
  expect(receiver.received.length).toBeGreaterThan(15)
  outputs.push(...receiver.received.map(({ body }) => body), await stateText())
  const all = outputs.join('\n')
  for (const what of [
    '"msg":"statement"',
    'a row of the source violates',
    'mbsync_run_exit_code',
    'Timeline',
    'was not notified',
  ])
    expect(all).toContain(what)
  for (const secret of SECRETS) {
    const at = all.indexOf(secret)
    expect(at === -1 ? '' : all.slice(Math.max(0, at - 300), at + 100), `holds ${secret}`).toBe('')
  }
})

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { codeBlocks, readDocument } from '../support/documents.ts'
import { packMbsync, REPOSITORY } from '../support/pack.ts'
import { runProgram } from '../support/run-program.ts'

const SCHEMA = 'CREATE TABLE item (id int PRIMARY KEY, name text);'

/** What a program sees of the package: its own module, whose errors it must be able to recognise. */
type Api = typeof import('../../src/api/index.ts')

let pair: DatabasePair
let scratch: string
let api: Api
let home: string

beforeAll(async () => {
  pair = await createDatabasePair({
    sourceSql: `${SCHEMA} INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 100) i`,
    targetSql: `${SCHEMA} INSERT INTO item VALUES (1, 'old'), (500, 'of staging')`,
  })
  scratch = mkdtempSync(join(tmpdir(), 'mbsync-api-'))
  home = join(scratch, 'node_modules/mbsync')
  mkdirSync(home, { recursive: true })
  const tarball = await packMbsync(scratch)
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', home, '--strip-components=1'])
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(scratch, 'entry.js'), "export * from 'mbsync'\n")
  api = await import(/* @vite-ignore */ join(scratch, 'entry.js'))
})
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  await pair?.drop()
})

function config() {
  const env = { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url }
  return api.loadConfig({ cwd: scratch, env })
}

test('a program that has the package refreshes a database, verifies it and takes it back', async () => {
  const phases: string[] = []
  const questions: string[] = []
  const refused = await api.sync({ config: config() }).catch((error) => error)
  expect(refused).toBeInstanceOf(api.RefusedError)
  expect(refused).toMatchObject({ status: 'refused', exitCode: 3 })

  const run = await api.sync({
    config: config(),
    confirm: ({ message }) => questions.push(message) > 0,
    onProgress: (event) => event.type === 'phase' && phases.push(event.phase),
  })
  expect(run).toMatchObject({
    status: 'done',
    profile: 'prod-to-staging',
    totals: { inserted: 99, updated: 1, deleted: 1, unchanged: 0 },
    tables: [{ table: 'public.item', schema: 'public', name: 'item' }],
  })
  expect(JSON.parse(JSON.stringify(run)).startedAt).toBe(run.startedAt)
  expect(questions).toHaveLength(1)
  expect(phases).toEqual(expect.arrayContaining(['validate', 'land', 'merge']))
  expect(await api.verify({ config: config() })).toMatchObject({ status: 'done' })

  await pair.target.client.query("UPDATE item SET name = 'other' WHERE id = 7")
  const differing = await api.verify({ config: config(), where: { 'public.item': 'id < 50' }, limit: 1 })
  expect(differing).toMatchObject({ status: 'different', tables: [{ table: 'public.item' }] })
  const repaired = await api.sync({ config: config(), mode: 'repair' })
  expect(repaired.totals).toMatchObject({ updated: 1 })

  await expect(api.rollback({ config: config() })).rejects.toBeInstanceOf(api.RefusedError)
  const undone = await api.rollback({ config: config(), yes: true })
  expect(undone).toMatchObject({ undoneRunId: repaired.runId, totals: { updated: 1 }, status: 'done' })
})

test('databases stand in for a profile, and what a program does not confirm is refused', async () => {
  const result = await api.verify({ config: config(), from: pair.source.url, to: pair.target.url })
  expect(result.tables).toHaveLength(1)
  await expect(api.verify({ config: config(), from: pair.source.url })).rejects.toBeInstanceOf(api.UsageError)
  const declined = api.rollback({ config: config(), confirm: async () => false })
  await expect(declined).rejects.toMatchObject({
    name: 'RefusedError',
    message: expect.stringMatching(/Not confirmed/),
  })
})

test('an AbortSignal stops a run, whose error has the reason as its cause', async () => {
  const reason = new Error('the maintenance window is over')
  const { rows: before } = await pair.target.client.query('TABLE item ORDER BY id')
  await pair.source.client.query("INSERT INTO item VALUES (1000, 'new')")
  await expect(api.sync({ config: config(), signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    name: 'InterruptedError',
    exitCode: 130,
    signal: 'AbortSignal',
    cause: reason,
  })
  const stop = new AbortController()
  const landing = api.sync({
    config: config(),
    signal: stop.signal,
    onProgress: (event) => event.type === 'phase' && event.phase === 'land' && stop.abort(reason),
  })
  await expect(landing).rejects.toMatchObject({ name: 'InterruptedError', cause: reason })
  const throwing = api.sync({
    config: config(),
    onProgress: () => {
      throw reason
    },
  })
  await expect(throwing).rejects.toMatchObject({ name: 'InterruptedError', cause: reason })
  const rejecting = api.sync({
    config: config(),
    onProgress: async ({ type }) => {
      if (type === 'phase') throw reason
    },
  })
  await expect(rejecting).rejects.toMatchObject({ name: 'InterruptedError', cause: reason })
  expect((await pair.target.client.query('TABLE item ORDER BY id')).rows).toEqual(before)
})

test('options that are misspelt or of another type are refused before anything is done', async () => {
  const misspelt: object = { config: config(), table: ['item'], jobs: 0, where: ['id = 1'] }
  const error = await api.sync(misspelt).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(api.UsageError)
  expect(error.exitCode).toBe(2)
  expect(error.problems).toEqual([
    'jobs: Must be a whole number from 1 to 32',
    'where: Must be an object of conditions, by table',
    'Unrecognized key: "table"',
  ])
})

test('the types of the package are enough for a strict program, and refuse what it does not have; the documented example is one', async () => {
  writeFileSync(
    join(scratch, 'program.ts'),
    `import { type Config, type ExitStatus, EXIT_CODES, loadConfig, MbsyncError, type ProgressEvent, RefusedError, rollback, sync, verify } from 'mbsync'
const config: Config = loadConfig({ cwd: '/srv/app' })
const seen: ProgressEvent[] = []
const run = await sync({ config, profile: 'nightly', tables: ['public.order*'], where: { 'public.events': 'id > 1' }, signal: AbortSignal.timeout(1000), onProgress: (event) => seen.push(event) })
const inserted: number = run.totals.inserted + (run.tables[0]?.inserted ?? 0)
const status: ExitStatus = (await verify({ config })).status
const undone: number = (await rollback({ to: 'staging', yes: true })).undoneRunId
const code: number = EXIT_CODES[status].code + inserted + undone
try { await sync() } catch (error) {
  if (error instanceof RefusedError) error.findings.map(({ subject, message }) => subject + message)
  if (error instanceof MbsyncError) process.exitCode = error.exitCode
}
// @ts-expect-error: no such option
await sync({ table: ['public.order*'] })
// @ts-expect-error: no such mode
await sync({ mode: 'everything' })
export { code, status }
`,
  )
  const [example = ''] = codeBlocks(readDocument('docs/API.md'), 'ts')
  writeFileSync(join(scratch, 'example.ts'), example)
  const options = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ]
  const roots = [
    '--types',
    'node',
    '--typeRoots',
    join(REPOSITORY, 'node_modules/@types'),
    '--exactOptionalPropertyTypes',
  ]
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
  const args = [compiler, ...options, ...roots, join(scratch, 'program.ts'), join(scratch, 'example.ts')]
  const { exitCode, output } = await runProgram(process.execPath, args, { cwd: scratch })
  expect(output).toBe('')
  expect(exitCode).toBe(0)
})

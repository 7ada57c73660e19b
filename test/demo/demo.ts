import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ora from 'ora'
import pg from 'pg'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { startTypesense } from '../support/typesense/start-typesense.ts'
import {
  A_DAY_OF_WORK,
  demoConfig,
  OLDER_DATA,
  PARTS_LIBRARY_SCHEMA,
  partsLibraryRows,
} from './parts-library.ts'

const COMPONENTS = 20_000
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'bin/mbsync.js')

/** The main job as a user sees it, on two PostgreSQL servers and a stand-in for Typesense that last as long as this script. */
async function demo(): Promise<void> {
  buildIfStale()
  const [production, staging, search] = await step(
    'Starting two PostgreSQL servers (production 16, staging 18)',
    () => Promise.all([startCluster({ major: 16 }), startCluster({ major: 18 }), startTypesense()]),
  )
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-demo-'))
  const env = {
    ...process.env,
    PRODUCTION_DATABASE_URL: production.url(),
    STAGING_DATABASE_URL: staging.url(),
    TYPESENSE_URL: search.url,
    TYPESENSE_API_KEY: search.apiKey,
    // Staging has rows, and this may run without a terminal to ask on.
    MBSYNC_YES: '1',
  }
  const mbsync = (...args: string[]) => runMbsync(folder, env, args)
  try {
    const configure = (search: readonly string[]) =>
      writeFileSync(join(folder, 'mbsync.yaml'), demoConfig(search))
    configure([])
    await step('Filling production, and staging with older rows', (tell) =>
      Promise.all([
        fill(production, partsLibraryRows(COMPONENTS), tell),
        fill(staging, [...partsLibraryRows(COMPONENTS / 2), OLDER_DATA], () => undefined),
      ]),
    )
    title('Tonight, for the first time: what would happen, then the run')
    await mbsync('check')
    await mbsync('sync')
    title('Add a search index (the server is a stand-in for Typesense)')
    configure(['components'])
    await mbsync('typesense', '--create')
    title('A day later: only what changed is read, written and sent')
    await step('A day of work in production', () => run(production, A_DAY_OF_WORK))
    await mbsync('sync')
    title('Is it really the same? And back again')
    await mbsync('verify')
    await mbsync('rollback')
    await mbsync('status')
    title('What next')
    process.stdout.write(
      [
        'Install it:     npm pack && sudo npm install -g ./mbsync-*.tgz',
        'Configure it:   mbsync init, in a folder of its own: it asks for your two URLs',
        'Read on:        docs/GETTING-STARTED.md, ten commands to a run every night',
        '',
      ].join('\n'),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await Promise.all([production.stop(), staging.stop(), search.close()])
  }
}

/** `npm install` has built it; it is built again only if a source is newer. */
function buildIfStale(): void {
  const bundle = join(ROOT, 'dist/bundle/main.cjs')
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const newest = Math.max(...sources.map((path) => statSync(join(ROOT, 'src', path)).mtimeMs))
  if (existsSync(bundle) && statSync(bundle).mtimeMs > newest) return
  process.stdout.write('Building mbsync\n')
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('mbsync could not be built')
}

/** Fills a database statement by statement. */
async function fill(
  cluster: Cluster,
  statements: readonly string[],
  tell: (detail: string) => void,
): Promise<void> {
  await run(cluster, PARTS_LIBRARY_SCHEMA)
  for (const [at, statement] of statements.entries()) {
    tell(`step ${at + 1} of ${statements.length}`)
    await run(cluster, statement)
  }
}

/** Shows on a terminal that something is under way, and says how long it took. */
async function step<T>(text: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T> {
  const startedMs = Date.now()
  const spinner = ora({ text, discardStdin: false }).start()
  try {
    const result = await work((detail) => {
      spinner.text = `${text}: ${detail}`
    })
    spinner.succeed(`${text} (${((Date.now() - startedMs) / 1000).toFixed(1)}s)`)
    return result
  } catch (error) {
    spinner.fail(text)
    throw error
  }
}

async function run(cluster: Cluster, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url() })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function runMbsync(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<void> {
  process.stdout.write(`\n$ mbsync ${args.join(' ')}\n`)
  const flags = process.stderr.isTTY ? [] : ['--log-format', 'text']
  const child = spawn(process.execPath, [BIN, ...args, ...flags], { stdio: 'inherit', env, cwd })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`mbsync ${args.join(' ')} ended with exit code ${code}`)
}

function title(text: string): void {
  process.stdout.write(`\n── ${text} ${'─'.repeat(Math.max(0, 76 - text.length))}\n`)
}

await demo()

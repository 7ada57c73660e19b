import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { A_DAY_OF_WORK, DEMO_CONFIG, PARTS_LIBRARY_SCHEMA, partsLibraryRows } from './parts-library.ts'

/** The main job as a person would see it, on two PostgreSQL servers that last as long as this script. */
async function demo(): Promise<void> {
  say('Starting two PostgreSQL servers: production (16) and staging (18)')
  const [production, staging] = await Promise.all([startCluster({ major: 16 }), startCluster({ major: 18 })])
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-demo-'))
  const mbsync = (...args: string[]) => runMbsync(folder, production, staging, args)
  try {
    writeFileSync(join(folder, 'mbsync.yaml'), DEMO_CONFIG)
    say(
      'Filling production with a parts library of 100,000 components; staging has the same schema and older data',
    )
    await Promise.all([
      run(production, PARTS_LIBRARY_SCHEMA + partsLibraryRows(100_000)),
      run(
        staging,
        `${PARTS_LIBRARY_SCHEMA}${partsLibraryRows(60_000)} UPDATE "Component" SET description = NULL WHERE is_global;`,
      ),
    ])
    await mbsync('check', 'prod-to-staging')
    await mbsync('sync', 'prod-to-staging')
    say('A day of work in production, then the nightly sync again')
    await run(production, A_DAY_OF_WORK)
    await mbsync('sync', 'prod-to-staging')
    await mbsync('status')
    say('The search index is a file here, of one document a line; with `type: typesense` it is a collection')
    process.stdout.write(`${readFileSync(join(folder, 'components.ndjson'), 'utf8').split('\n', 1)}\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await Promise.all([production.stop(), staging.stop()])
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

async function runMbsync(
  cwd: string,
  production: Cluster,
  staging: Cluster,
  args: readonly string[],
): Promise<void> {
  say(`$ mbsync ${args.join(' ')}`)
  const bin = fileURLToPath(new URL('../../bin/mbsync.js', import.meta.url))
  const env = {
    ...process.env,
    PRODUCTION_DATABASE_URL: production.url(),
    STAGING_DATABASE_URL: staging.url(),
    // Staging has rows, and this may run without a terminal to ask on.
    MBSYNC_YES: '1',
  }
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'inherit', env, cwd })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`mbsync ${args.join(' ')} ended with exit code ${code}`)
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`)
}

await demo()

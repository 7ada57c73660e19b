import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, chownSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, unprivilegedAccount } from './cluster.ts'

/** A PgBouncer of its own before a server of this machine. */
export interface PgBouncer {
  /** The same database and role as `url`, through the pooler. */
  through(url: string): string
  close(): Promise<void>
}

/** How it gives out its server connections. */
export interface PgBouncerOptions {
  readonly mode: 'session' | 'transaction' | 'statement'
  /** Lines of its configuration, beside those that all have. */
  /** The databases that it knows; all of the server by default. */
  readonly databases?: readonly string[]
  readonly settings?: Readonly<Record<string, string | number>>
}

/** Where PgBouncer is installed; Debian puts it where ordinary users do not look. */
function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'pgbouncer')).find(isProgram)
}

/** Why tests that need PgBouncer are skipped; undefined if it is there. */
export function whyWithoutPgBouncer(): string | undefined {
  return findPgBouncer() === undefined
    ? 'PgBouncer is neither in PATH nor in /usr/sbin: install the package pgbouncer'
    : undefined
}

/** Starts a pooler before the server of `serverUrl`, whose role and password are the only ones that it knows. */
export async function startPgBouncer(
  serverUrl: string,
  { mode, databases = ['*'], settings = {} }: PgBouncerOptions,
): Promise<PgBouncer> {
  const program = findPgBouncer()
  if (program === undefined) throw new Error(whyWithoutPgBouncer())
  const { hostname, port: serverPort, username, password } = new URL(serverUrl)
  const account = unprivilegedAccount()
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-pgbouncer-'))
  const port = await freePort()
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(folder, 'users.txt'),
    pool_mode: mode,
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
  const files = {
    'pgbouncer.ini': `[databases]\n${databases.map((name) => `${name} = host=${hostname} port=${serverPort}\n`).join('')}[pgbouncer]\n${lines.join('\n')}\n`,
    'users.txt': `"${username}" "${password}"\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  if (account !== undefined) {
    for (const path of [folder, ...Object.keys(files).map((name) => join(folder, name))])
      chownSync(path, account.uid, account.gid)
  }
  const pooler = spawn(program, [join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...account })
  const killAtExit = () => void pooler.kill('SIGKILL')
  process.once('exit', killAtExit)
  await untilListening(pooler, port)
  return {
    through: (url) => {
      const pooled = new URL(url)
      pooled.port = String(port)
      return pooled.href
    },
    close: async () => {
      process.off('exit', killAtExit)
      const exited = new Promise((resolve) => pooler.once('exit', resolve))
      if (pooler.exitCode === null && pooler.kill('SIGTERM')) await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function untilListening(pooler: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 300 && pooler.exitCode === null; attempt += 1) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isListening) return
    await sleep(50)
  }
  throw new Error('PgBouncer did not start')
}

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Servers } from './servers.ts'

/** What a measured run took. */
export interface Measured {
  readonly seconds: number
  /** The largest resident size of the process, in MB. */
  readonly peakMb: number
  /** What it has left on disk, where that is its result. */
  readonly diskMb?: number
}

/** Runs a command of mbsync from one server to the other. */
export async function measureSync({ source, target }: Servers, command = 'sync'): Promise<Measured> {
  return measureMbsync([command], {
    PRODUCTION_DATABASE_URL: source.url(),
    STAGING_DATABASE_URL: target.url(),
  })
}

/** Runs mbsync as its own process. Its peak memory is the kernel's own high-water mark, read while it runs. */
export async function measureMbsync(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  const bin = fileURLToPath(new URL('../bin/mbsync.js', import.meta.url))
  return measure(process.execPath, [bin, ...args, '--quiet'], {
    PATH: process.env.PATH,
    MBSYNC_YES: '1',
    ...env,
  })
}

/** Runs a shell pipeline, for the peers that mbsync is compared with. */
export async function measureShell(command: string): Promise<Measured> {
  return measure('bash', ['-c', `set -o pipefail; ${command}`], process.env)
}

async function measure(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const startedAt = performance.now()
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  let peakMb = 0
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, readPeak(child.pid))
  }, 50)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with exit code ${code}`)
  return { seconds: (performance.now() - startedAt) / 1000, peakMb }
}

/** VmHWM exists on Linux only; elsewhere the peak is not known. */
function readPeak(pid: number | undefined): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(match?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

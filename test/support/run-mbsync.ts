import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from '../../src/cli/main.ts'
import { captureSurroundings } from './captured-surroundings.ts'

/** The binary. */
export const BIN = fileURLToPath(new URL('../../bin/mbsync.js', import.meta.url))

/** How a run of the binary ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Where a run of the binary stands: a folder of its own, with nothing in the environment but what is given and MBSYNC_YES=1, unless that is given, too. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  /** Files in the working directory, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** The size in KiB beyond which no file can be written. */
  readonly fileSizeLimitKiB?: number
}

/** A run of the binary that is under way. */
export interface Running {
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
  /** Resolves when standard error matches; rejects if the process ends first. */
  untilStderr(pattern: RegExp): Promise<void>
}

/** Runs bin/mbsync.js to its end. */
export function runMbsync(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return startMbsync(args, surroundings).ended
}

/**
 * Runs the same command line in this process, with the same answer in a fraction of the time: for what leads up to the run that a test is
 * about, and what follows it.
 */
export async function runHere(
  args: readonly string[],
  { env = {}, files = {} }: Surroundings = {},
): Promise<Ended> {
  const cwd = folderWith(files)
  const captured = captureSurroundings({ cwd, env: environment(cwd, env) })
  const exitCode = await main(['node', 'mbsync', ...args], captured)
  rmSync(cwd, { recursive: true, force: true })
  return { exitCode, signal: null, stdout: captured.stdout.text, stderr: captured.stderr.text }
}

/** Starts bin/mbsync.js as a process of its own. */
export function startMbsync(
  args: readonly string[],
  { env = {}, files = {}, fileSizeLimitKiB }: Surroundings = {},
): Running {
  const cwd = folderWith(files)
  const command =
    fileSizeLimitKiB === undefined
      ? [process.execPath]
      : ['bash', '-c', `ulimit -f ${fileSizeLimitKiB}; exec "$@"`, 'bash', process.execPath]
  const child = spawn(command[0] ?? '', [...command.slice(1), BIN, ...args], {
    cwd,
    env: environment(cwd, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode, signal) => {
      rmSync(cwd, { recursive: true, force: true })
      resolve({ exitCode, signal, ...output })
    })
  })
  return {
    ended,
    kill: (signal) => child.kill(signal),
    untilStderr: (pattern) => untilStderr(child, output, pattern),
  }
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mbsync-e2e-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

function environment(home: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, MBSYNC_YES: '1', ...env }
}

async function untilStderr(
  child: ChildProcess,
  output: { readonly stderr: string },
  pattern: RegExp,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      if (pattern.test(output.stderr)) resolve()
    }
    child.stderr?.on('data', check)
    child.once('close', () => reject(new Error(`mbsync ended before ${pattern}:\n${output.stderr}`)))
    check()
  })
}

import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process'

/** How a program ended, with all that it printed, in order. */
export interface ProgramEnd {
  readonly exitCode: number | null
  readonly output: string
}

/** Runs a program to its end, without a terminal and without input. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> = {},
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, output }))
  })
}

/** Whether there is a program of that name on this machine. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

/** Runs SQL in another process, for a test that is in the middle of a run. */
export function executeElsewhere(url: string, sql: string): void {
  const script = `import pg from 'pg'
const client = new pg.Client({ connectionString: process.argv[1] }); await client.connect(); await client.query(process.argv[2]); await client.end()`
  execFileSync(process.execPath, ['--input-type=module', '-e', script, url, sql])
}

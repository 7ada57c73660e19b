import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { BIN } from './run-mbsync.ts'
import type { ProgramEnd } from './run-program.ts'

/** The key that interrupts, which needs no Enter. */
export const CTRL_C = '\u0003'

/** What is typed, and after which text. */
export interface Typed {
  readonly after: string
  readonly text: string
}

/** Runs the binary on a terminal that `script` makes, and types each text, with Enter but for {@link CTRL_C}, as soon as what it follows is on the screen. */
export async function onTerminal(
  args: readonly string[],
  { cwd, env = {}, typed }: { cwd: string; env?: Readonly<Record<string, string>>; typed: readonly Typed[] },
): Promise<ProgramEnd> {
  const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', HOME: cwd, ...env },
  })
  const left = [...typed]
  let output = ''
  let seen = 0
  child.stdout.on('data', (chunk) => {
    output += chunk
    for (let [next] = left; next !== undefined && output.indexOf(next.after, seen) !== -1; [next] = left) {
      seen = output.indexOf(next.after, seen) + next.after.length
      child.stdin.write(next.text === CTRL_C ? CTRL_C : `${next.text}\r`)
      left.shift()
    }
  })
  const [exitCode] = await once(child, 'close')
  return { exitCode, output: stripVTControlCharacters(output) }
}

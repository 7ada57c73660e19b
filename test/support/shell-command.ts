import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import { captureSurroundings } from './captured-surroundings.ts'

/** The command `mbsync` for scripts of the shell, answered by this process. */
export interface ShellCommand {
  close(): Promise<void>
}

/**
 * Writes a command `mbsync` into a folder, which asks this process to run the same command line: a process of its own would take longer than
 * the run. For scripts without input and signals.
 */
export async function serveShellCommand(folder: string): Promise<ShellCommand> {
  let calls = 0
  const server = createServer((socket) => {
    calls += 1
    answer(socket, join(folder, `.call-${calls}`)).catch((error: unknown) => socket.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port to be had')
  writeFileSync(join(folder, 'mbsync'), scriptFor(address.port), { mode: 0o755 })
  return { close: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Sends what the command is called with, and shows what the answer names: the exit code, and the files with what it printed. */
function scriptFor(port: number): string {
  return `#!/bin/bash
call=$(mktemp)
{ printf '%s\\0' "$#" "$@" "$PWD"; env -0; } > "$call"
exec 3<>/dev/tcp/127.0.0.1/${port}
echo "$call" >&3
read -r code output <&3 || { echo 'mbsync gave no answer' >&2; exit 99; }
cat "$output.out"
cat "$output.err" >&2
rm "$call" "$output.out" "$output.err"
exit "$code"
`
}

async function answer(socket: Socket, output: string): Promise<void> {
  const call = await new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(String(data).trimEnd())),
  )
  const [count = '0', ...fields] = readFileSync(call, 'utf8').split('\0')
  const args = fields.slice(0, Number(count))
  const [cwd = '', ...variables] = fields.slice(Number(count))
  const env = Object.fromEntries(
    variables.map((text) => [text.replace(/=.*/s, ''), text.replace(/^[^=]*=/, '')]),
  )
  const captured = captureSurroundings({ cwd, env })
  const exitCode = await main(['node', 'mbsync', ...args], captured)
  writeFileSync(`${output}.out`, captured.stdout.text)
  writeFileSync(`${output}.err`, captured.stderr.text)
  socket.end(`${exitCode} ${output}\n`)
}

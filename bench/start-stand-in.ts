import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts a stand-in of a search server in a process of its own, so that it does not share a thread with what is measured. */
export async function startStandIn(
  script: 'serve-typesense.ts' | 'serve-mixedbread.ts',
): Promise<{ readonly port: number; readonly process: ChildProcess }> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn('npx', ['tsx', path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())))
    child.once('exit', () => reject(new Error('The stand-in did not start')))
  })
  return { port, process: child }
}

import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The folder of the sources. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** Packs what has been built into `folder`, as `npm pack` does, and returns the path of the package. */
export async function packMbsync(folder: string): Promise<string> {
  // Scripts would build anew under the feet of tests that run what is built.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  await promisify(execFile)('npm', args, { cwd: REPOSITORY })
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error('npm pack wrote no package')
  return join(folder, name)
}

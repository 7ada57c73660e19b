import { readlink, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** The file that a path leads to through symbolic links, also where the last of them leads to nothing yet; the path itself if they go in circles. */
export async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const next = isMissing ? await readlink(path).catch(() => undefined) : undefined
    return next === undefined ? path : followLinks(resolve(dirname(path), next))
  }
}

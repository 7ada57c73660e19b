import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'

/** What stands at a path, without following links; undefined if nothing does. */
export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

import { readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MbsyncError } from '../core/errors.ts'
import { onFile } from '../files/file-error.ts'
import { lstatIfThere } from '../files/lstat-if-there.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { type Dump, notFollowed, openDump } from './open-dump.ts'
import { inspectPartial, PARTIAL_SUFFIX, retireFolder } from './partial-folder.ts'
import { SINGLE_FILE_SUFFIXES } from './single-file.ts'

/** Something in a folder of dumps. */
export type FoundDump =
  | { readonly state: 'complete'; readonly path: string; readonly dump: Dump }
  | { readonly state: 'damaged'; readonly path: string; readonly problem: string }
  | { readonly state: 'being written' | 'abandoned'; readonly path: string }

/**
 * Finds the dumps in a folder, by name: complete ones, damaged ones, and those that are not finished. What else lies
 * there is left out. The path of a dump itself finds that dump alone.
 */
export async function findDumps(folder: string): Promise<FoundDump[]> {
  return onFile(folder, async () => {
    const here = await lstatIfThere(folder)
    const isFile = here?.isFile() === true
    // A link to a dump is refused as it is by an import, rather than its files taken for dumps.
    if (here?.isSymbolicLink() && (await looksLikeDump(await realpath(folder)))) throw notFollowed(folder)
    if (isFile || (await looksLikeDump(folder))) return [await inspect(folder)]
    const names = (await readdir(folder)).sort()
    const found: FoundDump[] = []
    for (const name of names) {
      const path = join(folder, name)
      // One that cannot be read keeps no other from being listed.
      const each = await onFile(path, async () =>
        (await looksLikeDump(path)) ? inspect(path) : undefined,
      ).catch((error: unknown) => unreadable(path, error))
      if (each !== undefined) found.push(each)
    }
    return found
  })
}

/** Removes a dump, or what is left of one. Until all of a folder is gone, it is known as a dump that is not finished. */
export async function removeDump(path: string): Promise<void> {
  await onFile(path, async () => {
    const isWhole = !path.endsWith(PARTIAL_SUFFIX) && (await lstatIfThere(path))?.isDirectory()
    await rm(isWhole ? await retireFolder(path) : path, { recursive: true, force: true })
  })
}

async function looksLikeDump(path: string): Promise<boolean> {
  const found = await lstatIfThere(path)
  if (found?.isFile()) return SINGLE_FILE_SUFFIXES.some((suffix) => path.endsWith(suffix))
  if (!found?.isDirectory()) return false
  if (path.endsWith(PARTIAL_SUFFIX)) return (await inspectPartial(path)) !== 'foreign'
  return (await lstatIfThere(join(path, MANIFEST_FILE))) !== undefined
}

function unreadable(path: string, error: unknown): FoundDump {
  if (!(error instanceof MbsyncError)) throw error
  return { state: 'damaged', path, problem: error.message }
}

async function inspect(path: string): Promise<FoundDump> {
  if (path.endsWith(PARTIAL_SUFFIX)) {
    return { state: (await inspectPartial(path)) === 'abandoned' ? 'abandoned' : 'being written', path }
  }
  try {
    return { state: 'complete', path, dump: await openDump(path) }
  } catch (error) {
    return unreadable(path, error)
  }
}

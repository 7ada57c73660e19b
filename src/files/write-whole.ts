import { randomBytes } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { chmod, chown, open, rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError } from '../core/errors.ts'
import { onFile } from './file-error.ts'
import { followLinks } from './follow-links.ts'

/** Only the owner may read it. */
const OWN = 0o600

/**
 * Writes a file under another name, and gives it its own when it is complete: readers see what was there before, or all of it.
 * A symbolic link stays one: the file that it leads to is written. A pipe or a device is written as it is, and never replaced.
 * @param mode of the file: by default, only its owner may read it; `as before` keeps the mode and, where the system allows it, the owner of what was there
 * @throws UsageError for a folder; FailedError naming what the file system reports
 */
export async function writeWhole(
  path: string,
  texts: AsyncIterable<string> | Iterable<string>,
  mode: number | 'as before' = OWN,
): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true)
    throw new UsageError(`${path} is a folder`, { hint: 'Name a file in it.' })
  if (found !== undefined && !found.isFile())
    return onFile(path, () => pipeline(Readable.from(texts), createWriteStream(path)))
  const file = await followLinks(path)
  // Of two writers at once, neither may rename what the other has not finished.
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`
  // What another user puts there is neither followed nor written to.
  const draft = await onFile(path, () => open(partial, 'wx', mode === 'as before' ? OWN : mode))
  try {
    await onFile(path, () => pipeline(Readable.from(texts), draft.createWriteStream()))
    if (mode === 'as before' && found !== undefined) await onFile(path, () => makeLike(partial, found))
    await onFile(path, () => rename(partial, file))
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Only a superuser may give a file away. */
async function makeLike(path: string, { uid, gid, mode }: Stats): Promise<void> {
  if (uid !== process.getuid?.()) await chown(path, uid, gid).catch(() => undefined)
  await chmod(path, mode & 0o777)
}

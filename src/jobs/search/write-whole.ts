import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError } from '../../core/errors.ts'
import { onFile } from '../../dump/file-error.ts'
import { followLinks } from '../../search/ndjson/follow-links.ts'

/**
 * Writes a file for its owner alone, which has its name only when it is complete. A symbolic link stays one: the file that it leads to is
 * written. A pipe or a device is written as it is, and never replaced.
 * @throws UsageError for a folder
 */
export async function writeWhole(path: string, texts: AsyncIterable<string>): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true)
    throw new UsageError(`${path} is a folder`, { hint: 'Name a file in it.' })
  if (found !== undefined && !found.isFile())
    return onFile(path, () => pipeline(Readable.from(texts), createWriteStream(path)))
  const file = await followLinks(path)
  const partial = `${file}.partial`
  await onFile(partial, () => rm(partial, { force: true }))
  // What somebody else puts there is neither followed nor written to.
  const draft = createWriteStream(partial, { flags: 'wx', mode: 0o600 })
  try {
    await onFile(partial, () => pipeline(Readable.from(texts), draft))
    await onFile(file, () => rename(partial, file))
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/**
 * Reads a plain file; undefined if there is none, or if it is a link, a pipe or a device, which could lead elsewhere or never end.
 * @returns 'too large' if it has more than `most` bytes, of which none is read
 */
export async function readSmallFile(path: string, most: number): Promise<Buffer | 'too large' | undefined> {
  const handle = await openPlain(path)
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return undefined
    return stats.size > most ? 'too large' : await readBytes(handle, stats.size)
  } finally {
    await handle.close()
  }
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    // A pipe without a writer must not hold the process up.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // ELOOP: a link. ENXIO: a socket.
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return undefined
    throw error
  }
}

async function readBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

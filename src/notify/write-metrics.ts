import { mkdir, readFile, rmdir, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeWhole } from '../files/write-whole.ts'
import type { Ending } from './ending.ts'
import { renderMetrics } from './metrics.ts'

const LOOK_EVERY_MS = 50
/** Whoever holds the file for longer has died. */
const STALE_MS = 5000

/** Writes the figures of a run into a metrics file, which readers see as it was or as it is. */
export async function writeMetrics(path: string, ending: Ending): Promise<void> {
  await whileHeld(`${path}.lock`, async () => {
    const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    // Collectors read files that end in .prom only, and run as users of their own.
    await writeWhole(path, [renderMetrics(before, ending)], 0o644)
  })
}

/** Two runs that end together would lose the figures of one. A folder is made by one of them only. */
async function whileHeld(lock: string, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await mkdir(lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (await isStale(lock)) await removeFolder(lock)
      else await sleep(LOOK_EVERY_MS)
    }
  }
  try {
    await work()
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

async function removeFolder(path: string): Promise<void> {
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    // Another run was quicker. A file of that name is somebody else's.
    if (error.code !== 'ENOENT') throw error
  })
}

async function isStale(lock: string): Promise<boolean> {
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: 0 }))
  return Date.now() - mtimeMs > STALE_MS
}

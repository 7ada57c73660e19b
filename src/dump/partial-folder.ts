import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { LockedError, RefusedError, UsageError } from '../core/errors.ts'
import { onFile } from '../files/file-error.ts'
import { lstatIfThere } from '../files/lstat-if-there.ts'
import { readSmallFile } from './read-small-file.ts'

/** What a dump is called while it is being written. */
export const PARTIAL_SUFFIX = '.partial'
const WRITER_FILE = 'writer.json'
const LARGEST_WRITER_FILE = 4096
/** Tells this process from any other, also from one of the same number in another container. */
const TOKEN = randomUUID()

/** A folder that a dump is written into under another name, until it is complete. */
export interface PartialFolder {
  readonly path: string
  /** Makes `published` (the folder itself, or a file in it) the dump: durable first, renamed last. */
  publish(published?: string): Promise<void>
  /** Removes what was written. Never throws. */
  discard(): Promise<void>
}

/**
 * Claims the place for a dump; what a writer that died left there is removed.
 * @throws RefusedError if something has the name already; LockedError if another process is writing it
 */
export async function claimFolder(output: string): Promise<PartialFolder> {
  if (output.replace(/\/+$/, '').endsWith(PARTIAL_SUFFIX)) {
    throw new UsageError(`A dump cannot be named ${output}`, {
      hint: `${PARTIAL_SUFFIX} is the ending of unfinished dumps: choose another name.`,
    })
  }
  await refuseExisting(output)
  const path = `${resolve(output)}${PARTIAL_SUFFIX}`
  await onFile(path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await makeOwn(path)
  })
  return {
    path,
    publish: (published = path) => onFile(output, () => publish(path, published, resolve(output))),
    discard: () => rm(path, { recursive: true, force: true }).catch(() => undefined),
  }
}

async function refuseExisting(output: string): Promise<void> {
  if ((await lstatIfThere(output)) !== undefined) throw alreadyThere(output)
}

function alreadyThere(output: string): RefusedError {
  return new RefusedError(`${output} exists already`, {
    hint: 'mbsync never overwrites a dump: choose another name, such as one with the date, or move it away.',
  })
}

/** What a folder with the name of a partial dump is: only what names its writer is mbsync's own. */
export async function inspectPartial(path: string): Promise<'being written' | 'abandoned' | 'foreign'> {
  const writer = await readWriter(path)
  if (writer === undefined) return 'foreign'
  // A process of another host cannot be asked.
  return writer.host !== hostname() || isAlive(writer.pid) ? 'being written' : 'abandoned'
}

/** Turns a dump's folder into a partial one, to be removed: a crash in between leaves something that is known for what it is. */
export async function retireFolder(path: string): Promise<string> {
  const retired = `${path}-${process.pid}${PARTIAL_SUFFIX}`
  await writeMarker(path)
  await rename(path, retired)
  return retired
}

/** mkdir and rename are atomic: of several writers, one gets the folder. */
async function makeOwn(path: string): Promise<void> {
  if (!(await tryMkdir(path))) {
    await takeAwayAbandoned(path)
    if (!(await tryMkdir(path))) throw writtenByAnother(path)
  }
  try {
    await writeMarker(path)
    await mkdir(join(path, 'data'), { mode: 0o700 })
  } catch (error) {
    // Without a marker, such as on a full disk, no later export would know it for its own.
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

async function tryMkdir(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function takeAwayAbandoned(path: string): Promise<void> {
  const state = await inspectPartial(path)
  if (state === 'being written') throw writtenByAnother(path)
  if (state === 'foreign') {
    throw new RefusedError(`${path} exists, and was not left by an export of mbsync`, {
      hint: 'Choose another name for the dump, or move the existing file or folder away.',
    })
  }
  const taken = `${path}-${process.pid}${PARTIAL_SUFFIX}`
  try {
    await rename(path, taken)
  } catch (error) {
    // Another writer has taken it away already.
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  // Between the look and the rename, another writer may have made the folder its own.
  if ((await inspectPartial(taken)) !== 'abandoned') {
    await rename(taken, path)
    throw writtenByAnother(path)
  }
  await rm(taken, { recursive: true, force: true })
}

function writtenByAnother(path: string): LockedError {
  return new LockedError(`${path} is being written by another process`, {
    hint: 'Wait for it to end. If no mbsync is running, on any host, remove that folder.',
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function writeMarker(path: string): Promise<void> {
  const writer = JSON.stringify({ pid: process.pid, host: hostname(), token: TOKEN })
  await writeFile(join(path, WRITER_FILE), writer, { mode: 0o600, flag: 'wx' })
}

async function readWriter(
  partial: string,
): Promise<{ pid: number; host: string; token: unknown } | undefined> {
  try {
    const text = await readSmallFile(join(partial, WRITER_FILE), LARGEST_WRITER_FILE)
    const value: unknown = JSON.parse(String(text))
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value))
      return undefined
    const token = 'token' in value ? value.token : undefined
    return { pid: Number(value.pid), host: String(value.host), token }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** What has the dump's name is complete: everything is on disk before the rename, and the rename is on disk when this returns. */
async function publish(partial: string, published: string, output: string): Promise<void> {
  await refuseExisting(output)
  if ((await readWriter(partial))?.token !== TOKEN) throw writtenByAnother(partial)
  const isWhole = published === partial
  if (isWhole) {
    await rm(join(partial, WRITER_FILE))
    for (const { name } of (await readdir(partial, { withFileTypes: true })).filter((each) =>
      each.isDirectory(),
    ))
      await syncFolder(join(partial, name))
    await syncFolder(partial)
  }
  if (isWhole) await rename(published, output)
  else await renameFile(published, output)
  await syncFolder(dirname(output))
  if (!isWhole) await rm(partial, { recursive: true, force: true })
}

/** A rename would replace a file that has come there meanwhile; a link does not. Some file systems have no links. */
async function renameFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw alreadyThere(to)
    return rename(from, to)
  }
  await rm(from)
}

/** Not every file system lets a folder be synced; those that do not keep renames safe by themselves. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync().catch(() => undefined)
  } finally {
    await handle.close()
  }
}

/** Bytes that are free for an ordinary user where the path is or would be; undefined where the platform does not tell. */
export async function freeBytesAt(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return undefined
  }
}

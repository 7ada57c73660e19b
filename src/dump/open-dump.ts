import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RefusedError } from '../core/errors.ts'
import { onFile } from '../files/file-error.ts'
import { lstatIfThere } from '../files/lstat-if-there.ts'
import { allFiles } from './all-files.ts'
import { type DumpFile, MANIFEST_FILE, type Manifest } from './manifest.ts'
import { decodeManifest, LARGEST_MANIFEST } from './manifest-text.ts'
import { PARTIAL_SUFFIX } from './partial-folder.ts'
import { readSmallFile } from './read-small-file.ts'
import { holdsManifestAlone, readJoinedManifest } from './single-file.ts'

/** A dump on disk whose manifest was read and whose files are there, with the sizes that it tells. */
export interface Dump {
  readonly path: string
  readonly kind: 'folder' | 'file'
  readonly manifest: Manifest
  /** Bytes on disk. */
  readonly bytes: number
  /** Where the bytes of a file of the dump are. */
  readonly locate: (file: DumpFile) => Slice
}

/** Bytes of a file on disk. */
interface Slice {
  readonly path: string
  readonly start: number
  readonly length: number
}

/**
 * Opens a dump. Its rows are not read: `verifyDump` does that.
 * @throws RefusedError if it is none, or is not whole; FailedError if it cannot be read
 */
export async function openDump(path: string): Promise<Dump> {
  return onFile(path, async () => {
    const found = await lstatIfThere(path)
    if (found === undefined) {
      throw new RefusedError(`There is no dump at ${path}`, { hint: 'Check the path.' })
    }
    if (found.isDirectory()) return openFolder(path)
    if (found.isFile()) return openFile(path, found.size)
    throw notFollowed(path)
  })
}

/** A link may lead elsewhere by the time that the dump is read. */
export function notFollowed(path: string): RefusedError {
  return new RefusedError(`${path} is neither a folder nor a file`, {
    hint: 'Give the path of the dump itself, not a link to it.',
  })
}

async function openFolder(path: string): Promise<Dump> {
  if (path.replace(/\/+$/, '').endsWith(PARTIAL_SUFFIX)) {
    throw refused(path, 'is an unfinished export', 'Use a complete dump.')
  }
  const text = await readSmallFile(join(path, MANIFEST_FILE), LARGEST_MANIFEST)
  if (text === undefined) {
    throw refused(path, `is not a dump of mbsync: it has no ${MANIFEST_FILE}`, 'Give the folder of a dump.')
  }
  if (text === 'too large') throw refused(path, 'has a manifest that is far too large', 'Use another dump.')
  const manifest = decodeManifest(text, path)
  const files = allFiles(manifest)
  await refuseStrangers(path, files)
  for (const file of files) await refuseWrongSize(path, file)
  return {
    path,
    kind: 'folder',
    manifest,
    bytes: text.length + totalBytes(files),
    locate: (file) => ({ path: join(path, file.path), start: 0, length: file.bytes }),
  }
}

async function openFile(path: string, size: number): Promise<Dump> {
  const { text, end } = await readJoinedManifest(path)
  const manifest = decodeManifest(text, path)
  const files = allFiles(manifest)
  const first = size - totalBytes(files)
  if (end === undefined || first < end)
    throw refused(path, 'was cut short: it holds less than its manifest says', 'Use another dump.')
  if (!(await holdsManifestAlone(path, first, manifest.compression.method))) {
    throw refused(path, 'holds more than its manifest says', 'Use another dump.')
  }
  const starts = new Map<string, number>()
  let start = first
  for (const file of files) {
    starts.set(file.path, start)
    start += file.bytes
  }
  return {
    path,
    kind: 'file',
    manifest,
    bytes: size,
    locate: (file) => ({ path, start: starts.get(file.path) ?? 0, length: file.bytes }),
  }
}

async function refuseStrangers(path: string, files: readonly DumpFile[]): Promise<void> {
  const expected = new Set([
    MANIFEST_FILE,
    'data',
    ...files.flatMap((file) => [file.path, dirname(file.path)]),
  ])
  const found = await readdir(path)
  for (const folder of ['data', 'schema'].filter((name) => expected.has(name))) {
    const plain = await lstatIfThere(join(path, folder))
    if (plain !== undefined && !plain.isDirectory()) {
      throw refused(path, `holds ${folder}, which is not a plain folder`, 'Use another dump.')
    }
    const inside = await readdir(join(path, folder)).catch(() => [])
    found.push(...inside.map((name) => `${folder}/${name}`))
  }
  const stranger = found.find((name) => !expected.has(name))
  if (stranger === undefined) return
  throw refused(
    path,
    `holds ${JSON.stringify(stranger)}, which is not in its manifest`,
    'Move it away if it does not belong to the dump; else use another dump.',
  )
}

async function refuseWrongSize(path: string, file: DumpFile): Promise<void> {
  const found = await lstatIfThere(join(path, file.path))
  if (found === undefined) throw refused(path, `lacks ${file.path}`, 'Use another dump.')
  if (!found.isFile())
    throw refused(path, `holds ${file.path}, which is not a plain file`, 'Use another dump.')
  if (found.size === file.bytes) return
  throw refused(
    path,
    `holds ${file.path} with ${found.size} bytes instead of ${file.bytes}: it was cut short or changed`,
    'Use another dump.',
  )
}

function refused(path: string, what: string, hint: string): RefusedError {
  return new RefusedError(`${path} ${what}`, { hint: `${hint} Nothing has changed in the target.` })
}

function totalBytes(files: readonly DumpFile[]): number {
  return files.reduce((total, file) => total + file.bytes, 0)
}

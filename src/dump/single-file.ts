import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, gzipSync } from 'node:zlib'
import { RefusedError } from '../core/errors.ts'
import { onFile } from './file-error.ts'
import { LARGEST_MANIFEST, MANIFEST_FILE, type Manifest } from './manifest.ts'

/** How a dump that is one file is called. */
export const SINGLE_FILE_SUFFIX = '.sql.gz'

const COMMENT = '-- '
const LAST_LINE = '-- end of the manifest'
const PIECE_BYTES = 1024 * 1024

/**
 * Joins the files of a dump's folder to one file of gzip members, the manifest first as an SQL comment.
 * Each file is removed as soon as it is copied, so that the disk never holds the dump twice.
 * @returns the path of the file, in the same folder
 */
export async function joinFiles(folder: string, manifest: Manifest): Promise<string> {
  const joined = join(folder, 'dump.sql.gz')
  await onFile(folder, async () => {
    const text = await readFile(join(folder, MANIFEST_FILE), 'utf8')
    const handle = await open(joined, 'wx', 0o600)
    let isWritten = false
    try {
      await handle.write(gzipSync(commentOf(text)))
      for (const { path } of [...manifest.files, manifest.sequencesFile]) {
        const from = createReadStream(join(folder, path), { highWaterMark: PIECE_BYTES })
        await pipeline(from, createWriteStream(joined, { fd: handle.fd, autoClose: false }))
        await rm(join(folder, path))
      }
      await handle.sync()
      isWritten = true
    } finally {
      // A stream that failed may have closed it, and its error is the one to tell.
      await handle.close().catch((error: unknown) => {
        if (isWritten) throw error
      })
    }
  })
  return joined
}

function commentOf(text: string): string {
  const lines = ['mbsync dump: gunzip -c this-file | psql restores it', ...text.trimEnd().split('\n')]
  return `${lines.map((line) => `${COMMENT}${line}\n`).join('')}${LAST_LINE}\n`
}

/**
 * Reads the manifest at the beginning of a single-file dump.
 * @throws RefusedError if there is none
 */
export async function readJoinedManifest(path: string): Promise<string> {
  const input = createReadStream(path)
  const gunzip = createGunzip()
  // The rest of the file is not read: what goes wrong after the manifest does not matter here.
  input.on('error', (error) => gunzip.destroy(error))
  input.pipe(gunzip)
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      pieces.push(piece)
      size += piece.length
      const end = `\n${LAST_LINE}\n`
      // The line may begin in the piece before.
      const tail = Buffer.concat(pieces.slice(-2)).indexOf(end)
      if (tail !== -1) return manifestIn(Buffer.concat(pieces).toString('utf8'))
      if (size > LARGEST_MANIFEST) break
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
  } finally {
    input.destroy()
    gunzip.destroy()
  }
  throw new RefusedError(`${path} is not a dump of mbsync`, {
    hint: 'A dump is a folder with manifest.json, or a file that `mbsync export --single-file` wrote.',
  })
}

/** Whether the first `length` bytes of a single-file dump unpack to the manifest and to nothing else. */
export async function holdsManifestAlone(path: string, length: number): Promise<boolean> {
  const end = Buffer.from(`\n${LAST_LINE}\n`)
  const unpacked = createReadStream(path, { start: 0, end: length - 1 }).pipe(createGunzip())
  let tail = Buffer.alloc(0)
  let size = 0
  try {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      size += piece.length
      const joined = Buffer.concat([tail, piece])
      const at = joined.indexOf(end)
      // Nothing may follow the last line, in this piece or in another.
      if ((at !== -1 && at + end.length !== joined.length) || size > LARGEST_MANIFEST) return false
      if (tail.subarray(-end.length).equals(end)) return false
      tail = joined.subarray(-end.length)
    }
  } catch {
    return false
  } finally {
    unpacked.destroy()
  }
  return tail.equals(end)
}

function manifestIn(text: string): string {
  const lines = text.slice(0, text.indexOf(`\n${LAST_LINE}\n`)).split('\n')
  return lines
    .slice(1)
    .map((line) => line.slice(COMMENT.length))
    .join('\n')
}

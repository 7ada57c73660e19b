import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, gzipSync } from 'node:zlib'
import { RefusedError } from '../core/errors.ts'
import { onFile } from '../files/file-error.ts'
import { allFiles } from './all-files.ts'
import { MANIFEST_FILE, type Manifest } from './manifest.ts'
import { LARGEST_MANIFEST } from './manifest-text.ts'

/** How a dump that is one file is called. */
export const SINGLE_FILE_SUFFIX = '.sql.gz'

const NEWLINE = 0x0a
/** A carriage return would end a comment, and none of them is in what mbsync writes. */
const CONTROL_CHARACTERS = Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== NEWLINE)
const COMMENT = Buffer.from('-- ')
const FIRST_LINE = Buffer.from('-- mbsync dump: gunzip -c this-file | psql restores it\n')
const LAST_LINE = Buffer.from('-- end of the manifest\n')
/** The end of the manifest's own last line, and the last line. */
const END = Buffer.concat([Buffer.from('\n'), LAST_LINE])
/** Lines of a manifest are far longer, on average, than what makes them comments. */
const LARGEST_COMMENT = 1.25 * LARGEST_MANIFEST
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
      for (const { path } of allFiles(manifest)) {
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
  const lines = text.trimEnd().split('\n')
  return `${FIRST_LINE}${lines.map((line) => `${COMMENT}${line}\n`).join('')}${LAST_LINE}`
}

/**
 * Reads the manifest at the beginning of a single-file dump.
 * @throws RefusedError if there is none
 */
export async function readJoinedManifest(path: string): Promise<Buffer> {
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
      // The line may begin in the piece before.
      const tail = Buffer.concat(pieces.slice(-2)).indexOf(END)
      if (tail !== -1) {
        const manifest = manifestIn(Buffer.concat(pieces))
        if (manifest === undefined) break
        return manifest
      }
      if (size > LARGEST_COMMENT || !isBeginning(pieces[0])) break
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
  const gunzip = createGunzip()
  const unpacked = createReadStream(path, { start: 0, end: length - 1 }).pipe(gunzip)
  let tail = Buffer.alloc(0)
  let size = 0
  try {
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      size += piece.length
      const joined = Buffer.concat([tail, piece])
      const at = joined.indexOf(END)
      // Nothing may follow the last line, in this piece or in another.
      if ((at !== -1 && at + END.length !== joined.length) || size > LARGEST_COMMENT) return false
      if (tail.subarray(-END.length).equals(END)) return false
      tail = joined.subarray(-END.length)
    }
  } catch {
    return false
  } finally {
    unpacked.destroy()
  }
  // zlib passes over what follows a zero byte after the end; another program may unpack it.
  return tail.equals(END) && gunzip.bytesWritten === length
}

function isBeginning(piece: Buffer | undefined): boolean {
  return piece?.subarray(0, FIRST_LINE.length).equals(FIRST_LINE.subarray(0, piece.length)) === true
}

/** The manifest in the comment that a script begins with; undefined if any of it is more than a comment to psql. */
function manifestIn(script: Buffer): Buffer | undefined {
  if (!isBeginning(script)) return undefined
  const comment = script.subarray(0, script.indexOf(END) + 1)
  const manifest = Buffer.alloc(comment.length)
  let [size, start] = [0, FIRST_LINE.length]
  while (start < comment.length) {
    const next = comment.indexOf(NEWLINE, start) + 1
    const text = comment.subarray(start + COMMENT.length, next)
    if (!comment.subarray(start, start + COMMENT.length).equals(COMMENT)) return undefined
    size += text.copy(manifest, size)
    start = next
  }
  const isPlain = CONTROL_CHARACTERS.every((character) => !comment.includes(character))
  return isPlain ? manifest.subarray(0, size) : undefined
}

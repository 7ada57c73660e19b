import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { RefusedError } from '../core/errors.ts'
import { onFile } from '../files/file-error.ts'
import { allFiles } from './all-files.ts'
import {
  type Compression,
  createCompressor,
  createDecompressor,
  expectMethod,
  METHODS,
  type Method,
  restoreCommand,
} from './compression.ts'
import { readFirstMember } from './first-member.ts'
import { MANIFEST_FILE, type Manifest } from './manifest.ts'
import { LARGEST_MANIFEST } from './manifest-text.ts'

/** How dumps that are one file are called. */
export const SINGLE_FILE_SUFFIXES = Object.values(METHODS).map(({ suffix }) => suffix)

const NEWLINE = 0x0a
/** A carriage return would end a comment, and none of them is in what mbsync writes. */
const CONTROL_CHARACTERS = Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== NEWLINE)
const COMMENT = Buffer.from('-- ')
const LAST_LINE = Buffer.from('-- end of the manifest\n')
/** What zstd begins with, as any file of its does. */
const ZSTD_START = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** The end of the manifest's own last line, and the last line. */
const END = Buffer.concat([Buffer.from('\n'), LAST_LINE])
/** Lines of a manifest are far longer, on average, than what makes them comments. */
const LARGEST_COMMENT = 1.25 * LARGEST_MANIFEST
const PIECE_BYTES = 1024 * 1024

/**
 * Joins the files of a dump's folder to one file of compressed members, the manifest first as an SQL comment.
 * Each file is removed as soon as it is copied, so that the disk never holds the dump twice.
 * @returns the path of the file, in the same folder
 */
export async function joinFiles(folder: string, manifest: Manifest): Promise<string> {
  const { compression } = manifest
  const joined = join(folder, `dump${METHODS[compression.method].suffix}`)
  await onFile(folder, async () => {
    const text = await readFile(join(folder, MANIFEST_FILE), 'utf8')
    const handle = await open(joined, 'wx', 0o600)
    let isWritten = false
    try {
      await handle.write(await compress(commentOf(text, compression.method), compression))
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

async function compress(text: string, compression: Compression): Promise<Buffer> {
  const codec = createCompressor(compression)
  codec.end(text)
  return buffer(codec)
}

function firstLineOf(method: Method): Buffer {
  return Buffer.from(`-- mbsync dump: ${restoreCommand(method, 'this-file')} restores it\n`)
}

/** Dumps of earlier versions begin otherwise. */
function firstLinesOf(method: Method): Buffer[] {
  const earlier = `-- mbsync dump: ${METHODS[method].unpack} this-file | psql restores it\n`
  return [firstLineOf(method), Buffer.from(earlier)]
}

function commentOf(text: string, method: Method): string {
  const lines = text.trimEnd().split('\n')
  return `${firstLineOf(method)}${lines.map((line) => `${COMMENT}${line}\n`).join('')}${LAST_LINE}`
}

/** The manifest at the beginning of a single-file dump. */
export interface JoinedManifest {
  readonly text: Buffer
  /** Where its member ends in the file; undefined if the file ends before. */
  readonly end: number | undefined
}

/**
 * Reads the manifest at the beginning of a single-file dump.
 * @throws RefusedError if there is none, or this Node cannot unpack it
 */
export async function readJoinedManifest(path: string): Promise<JoinedManifest> {
  const method = await methodOf(path)
  expectMethod(method, path)
  const firstLines = firstLinesOf(method)
  const begins = (piece: Buffer | undefined) => firstLines.some((line) => isBeginning(piece, line))
  const { text, end, isCut } = await readFirstMember(
    path,
    method,
    (pieces, size) => size <= LARGEST_COMMENT && begins(pieces[0]),
  )
  const manifest = text.includes(END) ? manifestIn(text, firstLines) : undefined
  if (manifest !== undefined) return { text: manifest, end }
  if (isCut && text.length > 0 && begins(text))
    throw new RefusedError(`${path} was cut short: it ends within its manifest`, {
      hint: 'Use another dump. Nothing has changed in the target.',
    })
  throw new RefusedError(`${path} is not a dump of mbsync`, {
    hint: 'A dump is a folder with manifest.json, or a file that `mbsync export --single-file` wrote.',
  })
}

/** Whether the first `length` bytes of a single-file dump unpack to the manifest and to nothing else. */
export async function holdsManifestAlone(path: string, length: number, method: Method): Promise<boolean> {
  const codec = createDecompressor(method)
  const unpacked = createReadStream(path, { start: 0, end: length - 1 }).pipe(codec)
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
  return tail.equals(END) && codec.bytesWritten === length
}

/** What a file begins with says it; the name of a file may be any. */
async function methodOf(path: string): Promise<Method> {
  const start = await readStart(path, ZSTD_START.length)
  return start.equals(ZSTD_START) ? 'zstd' : 'gzip'
}

function isBeginning(piece: Buffer | undefined, firstLine: Buffer): boolean {
  return piece?.subarray(0, firstLine.length).equals(firstLine.subarray(0, piece.length)) === true
}

/** The manifest in the comment that a script begins with; undefined if any of it is more than a comment to psql. */
function manifestIn(script: Buffer, firstLines: readonly Buffer[]): Buffer | undefined {
  const firstLine = firstLines.find((line) => isBeginning(script, line))
  if (firstLine === undefined) return undefined
  const comment = script.subarray(0, script.indexOf(END) + 1)
  const manifest = Buffer.alloc(comment.length)
  let [size, start] = [0, firstLine.length]
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

/** The first bytes of a file, at most `length` of them. */
async function readStart(path: string, length: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

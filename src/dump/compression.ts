import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { RefusedError } from '../core/errors.ts'
import { GzipStream } from './gzip-stream.ts'

/** How the files of a dump are compressed. */
export interface Compression {
  readonly method: Method
  /** 1 to 9 of gzip, 1 to 19 of zstd. */
  readonly level: number
}

/** Both are formats whose pieces, one after the other, unpack to the joined texts. */
export type Method = 'gzip' | 'zstd'

/** A stream of zlib that counts what it has taken in. */
export type Codec = Transform & { readonly bytesWritten: number }

/** What differs between the methods. */
export interface MethodFacts {
  /** What the names of files end in. */
  readonly suffix: '.sql.gz' | '.sql.zst'
  /** The command that unpacks a file to stdout. */
  readonly unpack: string
  /** No file of fewer bytes unpacks to more: zlib names 1032:1, and zstd repeats a byte for a block of 128 KiB in four. */
  readonly largestRatio: number
  readonly highestLevel: number
  /** Of an export that names none. Measured with `npm run bench -- dump`: lower levels save hardly any time, higher ones hardly any space. */
  readonly usualLevel: number
}

export const METHODS: Readonly<Record<Method, MethodFacts>> = {
  gzip: {
    suffix: '.sql.gz',
    unpack: 'gunzip -c',
    largestRatio: 1032,
    highestLevel: 9,
    usualLevel: 3,
  },
  zstd: {
    suffix: '.sql.zst',
    unpack: 'zstd -dc',
    largestRatio: 32768,
    highestLevel: 19,
    usualLevel: 3,
  },
}

/** What Node has of zstd from 22.15 and 23.8 on. */
interface Zstd {
  readonly createZstdCompress: (options: object) => Codec
  readonly createZstdDecompress: (options: object) => Codec
}

/** The command line that restores a dump without mbsync: psql restores all of it, or nothing and ends with an error. */
export function restoreCommand(method: Method, file: string): string {
  return `${METHODS[method].unpack} ${file} | psql -1 -v ON_ERROR_STOP=1 "$URL"`
}

/** What codecs write at once: each piece costs a turn of the thread pool. */
const [COMPRESSED_BYTES, UNPACKED_BYTES] = [512 * 1024, 256 * 1024]
/** `ZSTD_c_compressionLevel` and `ZSTD_c_checksumFlag` of zstd.h, which Node 20 does not name. */
const [ZSTD_LEVEL, ZSTD_CHECKSUM] = [100, 201]

/** Opens a stream that compresses. */
export function createCompressor({ method, level }: Compression): Transform {
  if (method === 'gzip') return new GzipStream(level, COMPRESSED_BYTES)
  const params = { [ZSTD_LEVEL]: level, [ZSTD_CHECKSUM]: 1 }
  return zstd('a dump').createZstdCompress({ params, chunkSize: COMPRESSED_BYTES })
}

/** Opens a stream that unpacks. */
export function createDecompressor(method: Method): Codec {
  if (method === 'gzip') return zlib.createGunzip({ chunkSize: UNPACKED_BYTES })
  return zstd('a dump').createZstdDecompress({ chunkSize: UNPACKED_BYTES })
}

/**
 * Proves that this Node has a method, before anything is read or written.
 * @throws RefusedError if it has not
 */
export function expectMethod(method: Method, shown: string): void {
  if (method === 'zstd') zstd(shown)
}

/** Whether an error is about bytes that are not what was compressed. */
export function isCodecError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z|ZSTD)_/.test(String(error.code))
}

function zstd(shown: string): Zstd {
  const { createZstdCompress, createZstdDecompress } = zlib as Partial<Zstd>
  if (createZstdCompress !== undefined && createZstdDecompress !== undefined)
    return { createZstdCompress, createZstdDecompress }
  throw new RefusedError(`${shown} needs zstd, which Node ${process.versions.node} does not have`, {
    hint: 'Run mbsync with Node 22.15 or newer (of 23: 23.8 or newer). Exports with gzip, the default, work with this Node.',
  })
}

import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { FailedError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { followLinks } from '../../files/follow-links.ts'
import type { Collection, DocumentOutcome, IndexDocument, SearchIndex } from '../search-index.ts'

const NEWLINE = 0x0a
const LIMITS = { documents: 5000, bytes: 8 * 1024 * 1024, deletions: 5000, parallel: 1 }

/**
 * A search index that is a file of one JSON document a line. It is written anew each time and published by rename, beside the file itself
 * where the path is a symbolic link.
 */
export function openNdjson(path: string): SearchIndex {
  return new NdjsonFile(path)
}

class NdjsonFile implements SearchIndex {
  readonly limits = LIMITS
  readonly rebuilds = 'always'
  readonly fingerprint = ''
  readonly #path: string
  #file: FileHandle | undefined

  constructor(path: string) {
    this.#path = path
  }

  async check(): Promise<Finding[]> {
    const found = await statIfThere(this.#path)
    if (found === undefined || found.isFile()) return []
    return [
      {
        severity: 'error',
        subject: this.#path,
        message: 'is not a file',
        hint: 'Name a file in mbsync.yaml.',
      },
    ]
  }

  async findLive(): Promise<Collection | undefined> {
    const found = await statIfThere(this.#path)
    return found === undefined ? undefined : { name: this.#path, identity: identityOf(found) }
  }

  async has({ identity }: Collection): Promise<boolean> {
    return (await this.findLive())?.identity === identity
  }

  async adjust(): Promise<readonly string[]> {
    return []
  }

  nextName(): string {
    return this.#path
  }

  async create(): Promise<Collection> {
    await this.#onFile(async () => {
      this.#file = await open(await this.#draft(), 'w', 0o600)
    })
    return { name: this.#path, identity: '' }
  }

  async publishNotice(): Promise<undefined> {
    return undefined
  }

  async publish(): Promise<Collection> {
    return this.#onFile(async () => {
      await this.#file?.sync()
      await this.close()
      await rename(await this.#draft(), await followLinks(this.#path))
      return { name: this.#path, identity: identityOf(await stat(this.#path)) }
    })
  }

  async drop(): Promise<void> {
    await this.close()
    await this.#onFile(async () => rm(await this.#draft(), { force: true }))
  }

  async countDocuments({ identity }: Collection): Promise<number> {
    let lines = 0
    await this.#onFile(async () => {
      for await (const chunk of createReadStream(identity === '' ? await this.#draft() : this.#path))
        for (const byte of chunk as Buffer) if (byte === NEWLINE) lines += 1
    })
    return lines
  }

  // biome-ignore lint/correctness/useYield: a file is always written from scratch, so its ids are never listed.
  async *listIds(): AsyncGenerator<readonly string[]> {
    throw new Error('A file is not compared with what is known of it')
  }

  async upsert(_: Collection, documents: readonly IndexDocument[]): Promise<readonly DocumentOutcome[]> {
    await this.#onFile(() => this.#file?.appendFile(documents.map(({ json }) => `${json}\n`).join('')))
    return documents.map(() => ({ kind: 'indexed' }))
  }

  async delete(): Promise<void> {
    throw new Error('A file is written without what is not wanted')
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => undefined)
    this.#file = undefined
  }

  async #draft(): Promise<string> {
    return `${await followLinks(this.#path)}.partial`
  }

  async #onFile<T>(work: () => Promise<T> | undefined): Promise<T> {
    try {
      return (await work()) as T
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
      throw new FailedError(`${this.#path} cannot be written${code}`, {
        hint: 'Check the folder, its permissions and the free disk space.',
        cause,
      })
    }
  }
}

async function statIfThere(path: string) {
  return stat(path).catch(() => undefined)
}

function identityOf({ ino, mtimeMs, size }: { ino: number; mtimeMs: number; size: number }): string {
  return `${ino}-${mtimeMs}-${size}`
}

import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { explainFileError, onFile } from '../files/file-error.ts'
import type { LivePart } from '../transfer/source/plan-parts.ts'
import type { PartWriter, RowSink } from '../transfer/source/row-source.ts'
import { openCompressedFile } from './compressed-file.ts'
import type { Compression } from './compression.ts'
import type { DumpFile, ManifestFile } from './manifest.ts'
import type { FilePlan } from './plan-files.ts'

/** Writes parts as compressed psql scripts into a folder. */
export class DumpWriter implements PartWriter<LivePart> {
  readonly #folder: string
  readonly #plan: FilePlan
  readonly #compression: Compression
  readonly #written: ManifestFile[]

  /** `written` takes in the description of every file that is complete. */
  constructor(folder: string, plan: FilePlan, compression: Compression, written: ManifestFile[]) {
    this.#folder = folder
    this.#plan = plan
    this.#compression = compression
    this.#written = written
  }

  write<T>(part: LivePart, use: (sink: RowSink) => Promise<T>): Promise<T> {
    const { path, script } = this.#plan.fileOf(part)
    const file = openCompressedFile(join(this.#folder, path), script, this.#compression)
    return use({
      stages: file.stages,
      written: () => {
        const facts = file.written()
        const { table, number, of } = part
        this.#written.push({ path, table, part: number, parts: of, ...facts })
        return { rows: facts.rows, storedBytes: facts.bytes }
      },
    })
  }

  explain(error: unknown): unknown {
    return explainFileError(error, this.#folder)
  }

  async end(): Promise<void> {
    // Every file was closed with its part.
  }
}

/** Writes a whole script as one compressed file. */
export async function writeScript(
  folder: string,
  path: string,
  script: Buffer,
  compression: Compression,
): Promise<DumpFile> {
  const nothing = Buffer.alloc(0)
  const file = openCompressedFile(join(folder, path), { header: nothing, trailer: nothing }, compression)
  await onFile(folder, () => pipeline([Readable.from([script]), ...file.stages]))
  const { bytes, rawBytes, sha256 } = file.written()
  return { path, bytes, rawBytes, sha256 }
}

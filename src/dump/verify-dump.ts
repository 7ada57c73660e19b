import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Report } from '../progress/progress.ts'
import { announce, copyParts } from '../transfer/land/copy-parts.ts'
import type { PartWriter, RowSink } from '../transfer/source/row-source.ts'
import { expectMethod } from './compression.ts'
import { type DumpPart, DumpReader, partsOf } from './dump-source.ts'
import type { Dump } from './open-dump.ts'
import { explainReadError, readSchemaScripts, readSequences } from './read-rows.ts'

/** Who watches the verification of a dump, and how many files are read at once. */
export interface Verification {
  readonly jobs: number
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Reads every file of a dump whole: its checksum, its compressed bytes, its rows.
 * @throws RefusedError that names the first file that is damaged, or if this Node cannot unpack any
 */
export async function verifyDump(dump: Dump, { jobs, report, signal }: Verification): Promise<void> {
  expectMethod(dump.manifest.compression.method, dump.path)
  const parts = partsOf(dump.manifest.files)
  announce({ parts, report })
  await copyParts({
    parts,
    openReader: async () => new DumpReader(dump),
    openWriter: async () => new Nowhere(),
    jobs,
    report,
    signal,
  })
  await verifyScripts(dump, signal)
}

/** Reads the scripts of a dump that hold no rows: they must be what its manifest describes. */
export async function verifyScripts(dump: Dump, signal: AbortSignal): Promise<void> {
  for (const script of [readSequences(dump), ...readSchemaScripts(dump)])
    await pipeline(script, nothing(), { signal }).catch((error: unknown) => {
      throw explainReadError(error, dump)
    })
}

/** Takes rows in and forgets them. */
class Nowhere implements PartWriter<DumpPart> {
  write<T>({ file }: DumpPart, use: (sink: RowSink) => Promise<T>): Promise<T> {
    return use({ stages: [nothing()], written: (rows) => ({ rows, storedBytes: file.bytes }) })
  }

  explain(error: unknown): unknown {
    return error
  }

  async end(): Promise<void> {
    // There is nothing to close.
  }
}

function nothing(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

import { allFiles } from './all-files.ts'
import type { Manifest } from './manifest.ts'

/** A dump in short. */
export interface DumpSummary {
  readonly path: string
  readonly kind: 'folder' | 'file'
  readonly startedAt: Date
  /** The name that the source has in the configuration. */
  readonly source: string
  readonly database: string
  readonly tableCount: number
  readonly sequences: number
  readonly rows: number
  /** COPY text bytes. */
  readonly bytes: number
  /** Bytes of its scripts on disk. */
  readonly storedBytes: number
}

/** Sums up a manifest. */
export function summarizeDump(path: string, kind: DumpSummary['kind'], manifest: Manifest): DumpSummary {
  const { tables, sequences, source, startedAt } = manifest
  return {
    path,
    kind,
    startedAt: new Date(startedAt),
    source: source.name,
    database: source.database,
    tableCount: tables.length,
    sequences: sequences.length,
    rows: tables.reduce((total, table) => total + table.rows, 0),
    bytes: tables.reduce((total, table) => total + table.bytes, 0),
    storedBytes: allFiles(manifest).reduce((total, file) => total + file.bytes, 0),
  }
}

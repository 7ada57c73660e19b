import type { Readable, Writable } from 'node:stream'
import type { Finding } from '../../core/finding.ts'
import type { ReadonlyTableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { CopiedOut } from '../../postgres/copy-out-each.ts'
import type { Session } from '../../postgres/session.ts'
import type { SourceCatalog } from '../inspect/inspection.ts'
import type { HistoryState } from '../inspect/read-histories.ts'
import type { LiveChanges } from './live-changes.ts'
import type { Part } from './part.ts'

/** The source of rows: a live database under one snapshot, or a dump. */
export interface RowSource<P extends Part = Part> {
  readonly catalog: SourceCatalog
  /** Findings about the source itself, for any target. */
  readonly findings: readonly Finding[]
  /** The encoding of the COPY text of its readers. */
  readonly encoding: string
  /** `txid_current_snapshot()` of the database that the rows were read from. */
  readonly snapshot: string
  /** What it knows about changes since an earlier snapshot; undefined for a dump, which has none. */
  readonly changes: LiveChanges | undefined
  /** The migrations that it has had, if it can be asked. */
  readHistories(): Promise<readonly HistoryState[]>
  /** Splits the named tables into parts for `jobs` readers, in the order in which they should be read. `whole` names those whose partitions must not be split. */
  planParts(tables: readonly TableName[], jobs: number, whole?: ReadonlyTableSet): P[]
  /** Parts of a table with only some of its columns; undefined if rows are read whole, as from a dump. */
  readonly planColumns: ((table: TableName, columns: readonly string[]) => P[]) | undefined
  /** How many readers can be open at once; any number if undefined. */
  readonly readers?: number
  openReader(): Promise<PartReader<P>>
  /** Lends a session that sees what its readers see; missing for a dump. */
  withSession?<T>(use: (session: Session) => Promise<T>): Promise<T>
}

/** The rows of a part as COPY text. */
export interface RowStream {
  readonly stream: Readable
  /** How many rows the source reports, once the stream has ended. */
  rowCount(): number | Promise<number>
}

/** Reads parts, one after the other. */
export interface PartReader<P extends Part> {
  /** Opens a part while `use` runs. */
  read<T>(part: P, use: (rows: RowStream) => Promise<T>): Promise<T>
  /** Reads several small parts at once, whose rows are all held in memory; undefined if they are too many for that. Missing if it cannot. */
  readonly together?: {
    readonly most: number
    read(parts: readonly P[]): Promise<readonly CopiedOut[] | undefined>
  }
  /** Turns an error of its stream into one for people. */
  explain(error: unknown): unknown
  /** The error of a part whose bytes are not COPY text as PostgreSQL writes it. `found` names what they contain instead. */
  malformed(part: P, found: string): Error
  end(): Promise<void>
}

/** The place that the COPY text of a part goes to. */
export interface RowSink {
  /** The streams to pipe through. The last one receives the bytes. */
  readonly stages: readonly [...NodeJS.ReadWriteStream[], Writable]
  /** The result, once everything is written. `rowsRead` is the reader's count. */
  written(rowsRead: number): WrittenPart
}

/** The writer's result for a part. */
interface WrittenPart {
  readonly rows: number
  /** Bytes on disk, if it was written there. */
  readonly storedBytes?: number
}

/** Writes parts, one after the other. */
export interface PartWriter<P extends Part> {
  /** Opens the place of a part while `use` runs. */
  write<T>(part: P, use: (sink: RowSink) => Promise<T>): Promise<T>
  /** Writes several parts at once, and returns how many rows of each it has written; missing if it cannot. */
  readonly together?: {
    readonly most: number
    write(parts: readonly { readonly part: P; readonly bytes: Buffer }[]): Promise<readonly number[]>
  }
  /** Turns an error of its streams into one for people. */
  explain(error: unknown): unknown
  end(): Promise<void>
}

/** How many of `jobs` readers a source lets be open at once: one that waits for another could wait for good if that one fails. */
export function readersOf({ readers }: Pick<RowSource, 'readers'>, jobs: number): number {
  return Math.min(jobs, readers ?? jobs)
}

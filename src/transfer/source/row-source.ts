import type { Readable, Writable } from 'node:stream'
import type { Finding } from '../../core/finding.ts'
import type { TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'
import type { SourceCatalog } from '../inspect/inspection.ts'
import type { HistoryState } from '../inspect/read-histories.ts'
import type { LiveChanges } from './live-changes.ts'
import type { Part } from './part.ts'

/** Where rows come from: a live database under one snapshot, or a dump. */
export interface RowSource<P extends Part = Part> {
  readonly catalog: SourceCatalog
  /** What is wrong with the source itself, whatever the target may be. */
  readonly findings: readonly Finding[]
  /** The encoding of the COPY text that its readers give. */
  readonly encoding: string
  /** `txid_current_snapshot()` of the database that the rows were read from. */
  readonly snapshot: string
  /** What it can tell of changes since an earlier snapshot; undefined where there was none, as in a dump. */
  readonly changes: LiveChanges | undefined
  /** The migrations that it has had, where it can be asked. */
  readHistories(): Promise<readonly HistoryState[]>
  /** Splits the named tables into parts for `jobs` readers, in the order they should be read. */
  planParts(tables: readonly TableName[], jobs: number): P[]
  /** Parts of a table with some of its columns alone; undefined where rows are read whole, as from a dump. */
  readonly planColumns: ((table: TableName, columns: readonly string[]) => P[]) | undefined
  openReader(): Promise<PartReader<P>>
  /** Lends a session that sees what its readers see; absent where there is none, as in a dump. */
  withSession?<T>(use: (session: Session) => Promise<T>): Promise<T>
}

/** The rows of a part as COPY text. */
export interface RowStream {
  readonly stream: Readable
  /** How many rows there were by what the source says, once the stream has ended. */
  rowCount(): number | Promise<number>
}

/** Reads parts, one after the other. */
export interface PartReader<P extends Part> {
  /** Opens a part for the length of `use`. */
  read<T>(part: P, use: (rows: RowStream) => Promise<T>): Promise<T>
  /** The error of its stream as a person should read it. */
  explain(error: unknown): unknown
  /** The error of a part whose bytes are not COPY text as PostgreSQL writes it; `found` names what they hold instead. */
  malformed(part: P, found: string): Error
  end(): Promise<void>
}

/** Where the COPY text of a part goes. */
export interface RowSink {
  /** Streams to pipe through, the last of which takes the bytes in. */
  readonly stages: readonly [...NodeJS.ReadWriteStream[], Writable]
  /** What has been written, once all of it has; `rowsRead` is what the reader counted. */
  written(rowsRead: number): WrittenPart
}

/** What a writer made of a part. */
export interface WrittenPart {
  readonly rows: number
  /** Bytes on disk, where that is where they went. */
  readonly storedBytes?: number
}

/** Writes parts, one after the other. */
export interface PartWriter<P extends Part> {
  /** Opens the place of a part for the length of `use`. */
  write<T>(part: P, use: (sink: RowSink) => Promise<T>): Promise<T>
  /** The error of its streams as a person should read it. */
  explain(error: unknown): unknown
  end(): Promise<void>
}

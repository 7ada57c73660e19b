import type { Readable, Writable } from 'node:stream'
import type { Finding } from '../core/finding.ts'
import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import type { KeyArrays } from './gone-keys.ts'
import type { SourceCatalog } from './inspection.ts'
import type { KeyRanges } from './key-ranges.ts'
import type { HistoryState } from './read-histories.ts'
import type { BucketSums } from './verify/bucket-sums.ts'
import type { Hashing } from './verify/row-hashes.ts'
import type { CurrentMark, SourceMark } from './watermark.ts'

/** A piece of a table that one reader hands to one writer. */
export interface Part {
  readonly table: TableName
  /** Its place among the parts of its table, from 1. */
  readonly number: number
  /** Parts of the same table. */
  readonly of: number
  readonly estimatedBytes: number
  readonly estimatedRows: number
}

/** Where rows come from: a live database under one snapshot, or a dump. */
export interface RowSource<P extends Part> {
  readonly catalog: SourceCatalog
  /** What is wrong with the source itself, whatever the target may be. */
  readonly findings: readonly Finding[]
  /** The encoding of the COPY text that its readers give. */
  readonly encoding: string
  /** `txid_current_snapshot()` of the database that the rows were read from. */
  readonly snapshot: string
  /** What it can tell of changes since an earlier snapshot; undefined where there was none, as in a dump. */
  readonly changes: ChangeSource<P> | undefined
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

/** A source that knows which of its rows are new. */
export interface ChangeSource<P extends Part> {
  readonly mark: CurrentMark
  /** See `LiveTable.fingerprint`. */
  fingerprintOf(table: TableName): string
  /** Why nothing may be asked of a table, whose rows can be read all the same; undefined if it may. */
  whyOnlyCopied(table: TableName): string | undefined
  /** Counts the rows of tables, and finds those that are not as they were at the watermark. */
  countChanged(requests: readonly ChangeRequest<P>[]): Promise<ChangedTable<P>[]>
  /** Whether the table is read under a condition, which unchanged rows may come to meet or cease to. */
  hasCondition(table: TableName): boolean
  /** How many rows a table has in each of some ranges. After an abort of the signal, nobody may ask for what was counted. */
  countInRanges(table: RangedTable<P>, signal?: AbortSignal): Promise<number[]>
  /** Sums up the keys of the rows that are as they were: all of them in one bucket, or bucket by bucket. */
  sumUnchanged(requests: readonly KeyRequest<P>[], isTotal: boolean): Promise<BucketSums[]>
  /** All keys that a table has in some ranges. */
  keysInRanges(table: RangedTable<P>): Promise<KeyArrays[]>
  /** Parts of the unchanged rows in some buckets. */
  rowsInBuckets(request: KeyRequest<P>, buckets: readonly number[]): P[]
  /** Parts of the keys alone of these rows. */
  keysInBuckets(request: KeyRequest<P>, buckets: readonly number[]): P[]
}

/** A table, given by its parts, and the watermark since which it is asked about. */
export interface ChangeRequest<P extends Part> {
  readonly parts: readonly P[]
  readonly since: Pick<SourceMark, 'xmin'>
}

/** What has changed in a table. */
export interface ChangedTable<P extends Part> {
  /** All of its rows, under its condition if it has one. */
  readonly rows: number
  readonly changedRows: number
  /** Parts of the changed rows alone. */
  readonly changedParts: readonly P[]
}

/** A table, given by its parts, and ranges of its key. */
export interface RangedTable<P extends Part> {
  readonly parts: readonly P[]
  readonly ranges: KeyRanges
}

/** What is asked of the keys of a table. */
export interface KeyRequest<P extends Part> extends ChangeRequest<P> {
  readonly hashing: Hashing
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

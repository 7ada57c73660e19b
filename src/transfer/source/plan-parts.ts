import { sum } from '../../core/sum.ts'
import { type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { storedColumns } from '../inspect/columns.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import type { TableMasks } from '../masks/table-masks.ts'
import type { Part } from './part.ts'

/** A piece of a live table that one COPY reads. */
export interface LivePart extends Part {
  readonly partition: Partition
  /** Missing for the whole partition. */
  readonly pages: PageRange | undefined
  readonly columns: readonly string[]
  readonly where: string | undefined
  /** How its masked columns are read. */
  readonly masks?: TableMasks | undefined
  /** A FROM item, under the alias of the table, that returns the rows instead of the partition. */
  readonly from?: string
  /** A further SQL condition for rows to be read, under the alias of the table. */
  readonly filter?: string
}

/** Pages of the main fork from `first` up to but not including `end`; the last range is open. */
export interface PageRange {
  readonly first: number
  readonly end: number | undefined
}

/** Before version 14, PostgreSQL scans the whole table for a range of ctids. */
export const FIRST_VERSION_WITH_RANGE_SCAN = 140000
const SMALLEST_ROW_BYTES = 64
/** Smaller tables are not split. */
export const SMALLEST_PART_BYTES = 32 * 1024 * 1024
const LARGEST_PART_BYTES = 512 * 1024 * 1024
/** Enough parts for the connections to finish at about the same time, and few enough that starting them costs almost nothing. */
const PARTS_PER_JOB = 8

/**
 * Splits the tables into parts for `jobs` readers, largest first, so that all finish at about the same time. `whole` names tables whose
 * partitions must not be split.
 */
export function planParts(
  tables: readonly LiveTable[],
  jobs: number,
  serverVersion: number,
  whole: ReadonlyTableSet = new TableSet(),
): LivePart[] {
  const pieces = cutIntoPieces(tables, jobs, serverVersion, whole)
  const columnsOf = storedNames()
  return tables
    .flatMap((table, index) => partsOf(table, columnsOf(table), pieces[index] ?? []))
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes)
}

/** The names of the stored columns of a table. Tables with the same columns share them. */
function storedNames(): (table: LiveTable) => readonly string[] {
  const known = new Map<LiveTable['columns'], readonly string[]>()
  return (table) => {
    const names = known.get(table.columns) ?? storedColumns(table).map(({ name }) => name)
    known.set(table.columns, names)
    return names
  }
}

/** A partition of a table, or a range of its pages. */
export type Piece = Pick<LivePart, 'partition' | 'pages'>

/** Cuts each table into pieces that `jobs` sessions can share; see {@link planParts}. */
export function cutIntoPieces(
  tables: readonly Pick<LiveTable, 'name' | 'partitions'>[],
  jobs: number,
  serverVersion: number,
  whole: ReadonlyTableSet = new TableSet(),
): Piece[][] {
  const total = sum(tables.flatMap(({ partitions }) => partitions.map((partition) => partition.bytes)))
  const wantedBytes = total / (jobs * PARTS_PER_JOB)
  const pieceBytes = Math.min(Math.max(wantedBytes, SMALLEST_PART_BYTES), LARGEST_PART_BYTES)
  const canSplit = serverVersion >= FIRST_VERSION_WITH_RANGE_SCAN
  return tables.map(({ name, partitions }) => {
    const isSplit = canSplit && !whole.has(name)
    return partitions
      .filter((partition) => partition.kind === 'table')
      .flatMap((partition) =>
        split(partition, isSplit ? pieceBytes : Number.POSITIVE_INFINITY).map((pages) => ({
          partition,
          pages,
        })),
      )
  })
}

/** Whether a table has rows, or had some, and was never analyzed, or not since the first of them. */
export function isUncounted({ estimatedRows, pages }: Pick<Partition, 'estimatedRows' | 'pages'>): boolean {
  return estimatedRows === 0 && pages > 0
}

/** An upper estimate of the number of rows. A table that was never analyzed has no estimate, but it has a size. */
export function mostRowsOf(partitions: readonly Pick<Partition, 'estimatedRows' | 'bytes'>[]): number {
  return partitions.reduce((total, { estimatedRows, bytes }) => {
    return total + Math.max(estimatedRows, bytes / SMALLEST_ROW_BYTES)
  }, 0)
}

function partsOf(table: LiveTable, columns: readonly string[], pieces: readonly Piece[]): LivePart[] {
  return pieces.map(({ partition, pages }, index) => {
    const share = pages === undefined ? 1 : ((pages.end ?? partition.pages) - pages.first) / partition.pages
    const part = {
      table: table.name,
      partition,
      number: index + 1,
      of: pieces.length,
      pages,
      columns,
      where: table.where,
      estimatedBytes: Math.round(partition.bytes * share),
      estimatedRows: Math.round(partition.estimatedRows * share),
      isUncounted: isUncounted(partition),
    }
    return table.masks === undefined ? part : { ...part, masks: table.masks }
  })
}

/** Ranges of equal size. TOASTed bytes are spread over them, so a few pages of wide rows are split as well. */
function split(partition: Partition, partBytes: number): (PageRange | undefined)[] {
  const count = Math.min(Math.ceil(partition.bytes / partBytes), partition.pages)
  if (count <= 1) return [undefined]
  const size = Math.ceil(partition.pages / count)
  const starts = Array.from({ length: Math.ceil(partition.pages / size) }, (_, index) => index * size)
  // The last range is open: pages may have been added since, and rows in them may belong to the snapshot.
  return starts.map((first, index) => ({
    first,
    end: index === starts.length - 1 ? undefined : first + size,
  }))
}

import type { Member } from '../postgres/catalog/table.ts'
import type { TablePair } from './inspection.ts'

/** A piece of a table that one COPY reads. */
export interface Part {
  readonly pair: TablePair
  readonly member: Member
  /** Its place among the parts of its table, from 1. */
  readonly number: number
  /** Parts of the same table. */
  readonly of: number
  /** Pages of the main fork from `first` up to and without `end`; the last range is open. Absent: the whole member. */
  readonly pages: { readonly first: number; readonly end: number | undefined } | undefined
  readonly estimatedBytes: number
  readonly estimatedRows: number
}

/** Before 14, PostgreSQL scans the whole table for a range of ctids. */
const FIRST_VERSION_WITH_RANGE_SCAN = 140000
const SMALLEST_PART_BYTES = 32 * 1024 * 1024
const LARGEST_PART_BYTES = 512 * 1024 * 1024
/** Enough parts that the connections finish at about the same time, few enough that starting them costs nothing. */
const PARTS_PER_JOB = 8

/** Splits the tables into parts for `jobs` readers, largest first: the tail is then short. */
export function planParts(pairs: readonly TablePair[], jobs: number, serverVersion: number): Part[] {
  const total = sum(pairs.flatMap(({ source }) => source.members.map((member) => member.bytes)))
  const partBytes = clamp(total / (jobs * PARTS_PER_JOB), SMALLEST_PART_BYTES, LARGEST_PART_BYTES)
  const canSplit = serverVersion >= FIRST_VERSION_WITH_RANGE_SCAN
  return pairs
    .flatMap((pair) => partsOf(pair, canSplit ? partBytes : Number.POSITIVE_INFINITY))
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes)
}

function partsOf(pair: TablePair, partBytes: number): Part[] {
  const pieces = pair.source.members
    .filter((member) => member.kind === 'table')
    .flatMap((member) => split(member, partBytes).map((pages) => ({ member, pages })))
  return pieces.map(({ member, pages }, index) => {
    const share = pages === undefined ? 1 : ((pages.end ?? member.pages) - pages.first) / member.pages
    return {
      pair,
      member,
      number: index + 1,
      of: pieces.length,
      pages,
      estimatedBytes: Math.round(member.bytes * share),
      estimatedRows: Math.round(member.estimatedRows * share),
    }
  })
}

/** Ranges of equal size. TOASTed bytes are spread over them, so a few pages of wide rows are split as well. */
function split(member: Member, partBytes: number): Part['pages'][] {
  const count = Math.min(Math.ceil(member.bytes / partBytes), member.pages)
  if (count <= 1) return [undefined]
  const size = Math.ceil(member.pages / count)
  const starts = Array.from({ length: Math.ceil(member.pages / size) }, (_, index) => index * size)
  // The last range is open: pages may have been added since, and rows in them may belong to the snapshot.
  return starts.map((first, index) => ({
    first,
    end: index === starts.length - 1 ? undefined : first + size,
  }))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

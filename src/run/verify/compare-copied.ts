import { FailedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import type { Report } from '../../progress/progress.ts'
import type { LiveTable } from '../../transfer/inspect/inspect-source.ts'
import type { SourceColumn } from '../../transfer/inspect/inspection.ts'
import { textCasts } from '../../transfer/land/landing-columns.ts'
import type { LiveSource } from '../../transfer/source/live-source.ts'
import type { LivePart } from '../../transfer/source/plan-parts.ts'
import { type CopiedRow, CopiedSums, OddRows, RowHasher } from '../../transfer/verify/copied-rows.ts'
import type { Difference } from '../../transfer/verify/find-differences.ts'
import type { VerifiedTable } from './verified-table.ts'

/** A table of which one side may only be copied, and its counterpart. */
export interface CopiedPair {
  readonly source: LiveTable
  readonly target: LiveTable
}

/** The two sides of a table, as they are copied. */
export interface CopiedSides {
  readonly source: readonly LivePart[]
  readonly target: readonly LivePart[]
}

/** Whether the lines of COPY text of both sides are equal where the rows are. */
export function writesAlike(
  { source, target }: CopiedPair,
  { source: from, target: to }: { readonly source: LiveSource; readonly target: LiveSource },
): boolean {
  const generated = new Set(
    target.columns.flatMap(({ name, generated }) => (generated === 'no' ? [] : [name])),
  )
  const isStored = ({ name, generated: own }: SourceColumn) => own === 'no' && generated.has(name)
  return (
    from.encoding === to.encoding && textCasts(source, target).size === 0 && !source.columns.some(isStored)
  )
}

/** The parts of both sides, with the columns in the same order: those of the key first. */
export function copiedSides(
  { source: { name, columns }, target: { keyColumns = [] } }: CopiedPair,
  { source, target }: { readonly source: LiveSource; readonly target: LiveSource },
): CopiedSides {
  const stored = columns.flatMap((column) => (column.generated === 'no' ? [column.name] : []))
  const names = [...new Set([...keyColumns.filter((each) => stored.includes(each)), ...stored])]
  const partsOf = (side: LiveSource) =>
    side.planParts([name], 1).map((part): LivePart => ({ ...part, columns: names }))
  return { source: partsOf(source), target: partsOf(target) }
}

/**
 * Compares a table by copying both sides, without a query: mbsync itself hashes the lines. Rows are read a second time to find out which ones differ.
 */
export async function compareCopied(
  { source: table, target: twin }: CopiedPair,
  sides: CopiedSides,
  { source, target }: { readonly source: LiveSource; readonly target: LiveSource },
  { limit, report }: { readonly limit: number; readonly report: Report },
): Promise<VerifiedTable> {
  const sums = { source: new CopiedSums(), target: new CopiedSums() }
  const all = [...sides.source, ...sides.target]
  const finished = (part: LivePart) => {
    const { estimatedBytes: bytes, estimatedRows: rows } = part
    const place = { table: table.name, part: all.indexOf(part) + 1, parts: all.length }
    report({ type: 'part-finished', ...place, rows, bytes, estimatedBytes: bytes })
  }
  await Promise.all([
    eachRow(source, sides.source, (row) => sums.source.add(row), finished),
    eachRow(target, sides.target, (row) => sums.target.add(row), finished),
  ])
  const rows = { table: table.name, sourceRows: sums.source.rows, targetRows: sums.target.rows }
  const buckets = sums.source.differences(sums.target)
  if (buckets.size === 0)
    return { ...rows, status: 'equal', missing: 0, extra: 0, changed: 0, isComplete: true, differences: [] }
  const { columns = [] } = sides.source[0] ?? {}
  const key = twin.keyColumns ?? []
  const odd = new OddRows(buckets, key.every((column) => columns.includes(column)) ? key.length : 0)
  await Promise.all([
    eachRow(source, sides.source, (row) => odd.add(row, 'source')),
    eachRow(target, sides.target, (row) => odd.add(row, 'target')),
  ])
  const differences = odd.differences()
  const count = (kind: Difference['kind']) => differences.filter((each) => each.kind === kind).length
  return {
    ...rows,
    status: 'different',
    missing: count('missing'),
    extra: count('extra'),
    changed: count('changed'),
    isComplete: odd.isComplete,
    differences: differences
      .flatMap(({ kind, key }) => (key === undefined ? [] : [{ kind, key }]))
      .slice(0, limit),
  }
}

/** Copies parts one after the other, and calls `take` with each row. */
async function eachRow(
  side: LiveSource,
  parts: readonly LivePart[],
  take: (row: CopiedRow) => void,
  finished: (part: LivePart) => void = () => undefined,
): Promise<void> {
  const reader = await side.openReader()
  for (const part of parts) {
    let lines = 0
    const hasher = new RowHasher((row) => {
      lines += 1
      take(row)
    })
    const rows = await reader.read(part, async ({ stream, rowCount }) => {
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) hasher.add(chunk)
      } catch (error) {
        throw reader.explain(error)
      }
      return rowCount()
    })
    if (rows !== lines)
      throw new FailedError(
        `${displayName(part.table)}: the server says that it sent ${rows} rows, and ${lines} arrived`,
        {
          hint: 'Run again; if it happens again, please report it as a bug.',
        },
      )
    finished(part)
  }
  await reader.end()
}

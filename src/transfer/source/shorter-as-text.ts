import { sum } from '../../core/sum.ts'
import { type ReadonlyTableMap, type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { columnList } from '../../postgres/identifiers.ts'
import { areMasked } from '../masks/table-masks.ts'
import type { LiveChanges } from './live-changes.ts'
import type { Part } from './part.ts'
import type { LivePart } from './plan-parts.ts'

/** What sampled rows take in both forms, without what COPY adds. */
interface SampledRows extends Record<string, unknown> {
  readonly rows: number
  /** The length of the rows as records in text. */
  readonly text: number
  /** The length of the rows as records in the binary form. */
  readonly binary: number
}

/** Smaller tables have travelled before anything is sampled. */
const LEAST_BYTES = 8 * 1024 * 1024
/** Values of wider rows take about as long in both forms, or are shorter in the binary form. */
const MOST_BYTES_OF_A_ROW = 256
const SAMPLED_PAGES = 64
/**
 * The text must be at least this much shorter. The target then needs a tenth more processor time for its rows, about as much as the client saves, and a slow
 * network half as long.
 */
const SHORT = 0.75

/**
 * Of tables whose rows may travel in the binary form, finds the large ones whose rows are much shorter as text: small numbers take a few digits, but 8 to 12
 * bytes in the binary form. A sample of each is measured by the source.
 */
export async function shorterAsText(
  changes: LiveChanges,
  tables: readonly TableName[],
  partsOf: ReadonlyTableMap<readonly Part[]>,
): Promise<ReadonlyTableSet> {
  const found = new TableSet()
  const worthy = tables.filter((table) => isWorthIt(changes, table, partsOf.get(table) ?? []))
  await Promise.all(
    worthy.map(async (table) => {
      const largest = largestOf(changes.partsOf(table, true))
      if (largest === undefined || areMasked(largest.columns, largest.masks)) return
      const [[sampled] = []] = await changes.query<SampledRows>(table, [(rows) => sampleSql(rows, largest)], {
        ifFails: NOTHING_SAMPLED,
        parts: [largest],
      })
      if (sampled !== undefined && isMuchShorter(sampled, largest.columns.length)) found.add(table)
    }),
  )
  return found
}

const NOTHING_SAMPLED: SampledRows = { rows: 0, text: 0, binary: 0 }

function isWorthIt({ guard }: LiveChanges, table: TableName, parts: readonly Part[]): boolean {
  const bytes = sum(parts.map(({ estimatedBytes }) => estimatedBytes))
  const rows = sum(parts.map(({ estimatedRows }) => estimatedRows))
  return (
    bytes >= LEAST_BYTES && bytes <= rows * MOST_BYTES_OF_A_ROW && guard.whyOnlyCopied(table) === undefined
  )
}

function largestOf(parts: readonly LivePart[]): LivePart | undefined {
  return parts.reduce<LivePart | undefined>(
    (largest, part) => (part.partition.pages > (largest?.partition.pages ?? 0) ? part : largest),
    undefined,
  )
}

/** Records are written by their types, as by COPY: a cast to text could be one of a user. */
function sampleSql(rows: string, { columns, partition: { pages } }: LivePart): string {
  const percent = Math.min(100, (100 * SAMPLED_PAGES) / pages)
  const list = columnList(columns, 't.')
  return `SELECT count(*)::float8 AS rows, coalesce(sum(octet_length(concat(r))), 0)::float8 AS text,
  coalesce(sum(octet_length(pg_catalog.record_send(r))), 0)::float8 AS binary
FROM (SELECT ROW(${list}) AS r FROM ${rows} AS t TABLESAMPLE SYSTEM (${percent.toFixed(6)}) OFFSET 0) AS sampled`
}

/**
 * Whether rows are much shorter as COPY text. As a record, a row in the binary form begins with 4 bytes, and each column with 8, instead of 2 and 4; a row in text
 * has two parentheses instead of the end of its line. In a message, each takes 5 bytes more.
 */
function isMuchShorter({ rows, text, binary }: SampledRows, columns: number): boolean {
  return text + 4 * rows < SHORT * (binary + (3 - 4 * columns) * rows)
}

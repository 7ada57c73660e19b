import { groupBy } from '../../core/group-by.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { columnList, identifier, relation } from '../../postgres/identifiers.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import { pageCondition } from '../source/copy-sql.ts'
import type { PlanGuard } from '../source/plan-guard.ts'
import { FIRST_VERSION_WITH_RANGE_SCAN, type PageRange } from '../source/plan-parts.ts'

/** How many rows a sample has at most. */
export const SAMPLED_ROWS = 1000
/** How many stretches of pages a sample is taken from, and how many partitions these are in: a new column has values where rows are new. */
const STRETCHES = 20
const MOST_PARTITIONS = 5
/** No more pages of a stretch are read, however few of its rows will do: the whole sample reads 5 MB. */
const MOST_PAGES = 32
/** Pages of 8 kB hold no more rows. */
const ROWS_OF_PAGE = 291

/** Pages of a partition that rows of a sample are taken from. */
export interface SampledPages {
  readonly partition: Partition
  readonly pages: PageRange & { readonly end: number }
}

/** Which rows of a sample are wanted, and what of them. */
export interface SampledRows {
  /** Names of columns of the table. */
  readonly columns: readonly string[]
  /** SQL over a row under the name of its table; only rows for which it is true are in the sample. */
  readonly condition?: string
  /** How many rows at most; {@link SAMPLED_ROWS} if it is left out. */
  readonly limit?: number
}

/**
 * The pages that a sample of a table is taken from: the first, the last, and others spread evenly between, of its largest partition and of others from the
 * first to the last. None if it must not be queried, or has no rows. `PlanGuard.prepareFor` must be called with {@link partitionsOf} them before each query.
 */
export function pagesToSample(guard: PlanGuard, table: LiveTable): SampledPages[] {
  if (guard.whyOnlyCopied(table.name) !== undefined) return []
  const partitions = partitionsToSample(
    table.partitions.filter(
      ({ kind, canSelect, canUseSchema, isRowSecurityActive, pages }) =>
        kind === 'table' && canSelect && canUseSchema && !isRowSecurityActive && pages > 0,
    ),
  )
  return partitions.flatMap((partition) =>
    stretchesOf(partition.pages, Math.ceil(STRETCHES / partitions.length)).map((pages) => ({
      partition,
      pages,
    })),
  )
}

/** The partitions that pages are in. */
export function partitionsOf(sampled: readonly SampledPages[]): Partition[] {
  return [...groupBy(sampled, ({ partition }) => partition).keys()]
}

/** Whether all rows of the table stand on these pages: then a value that the sample lacks is rare. */
export function isWhole(
  sampled: readonly SampledPages[],
  { partitions }: Pick<LiveTable, 'partitions'>,
): boolean {
  const all = partitions.reduce((sum, { pages }) => sum + pages, 0)
  return sampled.reduce((sum, { pages: { first, end } }) => sum + end - first, 0) >= all
}

/** What stands behind FROM for a sample: its rows under the name of the table, with the columns that are named. There must be pages. */
export function sampleSql(
  sampled: readonly SampledPages[],
  { name }: Pick<LiveTable, 'name'>,
  { columns, condition, limit = SAMPLED_ROWS }: SampledRows,
  serverVersion: number,
): string {
  const alias = identifier(name.name)
  const rows = Math.ceil(limit / Math.max(sampled.length, 1))
  const stretches = sampled.map(({ partition, pages }) => {
    const at =
      serverVersion >= FIRST_VERSION_WITH_RANGE_SCAN
        ? pageCondition(pages, `${alias}.ctid`)
        : `${alias}.ctid OPERATOR(pg_catalog.=) ANY (${tidsSql(pages)})`
    const where = condition === undefined ? at : `${at} AND (${condition}\n)`
    return `(SELECT ${columnList(columns)} FROM ONLY ${relation(partition.name)} AS ${alias} WHERE ${where} LIMIT ${rows})`
  })
  return `(${stretches.join('\nUNION ALL ')}) AS ${alias}`
}

/** The largest, and others from the first by name to the last, which is the newest where partitions are named for a time. */
function partitionsToSample(partitions: readonly Partition[]): Partition[] {
  if (partitions.length <= MOST_PARTITIONS) return [...partitions]
  const [largest, ...others] = [...partitions].sort((a, b) => b.bytes - a.bytes)
  const ordered = others.sort((a, b) => (a.name.name < b.name.name ? -1 : 1))
  const step = (ordered.length - 1) / (MOST_PARTITIONS - 2)
  const spread = Array.from({ length: MOST_PARTITIONS - 1 }, (_, index) => ordered[Math.round(index * step)])
  return [largest, ...spread].filter((partition) => partition !== undefined)
}

/** The first pages of each of `count` equal stretches of a table; of the last stretch, the last pages. */
function stretchesOf(pages: number, count: number): SampledPages['pages'][] {
  const length = Math.ceil(pages / count)
  const firsts = Array.from({ length: Math.ceil(pages / length) }, (_, index) => index * length)
  return firsts.map((first, index) =>
    index < firsts.length - 1
      ? { first, end: first + Math.min(length, MOST_PAGES) }
      : { first: Math.max(first, pages - MOST_PAGES), end: pages },
  )
}

/** All places of rows on these pages. */
function tidsSql({ first, end }: SampledPages['pages']): string {
  return `ARRAY(SELECT pg_catalog.format('(%s,%s)', p, r)::pg_catalog.tid FROM pg_catalog.generate_series(${first}, ${end - 1}) AS p, pg_catalog.generate_series(1, ${ROWS_OF_PAGE}) AS r)`
}

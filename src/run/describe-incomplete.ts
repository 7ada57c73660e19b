import { countOf, listSome } from '../core/count-of.ts'
import type { RunSearch } from '../state/run-searches.ts'

/** What a run with exit status 4 left undone. */
export interface Incomplete {
  /** The names of skipped tables, and how many others there are. */
  readonly tables: readonly string[]
  readonly moreTables: number
  /** What does not follow the schema of the source yet. */
  readonly unfollowed?: readonly string[]
  /** What was to follow it after the rows, of a run whose process died. */
  readonly pending?: readonly string[]
  readonly search: readonly Pick<RunSearch, 'searchIndex' | 'status'>[]
}

const MOST_NAMED = 5

/** What is incomplete after a run: one line each for tables, their schema, and search indexes. */
export function describeIncomplete({
  tables,
  moreTables,
  unfollowed = [],
  pending = [],
  search,
}: Incomplete): string[] {
  const count = tables.length + moreTables
  const behind = search.filter(({ status }) => status !== 'done')
  return [
    ...(count === 0
      ? []
      : [
          `${countOf(count, 'table')} ${count === 1 ? 'was left as it was' : 'were left as they were'}: ${listSome(tables, MOST_NAMED, { count })}`,
        ]),
    ...(unfollowed.length === 0
      ? []
      : [`not yet as in the source, as rows violate it: ${listSome(unfollowed, MOST_NAMED)}`]),
    ...(pending.length === 0
      ? []
      : [
          `perhaps not yet as in the source, as the run was cut short: ${listSome(pending, MOST_NAMED)}; the next run makes it so`,
        ]),
    ...(behind.length === 0
      ? []
      : [
          `${countOf(behind.length, 'search index', 'search indexes')} not up to date: ${listSome(
            behind.map(({ searchIndex, status }) => `${searchIndex} (${status})`),
            MOST_NAMED,
          )}`,
        ]),
  ]
}

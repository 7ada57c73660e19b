import { sumOutcomes } from '../api/sum-outcomes.ts'
import { displayName } from '../core/table-name.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { Figures, SearchFigures } from '../notify/ending.ts'
import { describeIncomplete } from '../run/describe-incomplete.ts'
import type { RunResult } from '../run/run-result.ts'

/** What a run did in numbers. */
export function runFigures({ tables, bytes, search }: RunResult): Figures {
  return { rows: sumOutcomes(tables), bytes, search: searchFigures(search) }
}

/** What was done to search indexes in numbers. What their servers said is left out: it may quote documents. */
export function searchFigures(search: readonly SearchOutcome[]): SearchFigures[] {
  return search.map(({ searchIndex, status, indexed, rejected, deleted }) => {
    return { searchIndex, status, indexed, rejected, deleted }
  })
}

/** What a run left undone, in tables, their schema and search indexes; undefined if it left nothing. */
export function runIncomplete({
  skipped,
  unfollowed,
  search,
}: Pick<RunResult, 'skipped' | 'unfollowed' | 'search'>): { message: string } | undefined {
  const tables = skipped.map(({ table }) => displayName(table))
  const lines = describeIncomplete({ tables, moreTables: 0, unfollowed: unfollowed ?? [], search })
  return lines.length === 0 ? undefined : { message: `database done, but incomplete: ${lines.join('; ')}` }
}

/** What a run that was for search indexes alone left undone; undefined if it left nothing. */
export function searchIncomplete({ search }: Pick<RunResult, 'search'>): { message: string } | undefined {
  const lines = describeIncomplete({ tables: [], moreTables: 0, search })
  return lines.length === 0 ? undefined : { message: lines.join('; ') }
}

import { displayName } from '../core/table-name.ts'
import type { SearchOutcome } from '../indexing/index-documents.ts'
import type { Figures, SearchFigures } from '../notify/ending.ts'
import { describeIncomplete } from '../run/describe-incomplete.ts'
import type { RunResult } from '../run/run-result.ts'
import { sumOutcomes } from './sum-outcomes.ts'

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

/** What a run left undone, in a line for tables and one for search indexes. */
export function runIncomplete({ skipped, search }: Pick<RunResult, 'skipped' | 'search'>): string[] {
  return describeIncomplete({ tables: skipped.map(({ table }) => displayName(table)), moreTables: 0, search })
}

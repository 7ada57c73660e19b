import type { RunResult } from '../jobs/run-result.ts'
import type { SearchOutcome } from '../jobs/search/index-documents.ts'
import type { Figures, SearchFigures } from '../notify/ending.ts'
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

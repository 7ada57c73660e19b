import { isUpToDate } from '../../indexing/is-up-to-date.ts'
import type { SearchResult } from '../../jobs/search/index-profile.ts'
import type { RejectedReport } from '../../jobs/search/rejected-documents.ts'
import type { Presentation } from '../presentation.ts'
import { searchWarnings } from '../print/print-search.ts'
import { printRejected, printSearchResult } from '../print/print-search-result.ts'
import { searchFigures, searchIncomplete } from '../run-figures.ts'

/** How a run is shown that was for search indexes alone. */
export const SEARCH_RESULT: Presentation<SearchResult> = {
  audience: 'person',
  print: printSearchResult,
  toJson: (result) => result,
  logMessage: 'run finished',
  warningsOf: ({ search }) => searchWarnings(search),
  figuresOf: ({ search }) => ({ search: searchFigures(search) }),
  incompleteOf: searchIncomplete,
  statusOf: ({ search }) => (isUpToDate(search) ? 'done' : 'incomplete'),
}

/** How rejected documents are shown. */
export const REJECTED: Presentation<RejectedReport> = {
  audience: 'anyone',
  print: printRejected,
  toJson: ({ output, ...report }) => ({ ...report, output: output ?? null }),
  statusOf: ({ indexes }) =>
    indexes.every(({ documents }) => documents.length === 0) ? 'done' : 'incomplete',
}

import type { RetryResult } from '../../jobs/retry-swap.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { previousLine } from './previous-line.ts'
import { printSearch } from './print-search.ts'
import { warningLines } from './warning-lines.ts'

/** Prints that the target is the database now that a run has built. */
export function printRetryResult(
  { runId, previousDatabase, search, warnings }: RetryResult,
  page: Page,
): void {
  const { paint } = page
  page.prose(`${paint.green('✔')} ${paint.bold(`Switched to the database that run ${runId} has built`)}.`)
  if (previousDatabase !== undefined) page.prose(paint.dim(previousLine(printable(previousDatabase))))
  printSearch(search, page)
  for (const warning of warnings) for (const line of warningLines(warning, paint)) page.prose(line)
}

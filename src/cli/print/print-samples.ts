import type { DocumentSamples } from '../../jobs/search/sample-documents.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints one document of each search index. */
export function printSamples({ indexes }: DocumentSamples, page: Page): void {
  for (const { searchIndex, document } of indexes) {
    if (document === null) page.prose(`${printable(searchIndex)}: the query returns no document.`)
    else page.line(`${printable(searchIndex)}: ${printable(document)}`)
  }
}

import { countOf } from '../../core/count-of.ts'
import type { DocumentExport } from '../../jobs/search/export-documents.ts'
import type { TenantList } from '../../jobs/search/list-tenants.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { figure, printTable } from './print-table.ts'

/** Prints the tenants of a store. */
export function printTenants({ searchIndex, tenants }: TenantList, page: Page): void {
  page.line(`${page.paint.bold(printable(searchIndex))}: ${countOf(tenants.length, 'tenant')}`)
  if (tenants.length === 0) return
  printTable<TenantList['tenants'][number]>(
    page,
    [
      { head: 'Tenant', cell: ({ tenantId }) => tenantId },
      figure('Documents', ({ documents }) => documents),
      figure('Indexed', ({ indexed }) => indexed),
      figure('Rejected', ({ rejected }) => rejected),
      figure('Pending', ({ pending }) => pending),
    ],
    tenants,
  )
}

/** Prints where documents were written. */
export function printDocumentExport({ searchIndex, documents, output }: DocumentExport, page: Page): void {
  const name = page.paint.bold(printable(searchIndex))
  page.prose(
    `${page.paint.green('✔')} ${name}: ${countOf(documents, 'document')} written to ${printable(output)}`,
  )
}

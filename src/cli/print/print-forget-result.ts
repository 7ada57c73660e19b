import type { ForgetResult } from '../../jobs/forget-source.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints which sources a database has forgotten. */
export function printForgetResult({ database, sources }: ForgetResult, page: Page): void {
  const { paint } = page
  for (const { name, database: own } of sources) {
    const which = `${printable(name)}, database ${printable(own)}`
    page.prose(`${paint.green('✔')} ${paint.bold(printable(database))} has forgotten its source ${which}.`)
  }
}

import type { InitResult } from '../../jobs/init.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'

/** Prints what `init` wrote and what to do next. */
export function printInitResult({ path, envVariables }: InitResult, page: Page): void {
  const { paint } = page
  page.line(`${paint.green('✔')} Wrote ${paint.bold(printable(path))}`)
  page.line()
  page.line('Set these in the environment or in .env:')
  for (const variable of envVariables) page.line(`  ${paint.cyan(variable)}`)
  page.line()
  page.line('Then: mbsync check')
}

import { countOf } from '../../core/count-of.ts'
import type { CheckReport } from '../../jobs/check/check.ts'
import type { WrittenConfig } from '../../jobs/init/init.ts'
import type { Protection } from '../../jobs/init/offer-protection.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { printCheck } from './print-check.ts'

/** What `init` wrote, and if the databases are known, how they stand. */
export interface InitResult extends WrittenConfig {
  readonly check: CheckReport | undefined
  /** How the source is protected; absent where it was not looked at, or was protected before. */
  readonly protection?: Protection | undefined
  /** A line that runs the profile every night. */
  readonly crontab: string
}

/** Prints what `init` wrote and what to do next. */
export function printInitResult(result: InitResult, page: Page): void {
  const { paint } = page
  const wrote = (path: string) => page.line(`${paint.green('✔')} Wrote ${paint.bold(printable(path))}`)
  wrote(result.path)
  if (result.envPath !== undefined) wrote(result.envPath)
  if (result.check === undefined) printVariables(result, page)
  else {
    printSurvey(result, page)
    page.line()
    printCheck(result.check, page)
  }
  if (result.protection !== undefined) printProtection(result.protection, page)
  page.line()
  page.line('Every night, with `crontab -e`:')
  page.line(printable(result.crontab))
}

function printProtection({ database, statement, host, isSet }: Protection, page: Page): void {
  page.line()
  if (isSet) {
    page.prose(`${page.paint.green('✔')} ${printable(database)} is protected: mbsync will never write to it`)
    return
  }
  if (statement === undefined) {
    const where = printable(host ?? 'the host')
    page.prose(
      `mbsync.yaml protects ${printable(database)} (protected: true). Add that to every other mbsync.yaml that names it: on ${where} no customer may set it in the database itself.`,
    )
    return
  }
  page.prose(`To keep every mbsync from writing to ${printable(database)}, run as a superuser:`)
  page.line(`  ${printable(statement)}`)
}

function printVariables({ envVariables }: InitResult, page: Page): void {
  page.line()
  page.line('Set these in the environment or in .env:')
  for (const variable of envVariables) page.line(`  ${page.paint.cyan(variable)}`)
  page.line()
  page.line('Then: mbsync check')
}

function printSurvey({ tables = [] }: InitResult, page: Page): void {
  const left = tables.filter(({ isHistory, platform }) => isHistory || platform !== undefined).length
  const personal = tables.filter(({ personalColumns }) => personalColumns.length > 0).length
  page.prose(`  ${countOf(tables.length, 'table')} in the source, ${left} left out: see include and exclude`)
  if (personal > 0) {
    page.prose(
      `  ${countOf(personal, 'table')} with columns that may hold personal data: nothing is masked yet, see mbsync.yaml`,
    )
  }
}

import { countOf } from '../../core/count-of.ts'
import type { CheckReport } from '../../jobs/check.ts'
import type { Check } from '../../jobs/checklist.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { countFailures } from '../json/check-to-json.ts'
import type { Page } from './page.ts'
import { printPlannedTables } from './print-plan.ts'

/** Prints what a run would do, everything it needs and how that stands, and whether it would run. */
export function printCheck(report: CheckReport, page: Page): void {
  const { plan, checks, profile } = report
  if (plan !== undefined) {
    printPlannedTables(plan, page)
    page.line()
  }
  for (const line of checkLines(checks, page.paint)) page.prose(line)
  page.line()
  page.line(verdict(checks, profile, page.paint))
}

function checkLines(checks: readonly Check[], paint: Paint): string[] {
  const marks = { ok: paint.green('✔'), warning: paint.yellow('!'), failure: paint.red('✖') }
  return checks.flatMap(({ status, subject, message, hint }) => {
    const line = `${marks[status]} ${paint.bold(printable(subject))}: ${printable(message)}`
    return hint === undefined ? [line] : [line, paint.dim(`  ${printable(hint)}`)]
  })
}

function verdict(checks: readonly Check[], profile: string, paint: Paint): string {
  const failures = countFailures(checks)
  const warnings = checks.filter(({ status }) => status === 'warning').length
  const and = warnings === 0 ? '' : `, ${countOf(warnings, 'warning')}`
  const command = `\`mbsync sync ${printable(profile)}\``
  if (failures > 0)
    return `${paint.red('✖')} ${paint.bold(`Not ready: ${countOf(failures, 'failure')}${and}.`)}`
  return `${paint.green('✔')} ${paint.bold('Ready:')} ${command} would run${and === '' ? '' : ` (${and.slice(2)})`}.`
}

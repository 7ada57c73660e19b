import { profileArguments } from '../../config/command-arguments.ts'
import { countOf } from '../../core/count-of.ts'
import type { CheckReport } from '../../jobs/check/check.ts'
import type { Check } from '../../jobs/check/checklist.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { countFailures } from '../json/check-to-json.ts'
import type { Page } from './page.ts'
import { printPlannedTables } from './print-plan.ts'

/** Prints what a run would do, everything it needs and how that stands, and whether it would run. */
export function printCheck(report: CheckReport, page: Page): void {
  const { plan, checks } = report
  if (plan !== undefined) {
    printPlannedTables(plan, page)
    page.line()
  }
  for (const line of checkLines(foldGood(checks), page.paint)) page.prose(line)
  page.line()
  page.prose(verdict(report, page.paint))
}

/** What is well with one database stands on one line. */
function foldGood(checks: readonly Check[]): Check[] {
  const isPlain = ({ status, hint, code }: Check) =>
    status === 'ok' && hint === undefined && code === undefined
  const folded: Check[] = []
  for (const check of checks) {
    const last = folded.at(-1)
    if (last !== undefined && last.subject === check.subject && isPlain(last) && isPlain(check))
      folded.splice(-1, 1, { ...last, message: `${last.message}. ${check.message}` })
    else folded.push(check)
  }
  return folded
}

function checkLines(checks: readonly Check[], paint: Paint): string[] {
  const marks = {
    ok: paint.green('✔'),
    note: paint.cyan('•'),
    warning: paint.yellow('!'),
    failure: paint.red('✖'),
  }
  return checks.flatMap(({ status, subject, message, hint, code }) => {
    const shownCode = code === undefined || status === 'failure' ? '' : paint.dim(` [${code}]`)
    const mark = marks[status === 'ok' && code !== undefined ? 'note' : status]
    const line = `${mark} ${paint.bold(printable(subject))}: ${printable(message)}${shownCode}`
    return hint === undefined ? [line] : [line, paint.dim(`  ${printable(hint)}`)]
  })
}

function verdict({ checks, profile, plan }: CheckReport, paint: Paint): string {
  const failures = countFailures(checks)
  const warnings = checks.filter(({ status }) => status === 'warning').length
  const and = warnings === 0 ? '' : `, ${countOf(warnings, 'warning')}`
  const command = `\`mbsync sync ${printable(profileArguments(profile))}\``
  if (failures > 0)
    return `${paint.red('✖')} ${paint.bold(`Not ready: ${countOf(failures, 'failure')}${and}.`)}`
  const skipped = plan?.skipped.length ?? 0
  const left =
    skipped === 0
      ? ''
      : `, leave ${countOf(skipped, 'table')} as ${skipped === 1 ? 'it is' : 'they are'} and end with 4`
  return `${paint.green('✔')} ${paint.bold('Ready:')} ${command} would run${left}${and === '' ? '' : ` (${and.slice(2)})`}.`
}

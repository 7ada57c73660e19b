import { countOf } from '../../core/count-of.ts'
import { MASKED_BY_KEY } from '../../core/mask.ts'
import { shellWord } from '../../core/shell-word.ts'
import { displayName } from '../../core/table-name.ts'
import type { PrivacyReport } from '../../jobs/privacy.ts'
import { describeSuggestion } from '../format/describe-suggestion.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { printTable } from './print-table.ts'

/** Prints which columns look personal and leave the source as they are. */
export function printPrivacy(report: PrivacyReport, page: Page): void {
  const { findings, accepted, masked, profile, written, path } = report
  if (findings.length > 0) {
    printTable(
      page,
      [
        {
          head: 'Column',
          isElastic: true,
          cell: ({ table, column }) => printable(`${displayName(table)} ${column}`),
        },
        { head: 'Looks like', cell: ({ kind }) => kind },
        { head: 'Why', isElastic: true, cell: ({ reasons }) => reasons.join('; ') },
        { head: 'Mask', cell: ({ suggestion }) => describeSuggestion(suggestion) },
      ],
      findings,
    )
    page.line()
  }
  for (const { table, column, reason } of accepted)
    page.prose(
      page.paint.dim(`Accepted: ${printable(`${displayName(table)} ${column}`)}: ${printable(reason)}`),
    )
  const tied = masked.filter(({ mask }) => mask === MASKED_BY_KEY)
  if (tied.length > 0)
    page.prose(
      `Masked only as long as a foreign key ties them to a masked column: ${tied.map(({ table, column }) => printable(`${table} ${column}`)).join(', ')}. Name them in mask of the profile, too.`,
    )
  page.prose(`${countOf(masked.length, 'column')} masked, ${accepted.length} accepted.`)
  if (path !== undefined) page.prose(`Report written to ${printable(path)}`)
  if (written !== undefined) {
    page.prose(
      `${page.paint.green('✔')} ${countOf(written, 'mask')} written. Review them, then run mbsync check ${printable(shellWord(profile))}.`,
    )
    if (findings.length > written)
      page.prose(
        `${page.paint.red('✖')} No mask is known to fit ${countOf(findings.length - written, 'column')}: check would refuse each, for a constraint or the type. Write an expression in mask, or accept the column with a reason: { accept: … }.`,
      )
  } else if (findings.length === 0) page.prose(`${page.paint.green('✔')} No other column looks personal.`)
  else
    page.prose(
      `${page.paint.red('✖')} ${countOf(findings.length, 'column')} would leave the source unmasked. Add masks with mbsync privacy ${printable(shellWord(profile))} --write, or accept a column with a reason: { accept: … }.`,
    )
}

import { changedRows, sumOutcomes } from '../../api/sum-outcomes.ts'
import { countOf } from '../../core/count-of.ts'
import { sum } from '../../core/sum.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { describeTopics } from '../../run/follow/plan-follow.ts'
import type { RunResult } from '../../run/run-result.ts'
import { formatBytes } from '../format/format-bytes.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable } from '../format/printable.ts'
import { findingLines } from './finding-lines.ts'
import type { Page } from './page.ts'
import { previousLine } from './previous-line.ts'
import { describeChanges, describeSequences, printOutcomes } from './print-outcomes.ts'
import { printSearch } from './print-search.ts'
import { warningLines } from './warning-lines.ts'

/** Prints what a run did: every table, the totals, notes and warnings, and how to undo it. */
export function printRunResult(result: RunResult, undoCommand: string, page: Page): void {
  const { paint } = page
  page.line()
  printOutcomes(result.tables, page)
  const took = formatDuration(result.durationMs)
  const facts = [
    describeChanges(result.tables),
    `${formatBytes(result.bytes)} read`,
    ...describeSequences(result.sequencesSet),
  ]
  page.prose(`${paint.green('✔')} ${paint.bold(`Run ${result.runId} done in ${took}`)}: ${facts.join(', ')}.`)
  if (result.created.length > 0) page.prose(`  Created: ${describeCreated(result.created)}.`)
  if (result.followed.length > 0) page.prose(`  Changed in the schema: ${describeTopics(result.followed)}.`)
  const kept = describeKept(result)
  if (kept !== undefined) page.prose(`  ${kept}`)
  if (hasChanged(result)) page.line(paint.dim(`  To undo it: ${printable(undoCommand)}`))
  if (result.previousDatabase !== undefined)
    page.prose(paint.dim(previousLine(printable(result.previousDatabase))))
  if (result.backup !== undefined)
    page.line(paint.dim(`  Backup of the tables before the run: ${printable(result.backup)}`))
  printSearch(result.search, page)
  const after = [
    ...findingLines(result.notes, paint),
    ...result.warnings.flatMap((warning) => warningLines(warning, paint)),
  ]
  if (result.knownNotes > 0)
    after.push(
      paint.dim(
        `  ${countOf(result.knownNotes, 'note')} as before: mbsync check shows ${result.knownNotes === 1 ? 'it' : 'them'}.`,
      ),
    )
  if (after.length > 0) page.line()
  for (const line of after) page.prose(line)
}

/** How many rows the target keeps, and what they kept out. */
function describeKept({ tables }: RunResult): string | undefined {
  const keeping = tables.filter(({ kept = 0 }) => kept > 0)
  if (keeping.length === 0) return undefined
  const rows = sum(keeping.map(({ kept = 0 }) => kept))
  const leftOut = sum(keeping.map((table) => table.leftOut ?? 0))
  const instead =
    leftOut === 0 ? '' : `; ${countOf(leftOut, 'row')} of the source with the same keys left out`
  return `Kept in the target: ${countOf(rows, 'row')} in ${countOf(keeping.length, 'table')}${instead}.`
}

function hasChanged({ tables, sequencesSet }: RunResult): boolean {
  return sequencesSet > 0 || changedRows(sumOutcomes(tables)) > 0
}

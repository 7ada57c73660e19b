import type { RollbackResult } from '../../jobs/rollback.ts'
import { describeCreated } from '../../run/creation/describe-created.ts'
import { describeTopics } from '../../run/follow/plan-follow.ts'
import { formatDuration } from '../format/format-duration.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { describeChanges, describeSequences, printOutcomes } from './print-outcomes.ts'
import { warningLines } from './warning-lines.ts'

/** Prints what a rollback restored. */
export function printRollbackResult(result: RollbackResult, page: Page): void {
  const { paint } = page
  page.line()
  printOutcomes(result.tables, page)
  const { undoneDatabase } = result
  const done = paint.bold(`Run ${result.undoneRunId} undone in ${formatDuration(result.durationMs)}`)
  const facts = [describeChanges(result.tables), ...describeSequences(result.sequencesSet)].join(', ')
  if (undoneDatabase === undefined) page.prose(`${paint.green('✔')} ${done}: ${facts}.`)
  else {
    page.prose(`${paint.green('✔')} ${done}: the target is the previous database again.`)
    page.prose(
      paint.dim(`  The undone database is kept as ${printable(undoneDatabase)} until the next run drops it.`),
    )
  }
  if (result.created.length > 0)
    page.prose(
      paint.dim(
        `  What run ${result.undoneRunId} had created stays; only histories of migrations keep their rows: ${describeCreated(result.created)}.`,
      ),
    )
  if (result.followed.length > 0)
    page.prose(
      paint.dim(
        `  What run ${result.undoneRunId} had changed in the schema stays: ${describeTopics(result.followed)}.`,
      ),
    )
  if (undoneDatabase === undefined && result.tables.length === 0 && result.sequencesSet === 0)
    page.prose(
      paint.dim(
        `  Run ${result.undoneRunId} had changed nothing: the next rollback undoes the run before it.`,
      ),
    )
  page.line(paint.dim(`  The rollback is run ${result.runId}.`))
  for (const warning of result.warnings) for (const line of warningLines(warning, paint)) page.prose(line)
}

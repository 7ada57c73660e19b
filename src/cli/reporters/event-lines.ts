import type { ProgressEvent } from '../../progress/progress.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { truncate } from '../format/text-width.ts'
import { warningLines } from '../print/warning-lines.ts'

/**
 * The lines that stay on a terminal for an event; none for those that only move the progress. Statements are told where there are
 * `statementColumns` for them.
 */
export function eventLines(
  event: ProgressEvent,
  paint: Paint,
  statementColumns: number | undefined,
): string[] {
  switch (event.type) {
    case 'run-opened':
      return [paint.dim(`Run ${event.runId} of ${printable(event.profile)}`)]
    case 'info':
      return [`${paint.cyan('•')} ${printable(event.message)}`]
    case 'warning':
      return warningLines(event, paint)
    case 'statement':
      return statementColumns === undefined ? [] : [paint.dim(statementLine(event, statementColumns))]
    default:
      return []
  }
}

function statementLine(event: ProgressEvent & { type: 'statement' }, columns: number): string {
  const { database, purpose, durationMs, hasFailed } = event
  const took = formatDuration(durationMs).padStart(7)
  const line = `  ${printable(database)} ${took}${hasFailed ? ' failed' : ''}  ${printable(purpose)}`
  return truncate(line, columns)
}

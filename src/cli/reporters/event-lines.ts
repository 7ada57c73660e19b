import type { ProgressEvent } from '../../core/progress.ts'
import { formatDuration } from '../format/format-duration.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { warningLines } from '../print/warning-lines.ts'

/** The lines that stay on a terminal for an event; none for those that only move the progress, nor without `isVerbose` for statements. */
export function eventLines(event: ProgressEvent, paint: Paint, isVerbose: boolean): string[] {
  switch (event.type) {
    case 'run-opened':
      return [paint.dim(`Run ${event.runId} of ${printable(event.profile)}`)]
    case 'info':
      return [`${paint.cyan('•')} ${printable(event.message)}`]
    case 'warning':
      return warningLines(event, paint)
    case 'statement':
      return isVerbose ? [paint.dim(statementLine(event))] : []
    default:
      return []
  }
}

function statementLine(event: ProgressEvent & { type: 'statement' }): string {
  const { database, purpose, durationMs, hasFailed } = event
  const took = formatDuration(durationMs).padStart(7)
  return `  ${printable(database)} ${took}${hasFailed ? ' failed' : ''}  ${printable(purpose)}`
}

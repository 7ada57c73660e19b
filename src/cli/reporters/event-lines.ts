import type { ProgressEvent } from '../../core/progress.ts'
import type { Paint } from '../format/paint.ts'
import { printable } from '../format/printable.ts'
import { warningLines } from '../print/warning-lines.ts'

/** The lines that stay on a terminal for an event; none for those that only move the progress. */
export function eventLines(event: ProgressEvent, paint: Paint): string[] {
  switch (event.type) {
    case 'run-opened':
      return [paint.dim(`Run ${event.runId} of ${printable(event.profile)}`)]
    case 'info':
      return [`${paint.cyan('•')} ${printable(event.message)}`]
    case 'warning':
      return warningLines(event, paint)
    default:
      return []
  }
}

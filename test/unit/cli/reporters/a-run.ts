import type { ProgressEvent } from '../../../../src/progress/progress.ts'

const table = { schema: 'public', name: 'users' }
const place = { table, part: 1, parts: 1, estimatedBytes: 2000 } as const

/** The events of a small run up to the middle of landing. */
export const LANDING: readonly ProgressEvent[] = [
  { type: 'run-opened', runId: 42, profile: 'prod-to-staging' },
  { type: 'phase', phase: 'validate' },
  { type: 'info', message: 'replica role is allowed' },
  { type: 'phase', phase: 'land' },
  { type: 'copy-planned', tables: 1, parts: 1, estimatedBytes: 2000, estimatedRows: 20 },
  { type: 'part-started', ...place },
  { type: 'bytes', table, part: 1, bytes: 1000 },
  { type: 'warning', message: 'slow\u001b[2J', hint: 'Wait.' },
]

/** The events of the same run from there to its end. */
export const THE_REST: readonly ProgressEvent[] = [
  { type: 'part-finished', ...place, rows: 10, bytes: 1500 },
  { type: 'phase', phase: 'merge' },
  { type: 'merge-planned', tables: 1 },
  { type: 'table-compared', table, changedRows: 3, durationMs: 5 },
  { type: 'table-merged', table },
  { type: 'phase', phase: 'finish' },
]

import { expect, test } from 'vitest'
import { describeFinishedPhase } from '../../../../src/cli/reporters/describe-phase.ts'
import type { TableName } from '../../../../src/core/table-name.ts'
import type { ProgressEvent } from '../../../../src/progress/progress.ts'
import { RunProgress } from '../../../../src/progress/run-progress.ts'

const TABLE: TableName = { schema: 'public', name: 'users' }

function afterMerge(...events: readonly ProgressEvent[]): string {
  const progress = new RunProgress()
  progress.observe({ type: 'phase', phase: 'merge' }, 0)
  progress.observe({ type: 'merge-planned', tables: 1 }, 0)
  for (const event of events) progress.observe(event, 0)
  return describeFinishedPhase('merge', progress, 1000)
}

test('a merge says how many rows have changed, a load that its rows are committed', () => {
  const written: ProgressEvent = { type: 'rows-written', table: TABLE, rows: 7, durationMs: 1 }
  const compared: ProgressEvent = { type: 'table-compared', table: TABLE, changedRows: 7, durationMs: 1 }
  expect(afterMerge(compared, written)).toBe('Merged 1 table, 7 rows changed in 1.0s')
  expect(afterMerge()).toBe('Merged 1 table, 0 rows changed in 1.0s')
  expect(afterMerge(written)).toBe('Committed 1 table in 1.0s')
})

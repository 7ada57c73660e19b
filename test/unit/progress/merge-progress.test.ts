import { expect, test } from 'vitest'
import type { ProgressEvent } from '../../../src/progress/progress.ts'
import { MergeProgress } from '../../../src/progress/run-progress.ts'

const table = { schema: 'public', name: 'users' }

test('a merge counts what it has compared and written, and a watcher that comes late sees the same', () => {
  const merge = new MergeProgress()
  const events: ProgressEvent[] = [
    { type: 'merge-planned', tables: 2 },
    { type: 'table-compared', table, changedRows: 300, durationMs: 1 },
    { type: 'table-compared', table, changedRows: 100, durationMs: 1 },
    { type: 'rows-written', table, rows: 100, durationMs: 2000 },
    { type: 'table-merged', table },
  ]
  for (const event of events) merge.observe(event)
  const counts = { tables: 2, compared: 2, merged: 1, rowsChanged: 400, rowsWritten: 100 }
  expect(merge.snapshot()).toEqual(counts)
  const late = new MergeProgress()
  late.restore(merge.snapshot())
  expect(late.snapshot()).toEqual(counts)
})

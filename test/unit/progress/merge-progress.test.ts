import { expect, test } from 'vitest'
import { MergeProgress } from '../../../src/progress/merge-progress.ts'
import type { ProgressEvent } from '../../../src/progress/progress.ts'

const table = { schema: 'public', name: 'users' }

test('a merge compares, then writes, and its time left counts down within a statement', () => {
  const merge = new MergeProgress()
  const observe = (event: ProgressEvent, nowMs: number) => merge.observe(event, nowMs)
  observe({ type: 'merge-planned', tables: 2 }, 0)
  observe({ type: 'table-compared', table, changedRows: 300, durationMs: 1 }, 500)
  expect([merge.isWriting, merge.secondsLeft(900)]).toEqual([false, undefined])
  observe({ type: 'table-compared', table, changedRows: 100, durationMs: 1 }, 1000)
  expect([merge.isWriting, merge.fraction, merge.secondsLeft(1500)]).toEqual([true, 0, undefined])
  observe({ type: 'rows-written', table, rows: 100, durationMs: 2000 }, 3000)
  expect([merge.fraction, merge.secondsLeft(3000), merge.secondsLeft(5000)]).toEqual([0.25, 6, 4])
  expect(merge.secondsLeft(60_000), 'an estimate that was too short is not shown').toBeUndefined()
})

test('a watcher that comes late sees the same as one that was there', () => {
  const merge = new MergeProgress()
  merge.observe({ type: 'merge-planned', tables: 1 }, 0)
  merge.observe({ type: 'table-compared', table, changedRows: 8, durationMs: 1 }, 1)
  merge.observe({ type: 'rows-written', table, rows: 2, durationMs: 1 }, 2)
  const late = new MergeProgress()
  late.restore(merge.snapshot(), 5)
  expect([late.isWriting, late.fraction, late.snapshot()]).toEqual([true, 0.25, merge.snapshot()])
})

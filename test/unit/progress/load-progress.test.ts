import { expect, test } from 'vitest'
import { loadState } from '../../../src/progress/load-progress.ts'
import type { ProgressEvent } from '../../../src/progress/progress.ts'
import { RunProgress } from '../../../src/progress/run-progress.ts'

const table = { schema: 'public', name: 'users' }
const part = { table, part: 1, parts: 1, estimatedBytes: 1000 }

test('a load is copying and what follows it, and goes on where copying of other tables waits', () => {
  const progress = new RunProgress()
  const at = (nowMs: number, ...events: ProgressEvent[]) => {
    for (const event of events) progress.observe(event, nowMs)
    return loadState(progress, nowMs)
  }
  const planned = {
    type: 'copy-planned',
    tables: 2,
    parts: 2,
    estimatedBytes: 2000,
    estimatedRows: 2,
  } as const
  expect(at(0, { type: 'phase', phase: 'land' }, planned), 'nothing follows').toBeUndefined()
  expect(at(0, { type: 'stage-planned', stage: 'index', total: 2000 })).toEqual({
    fraction: 0,
    secondsLeft: undefined,
  })
  const copied = at(5000, { type: 'part-finished', ...part, rows: 1, bytes: 1000 })
  expect(copied?.fraction).toBeCloseTo((5 * 0.5) / 9)
  const piece = { stage: 'index', name: 'public.users' } as const
  const indexed = at(
    5000,
    { type: 'work-started', ...piece, amount: 1000 },
    { type: 'work-finished', ...piece },
  )
  expect(indexed?.fraction).toBeCloseTo(0.5)
  expect(indexed?.secondsLeft).toBeCloseTo(5)
})

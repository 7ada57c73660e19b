import { expect, test } from 'vitest'
import type { ProgressEvent } from '../../../src/progress/progress.ts'
import { SnapshotTaker } from '../../../src/progress/progress-snapshot.ts'
import { decodeSnapshot, encodeSnapshot } from '../../../src/state/progress-channel.ts'
import { LANDING, THE_REST } from '../cli/reporters/a-run.ts'

function snapshotAfter(events: readonly ProgressEvent[]) {
  const taker = new SnapshotTaker(42, 'prod-to-staging')
  for (const event of events) taker.observe(event, 1000)
  return taker.take(2000)
}

test('a snapshot arrives as it was sent', () => {
  const snapshot = snapshotAfter([...LANDING, ...THE_REST])
  expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual(snapshot)
})

test('any message fits in a notification, in any encoding', () => {
  const parts = Array.from({ length: 32 }, (_, index): ProgressEvent => {
    const table = { schema: 'ü'.repeat(63), name: '表'.repeat(20) }
    return { type: 'part-started', table, part: index + 1, parts: 99_999, estimatedBytes: 1e12 }
  })
  const words = Array.from({ length: 9 }, (): ProgressEvent => ({ type: 'info', message: '„…“'.repeat(999) }))
  const text = encodeSnapshot(snapshotAfter([...LANDING, ...parts, ...words]))
  expect(text.length).toBeLessThan(8000)
  expect(text).toMatch(/^[ -~]+$/)
  const decoded = decodeSnapshot(text)
  expect(decoded?.phases.at(-1)).toMatchObject({ phase: 'land', copying: { planned: { parts: 1 } } })
  expect(decoded?.phases.at(-1)?.copying?.running.length).toBeGreaterThan(3)
})

test.each(['', '{}', 'null', '{"runId":-1,"profile":"x","phases":[],"notes":[]}', '[1', '"\\u0000"'])(
  'what is no snapshot is ignored: %s',
  (text) => {
    expect(decodeSnapshot(text)).toBeUndefined()
  },
)

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PlainReporter } from '../../../src/cli/reporters/plain-reporter.ts'
import { TerminalReporter } from '../../../src/cli/reporters/terminal-reporter.ts'
import { SnapshotReplay, SnapshotTaker } from '../../../src/progress/progress-snapshot.ts'
import { captureSurroundings } from '../../support/captured-surroundings.ts'
import { LANDING, THE_REST } from '../cli/reporters/a-run.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('who comes when all is over sees every phase as who was there', () => {
  const [there, late] = [captureSurroundings({ columns: 80 }), captureSurroundings({ columns: 80 })]
  const taker = new SnapshotTaker(42, 'prod-to-staging')
  const reporter = new PlainReporter(there)
  for (const event of [...LANDING, ...THE_REST]) {
    vi.advanceTimersByTime(1000)
    taker.observe(event, Date.now())
    reporter.report(event)
  }
  vi.advanceTimersByTime(1000)
  reporter.finished()
  const watcher = new PlainReporter(late)
  for (const event of new SnapshotReplay(42).eventsOf(taker.take(Date.now()))) watcher.report(event)
  watcher.finished()
  const phases = ({ stderr }: typeof there) => stderr.lines.filter((line) => line.startsWith('✔'))
  expect(phases(late)).toStrictEqual(phases(there))
  expect(phases(late)).toHaveLength(4)
  expect(late.stderr.lines).toContain('⚠ slow\\x1b[2J')
})

test('who comes in the middle sees the bars with the same figures, and rates as soon as something moves', () => {
  const late = captureSurroundings({ columns: 100 })
  const taker = new SnapshotTaker(42, 'prod-to-staging')
  const replay = new SnapshotReplay(42)
  const reporter = new TerminalReporter(late)
  const look = () => {
    for (const event of replay.eventsOf(taker.take(Date.now()))) reporter.report(event)
  }
  for (const event of LANDING) taker.observe(event, Date.now())
  look()
  vi.advanceTimersByTime(1000)
  expect(late.stderr.lines.join(' ')).toMatch(/Landing .* 50% +1\.0 kB of ~2\.0 kB +0 B\/s/)
  const table = { schema: 'public', name: 'users' }
  taker.observe({ type: 'bytes', table, part: 1, bytes: 500 }, Date.now())
  look()
  vi.advanceTimersByTime(1000)
  reporter.close()
  expect(late.stderr.lines.join(' ')).toMatch(/75% +1\.5 kB of ~2\.0 kB +250 B\/s/)
  expect(late.stderr.lines.join(' ')).toMatch(/public\.users/)
})

test('a snapshot of another run, or an older one, tells nothing', () => {
  const taker = new SnapshotTaker(42, 'prod-to-staging')
  const early = taker.take(0)
  for (const event of LANDING) taker.observe(event, 0)
  const replay = new SnapshotReplay(42)
  expect(replay.eventsOf(taker.take(0)).length).toBeGreaterThan(0)
  expect(replay.eventsOf(early)).toStrictEqual([])
  expect(new SnapshotReplay(41).eventsOf(taker.take(0))).toStrictEqual([])
})

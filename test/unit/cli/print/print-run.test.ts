import { expect, test } from 'vitest'
import { printRun } from '../../../../src/cli/print/print-run.ts'
import { RUN } from '../html/a-page.ts'
import { printed } from './printed-page.ts'

test('a run is told with its tables, search indexes and warnings, and nothing in it can move the cursor', () => {
  const text = printed((page) =>
    printRun({ ...RUN, startedAt: new Date(2026, 0, 2, 3, 4, 5), error: 'x\u001b[2J' }, page),
  )
  const lines = text.split('\n')
  expect(lines[0]).toMatch(/^Run 42 of .* on staging: succeeded, search incomplete$/)
  for (const line of [
    '  Started    2026-01-02 03:04:05, took 26.0s',
    '  Ended with exit status 4',
    '  Error      x\\x1b[2J',
    '  Read       123.5 MB',
    '  Rows       1,200 inserted, 30 updated, 4 deleted, 1,000,000 unchanged',
    '  Sequences  3 set',
    '  Phases     land 10.0s, merge 10.0s, search 6.0s',
    '  Undo       mbsync rollback can undo it',
  ])
    expect(lines.map((each) => each.replace(/took .*/, 'took 26.0s'))).toContain(line)
  expect(text).toMatch(/^public\.idle +incremental +0 +0 +0 +1,000,000 +0 B +1ms$/m)
  expect(text).toMatch(/update +rejected +100 +19 +1 +0 +700ms$/m)
  expect(text).toMatch(/^⚠ /m)
  expect(text).not.toContain('\u001b')
})

test.each([
  [{ state: 'under way', status: 'running', exitCode: undefined, finishedAt: undefined }, 'under way'],
  [
    { state: 'committing', status: 'running', exitCode: undefined },
    'under way, its COMMIT waits for a synchronous standby',
  ],
  [{ state: 'died', status: 'running', exitCode: undefined }, 'died'],
  [{ state: 'died', status: 'succeeded', exitCode: undefined }, 'succeeded, cut short after COMMIT'],
  [{ state: 'ended', status: 'refused', exitCode: 3 }, 'refused'],
  [{ state: 'ended', status: 'succeeded', exitCode: 0 }, 'succeeded'],
] as const)('a run that is %o', (run, words) => {
  const [title] = printed((page) => printRun({ ...RUN, ...run }, page)).split('\n')
  expect(title).toMatch(new RegExp(`: ${words}$`))
})

test('a target without runs says so', () => {
  expect(printed((page) => printRun(undefined, page))).toBe('No runs yet.')
})

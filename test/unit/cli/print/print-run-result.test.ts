import { expect, test } from 'vitest'
import { printRunResult } from '../../../../src/cli/print/print-run-result.ts'
import type { RunResult, TableOutcome } from '../../../../src/run/run-result.ts'
import { printed } from './printed-page.ts'

function outcome(name: string, changes: Partial<TableOutcome> = {}): TableOutcome {
  const table = { schema: 'public', name }
  return { table, inserted: 0, updated: 0, deleted: 0, unchanged: 1000, durationMs: 1204, ...changes }
}

const result: RunResult = {
  runId: 42,
  profile: 'prod-to-staging',
  startedAt: new Date(0),
  durationMs: 26_432,
  bytes: 1_234_567_890,
  tables: [outcome('orders', { inserted: 1234, updated: 3 }), outcome('users')],
  created: [],
  followed: [],
  sequencesSet: 1,
  search: [],
  notes: [],
  knownNotes: 0,
  skipped: [],
  warnings: [],
}

test('every table, the totals and the way back are told', () => {
  expect(printed((page) => printRunResult(result, 'mbsync rollback prod-to-staging', page))).toBe(
    [
      '',
      'Table          Inserted  Updated  Deleted  Unchanged  Time',
      'public.orders     1,234        3        0      1,000  1.2s',
      'public.users          0        0        0      1,000  1.2s',
      'Total             1,234        3        0      2,000',
      '',
      '✔ Run 42 done in 26.4s: 1,237 rows changed in 1 of 2 tables, 1.2 GB read, 1 sequence set.',
      '  To undo it: mbsync rollback prod-to-staging',
    ].join('\n'),
  )
})

test('a run that has changed nothing offers nothing to undo', () => {
  const idle = { ...result, tables: [outcome('users')], sequencesSet: 0 }
  expect(printed((page) => printRunResult(idle, 'mbsync rollback', page))).not.toContain('To undo it')
})

test('notes and warnings come last', () => {
  const notes = [{ severity: 'note', subject: 'public.log', message: 'has no key' }] as const
  const warnings = [{ message: 'ANALYZE failed', hint: 'Run it by hand.' }]
  const text = printed((page) =>
    printRunResult({ ...result, notes, warnings }, 'mbsync rollback prod-to-staging', page),
  )
  expect(text.split('\n').slice(-4)).toStrictEqual([
    '',
    '• public.log: has no key',
    '⚠ ANALYZE failed',
    '  Run it by hand.',
  ])
})

test('more than thirty unchanged tables share one line, unless all are asked for', () => {
  const unchanged = Array.from({ length: 31 }, (_, index) => outcome(`t${index}`))
  const many = { ...result, tables: [outcome('orders', { deleted: 5 }), ...unchanged] }
  const text = printed((page) => printRunResult(many, 'mbsync rollback prod-to-staging', page))
  expect(text).toMatch(/^31 unchanged tables +0 +0 +0 +31,000$/m)
  expect(text).not.toContain('public.t7')
  expect(
    printed((page) => printRunResult(many, 'mbsync rollback prod-to-staging', page), { isVerbose: true }),
  ).toContain('public.t7')
  const thirty = { ...many, tables: many.tables.slice(0, -1) }
  expect(printed((page) => printRunResult(thirty, 'mbsync rollback prod-to-staging', page))).toContain(
    'public.t7',
  )
})

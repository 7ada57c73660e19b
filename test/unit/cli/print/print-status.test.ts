import { expect, test } from 'vitest'
import { printStatus } from '../../../../src/cli/print/print-status.ts'
import type { RunSummary } from '../../../../src/jobs/status.ts'
import { printed } from './printed-page.ts'

const run: RunSummary = {
  id: 42,
  profile: 'prod-to-staging',
  mode: 'full',
  status: 'succeeded',
  startedAt: new Date(2025, 0, 2, 3, 4, 5),
  finishedAt: new Date(2025, 0, 2, 3, 4, 31),
  inserted: 1234,
  updated: 0,
  deleted: 0,
  unchanged: 5,
  bytes: 1000,
  error: undefined,
  hint: undefined,
  findings: [],
  exitCode: 0,
  backup: undefined,
  isPartial: false,
  canRollBack: true,
  search: [],
  incomplete: [],
}
const report = { profile: 'prod-to-staging', target: 'staging', isRunning: false, runs: [run], strays: [] }

test('runs are listed, and failures explained below', () => {
  const failed: RunSummary = {
    ...run,
    id: 41,
    status: 'failed',
    inserted: 0,
    finishedAt: undefined,
    exitCode: 1,
    canRollBack: false,
    error: 'no space left\u001b[2J',
  }
  expect(printed((page) => printStatus({ ...report, runs: [run, failed] }, page))).toBe(
    [
      'prod-to-staging on staging: no run in progress',
      '',
      'Run  Started               Took  Mode  Status     Exit  Inserted  Updated  Deleted  Unchanged    Read  Undo',
      ' 42  2025-01-02 03:04:05  26.0s  full  succeeded     0     1,234        0        0          5  1.0 kB  yes',
      ' 41  2025-01-02 03:04:05         full  failed        1         0        0        0          5  1.0 kB',
      '',
      'Run 41: no space left\\x1b[2J',
    ].join('\n'),
  )
})

test('what the newest run of a profile left undone is named, and that of older runs is not', () => {
  const incomplete: RunSummary = {
    ...run,
    exitCode: 4,
    incomplete: ['1 table was left as it was: public.a', '1 search index not up to date: products (failed)'],
  }
  const lines = (...runs: RunSummary[]) =>
    printed((page) => printStatus({ ...report, runs }, page)).split('\n')
  expect(lines(incomplete, { ...incomplete, id: 41 }).slice(-3)).toEqual([
    '',
    'Run 42: 1 table was left as it was: public.a',
    'Run 42: 1 search index not up to date: products (failed)',
  ])
  expect(lines({ ...run, id: 43 }, incomplete).join('\n')).not.toContain('left as it was')
  expect(lines({ ...run, id: 43, profile: 'other' }, incomplete)).toContain(
    'Run 42: 1 table was left as it was: public.a',
  )
})

test('what the last failure found is printed with its cures, and where to read that of earlier ones', () => {
  const refused: RunSummary = {
    ...run,
    status: 'refused',
    exitCode: 3,
    error: 'Validation found 12 problems',
    hint: 'Correct them.',
    findings: Array.from({ length: 12 }, (_, index) => {
      return { severity: 'error', subject: `public.t${index}`, message: 'is missing', hint: `Add t${index}.` }
    }),
  }
  const lines = printed((page) =>
    printStatus({ ...report, runs: [refused, { ...refused, id: 41 }] }, page),
  ).split('\n')
  expect(lines.slice(6, 9)).toEqual([
    'Run 42: Validation found 12 problems',
    '  ✖ public.t0: is missing',
    '    Add t0.',
  ])
  expect(lines.slice(-4)).toEqual([
    '  Correct them.',
    '  2 more findings: mbsync status prod-to-staging 42',
    'Run 41: Validation found 12 problems',
    '  12 findings: mbsync status prod-to-staging 41',
  ])
})

test('a target without runs says how to begin', () => {
  const text = printed((page) => printStatus({ ...report, isRunning: true, runs: [] }, page))
  expect(text).toBe(
    'prod-to-staging on staging: a run is in progress\n\nNo runs yet. The first one: mbsync sync prod-to-staging',
  )
})

test('search indexes that are not configured any more are told, with what to do', () => {
  const strays = [{ searchIndex: 'old', collections: ['old_2025', 'old_2024'] }]
  expect(
    printed((page) => printStatus({ ...report, strays }, page))
      .split('\n')
      .slice(-4),
  ).toEqual([
    '',
    'State of search indexes that are no longer configured, or configured differently:',
    '  old: old_2025, old_2024',
    '  mbsync leaves them as they are; `mbsync typesense forget <index>` removes their state.',
  ])
})

test('on a narrow terminal figures are left out before a line would wrap', () => {
  const large = {
    ...run,
    id: 1200,
    inserted: 12_345_678,
    unchanged: 123_456_789,
    mode: 'incremental',
  } as const
  const table = (width: number) =>
    printed((page) => printStatus({ ...report, runs: [large] }, page), { width })
      .split('\n')
      .slice(2)
  for (const line of table(80)) expect(line.length).toBeLessThanOrEqual(80)
  expect(table(80)[0]).toBe(
    'Run   Started               Took  Status     Exit    Inserted  Updated  Undo'.replace(
      'Run   ',
      ' Run  ',
    ),
  )
  expect(table(160)[0]).toMatch(/Mode .*Unchanged +Read +Undo$/)
})

test('a run that holds no lock any more has died', () => {
  const running: RunSummary = { ...run, status: 'running', finishedAt: undefined, exitCode: undefined }
  const table = (isRunning: boolean) =>
    printed((page) => printStatus({ ...report, isRunning, runs: [running] }, page))
  expect(table(false)).toMatch(/full +died/)
  expect(table(true)).toMatch(/full +running/)
})

import { expect, test } from 'vitest'
import { renderMetrics } from '../../../src/notify/metrics.ts'
import { ENDING, REFUSED } from './an-ending.ts'

function samples(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('a run that did all it was for is told in full', () => {
  const text = renderMetrics('', ENDING)
  const own = 'profile="prod-to-staging",command="sync"'
  expect(samples(text)).toStrictEqual([
    `mbsync_run_success_timestamp_seconds{${own}} 1026.500`,
    `mbsync_run_finished_timestamp_seconds{${own}} 1026.500`,
    `mbsync_run_exit_code{${own}} 0`,
    `mbsync_run_duration_seconds{${own}} 26.500`,
    `mbsync_run_rows{${own},operation="deleted"} 0`,
    `mbsync_run_rows{${own},operation="inserted"} 1200`,
    `mbsync_run_rows{${own},operation="unchanged"} 5`,
    `mbsync_run_rows{${own},operation="updated"} 3`,
    `mbsync_run_bytes{${own}} 99`,
    `mbsync_run_search_documents{${own},search_index="products",outcome="deleted"} 1`,
    `mbsync_run_search_documents{${own},search_index="products",outcome="indexed"} 7`,
    `mbsync_run_search_documents{${own},search_index="products",outcome="rejected"} 2`,
    'mbsync_data_timestamp_seconds{profile="prod-to-staging"} 1000.000',
    'mbsync_lag_seconds{profile="prod-to-staging"} 26.500',
  ])
  expect(text.match(/^# (HELP|TYPE) mbsync_run_rows .*$/gm)).toStrictEqual([
    '# HELP mbsync_run_rows Rows of the target that the last run inserted, updated, deleted or found unchanged.',
    '# TYPE mbsync_run_rows gauge',
  ])
})

test('a run that fails leaves the last success, and the data grows older', () => {
  const failed = { ...REFUSED, finishedAt: new Date(2_000_000) }
  expect(samples(renderMetrics(renderMetrics('', ENDING), failed))).toStrictEqual([
    'mbsync_run_success_timestamp_seconds{profile="prod-to-staging",command="sync"} 1026.500',
    'mbsync_run_finished_timestamp_seconds{profile="prod-to-staging",command="sync"} 2000.000',
    'mbsync_run_exit_code{profile="prod-to-staging",command="sync"} 3',
    'mbsync_run_duration_seconds{profile="prod-to-staging",command="sync"} 1000.000',
    'mbsync_data_timestamp_seconds{profile="prod-to-staging"} 1000.000',
    'mbsync_lag_seconds{profile="prod-to-staging"} 1000.000',
  ])
})

test('what is known of other profiles and commands stays, whatever they are called', () => {
  const names = ['a', 'a"b\\c\nd', 'a",command="sync', '}} 1', '']
  let text = ''
  for (const profile of names) text = renderMetrics(text, { ...ENDING, profile })
  for (const profile of names) text = renderMetrics(text, { ...REFUSED, profile, command: 'export' })
  const codes = samples(text).filter((line) => line.startsWith('mbsync_run_exit_code'))
  expect(codes).toHaveLength(2 * names.length)
  expect(codes).toContain('mbsync_run_exit_code{profile="a\\"b\\\\c\\nd",command="sync"} 0')
  expect(codes).toContain('mbsync_run_exit_code{profile="a",command="export"} 3')
})

test('what mbsync did not write does not stay', () => {
  const text = renderMetrics(
    'foreign{a="b"} 1\nnonsense\nmbsync_run_exit_code{profile="x",command="sync"} 4\n',
    ENDING,
  )
  expect(text).not.toMatch(/foreign|nonsense/)
  expect(text).toContain('mbsync_run_exit_code{profile="x",command="sync"} 4')
})

test('a configuration that was broken once, and data that a rollback took back, leave nothing behind', () => {
  const broken = { ...REFUSED, profile: undefined, exitCode: 2, status: 'usage' } as const
  const once = renderMetrics('', broken)
  expect(once).toContain('mbsync_run_exit_code{profile="",command="sync"} 2')
  expect(renderMetrics(once, { ...broken, command: 'export', profile: 'p' })).toContain(
    'profile="",command="sync"',
  )
  const again = renderMetrics(once, ENDING)
  expect(again).not.toContain('profile=""')
  const undone = renderMetrics(again, { ...ENDING, command: 'rollback' })
  expect(undone).not.toMatch(/mbsync_(data_timestamp|lag)/)
  expect(renderMetrics(again, { ...REFUSED, command: 'rollback' })).toContain('mbsync_data_timestamp')
})

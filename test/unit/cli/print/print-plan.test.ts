import { expect, test } from 'vitest'
import { printPlan } from '../../../../src/cli/print/print-plan.ts'
import type { PlannedTable, RunPlan } from '../../../../src/run/run-plan.ts'
import { printed } from './printed-page.ts'

function table(name: string, reason = 'every row is read and compared'): PlannedTable {
  return {
    table: { schema: 'public', name },
    read: { kind: 'full', reason },
    write: { kind: 'merge', by: 'key' },
    format: 'binary',
    parts: 2,
    estimatedRows: 120_000,
    estimatedBytes: 9_437_184,
  }
}

const plan: RunPlan = {
  profile: 'prod-to-staging',
  source: { name: 'production', database: 'app', serverVersion: '16.4' },
  target: { name: 'staging', database: 'app', serverVersion: '18.4' },
  strategy: { kind: 'merge', reason: 'public.users has rows' },
  mergeMode: 'replica role',
  findings: [],
  accepted: [],
  creates: [],
  follows: [],
  skipped: [],
  tables: [table('orders'), table('users')],
  sequences: 3,
}

test('a plan without errors says that the run would work', () => {
  expect(printed((page) => printPlan(plan, 'mbsync sync prod-to-staging', page))).toBe(
    [
      'Profile prod-to-staging',
      'Source  production: database app, PostgreSQL 16.4',
      'Target  staging: database app, PostgreSQL 18.4',
      'Merge   with session_replication_role = replica: triggers and foreign keys are off',
      'Why     public.users has rows',
      '',
      'Table          Read  Write         Format  Parts    ~Rows   ~Size',
      'public.orders  full  merge by key  binary      2  120,000  9.4 MB',
      'public.users   full  merge by key  binary      2  120,000  9.4 MB',
      '',
      '2 tables, 3 sequences, about 240,000 rows and 18.9 MB.',
      'Read full: every row is read and compared.',
      '',
      '✔ Ready: `mbsync sync prod-to-staging` would run.',
    ].join('\n'),
  )
})

test('reasons that differ have a column', () => {
  const text = printed((page) =>
    printPlan(
      { ...plan, tables: [table('a', 'one'), table('b', 'two')] },
      'mbsync sync prod-to-staging',
      page,
    ),
  )
  expect(text).toMatch(/~Size {2}Reason\npublic.a .*MB {2}one\npublic.b .*MB {2}two\n/)
})

test('errors come first with what to do, and refuse the run', () => {
  const findings = [
    { severity: 'note', subject: 'public.log', message: 'has no key' },
    { severity: 'error', subject: 'public.users', message: 'column age is missing', hint: 'Add it.' },
  ] as const
  const text = printed((page) =>
    printPlan({ ...plan, tables: [], findings }, 'mbsync sync prod-to-staging', page),
  )
  expect(text.split('\n').slice(6)).toStrictEqual([
    'No tables.',
    '',
    '✖ public.users: column age is missing',
    '  Add it.',
    '• public.log: has no key',
    '',
    '✖ Refused: 1 problem.',
  ])
})

test('names cannot move the cursor', () => {
  const text = printed((page) =>
    printPlan({ ...plan, tables: [table('\u001b[2J\n')] }, 'mbsync sync prod-to-staging', page),
  )
  expect(text).toContain('public."\\x1b[2J\\n"')
  expect(text).not.toContain('\u001b')
})

test('every line of the tables fits a narrow terminal', () => {
  const wide: PlannedTable = {
    ...table('a_name_that_is_long', 'rows that have changed since run 12'),
    read: { kind: 'incremental', reason: 'rows that have changed since run 12' },
    write: { kind: 'merge', by: 'multiset' },
    estimatedRows: 120_000_000,
  }
  const text = printed(
    (page) => printPlan({ ...plan, tables: [wide, table('b')] }, 'mbsync sync prod-to-staging', page),
    { width: 80 },
  )
  const lines = text.split('\n').filter((line) => /^Table|^public/.test(line))
  expect(lines).toHaveLength(3)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

test('a table that was never analyzed has no number of rows', () => {
  const { estimatedRows: _, ...unknown } = table('users')
  const of = (tables: PlannedTable[]) =>
    printed((page) => printPlan({ ...plan, tables }, 'mbsync sync', page))
  expect(of([table('orders'), unknown])).toMatch(
    /public\.users .* \? +9\.4 MB\n\n2 tables, 3 sequences, about 120,000 rows \(without 1 table not analyzed yet\) and 18\.9 MB\./,
  )
  expect(of([unknown])).toContain('1 table, 3 sequences, 9.4 MB.')
})

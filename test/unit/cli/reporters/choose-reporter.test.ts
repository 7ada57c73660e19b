import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseReporter } from '../../../../src/cli/reporters/choose-reporter.ts'
import { captureSurroundings, logLines } from '../../../support/captured-surroundings.ts'
import { LANDING, THE_REST } from './a-run.ts'

async function told(
  flags: Parameters<typeof chooseReporter>[0],
  options: Parameters<typeof captureSurroundings>[0],
) {
  const surroundings = captureSurroundings(options)
  const reporter = await chooseReporter(flags, surroundings)
  for (const event of [...LANDING, ...THE_REST]) reporter.report(event)
  reporter.finished({ facts: {}, warnings: [{ message: 'late' }] })
  reporter.close()
  return surroundings.stderr
}

test.each([
  ['--no-progress', { progress: false }, {}, 80],
  ['TERM=dumb', { progress: true }, { TERM: 'dumb' }, 80],
  ['a width of nothing', { progress: true }, {}, 0],
])('on a terminal, %s prints lines that stay', async (_, flags, env, columns) => {
  const { lines, text } = await told(flags, { columns, env })
  const untimed = lines.map((line) => line.replace(/ in [\d.]+m?s$/, ''))
  expect(untimed).toStrictEqual([
    'Run 42 of prod-to-staging',
    'Validating…',
    '• replica role is allowed',
    '✔ Validated',
    'Landing…',
    '⚠ slow\\x1b[2J',
    '  Wait.',
    '  public.users 10 rows, 1.5 kB',
    '✔ Landed 1 table, 10 rows, 1.5 kB',
    'Merging…',
    '✔ Merged 1 table, 3 rows changed',
    'Finishing: analyzing tables, dropping landing tables…',
    '✔ Finished',
    '',
  ])
  expect(text).not.toContain('\u001b[?25l')
})

test('on a terminal, --quiet tells warnings only, each once', async () => {
  const { lines } = await told({ progress: true, quiet: true }, { columns: 80 })
  expect(lines).toStrictEqual(['⚠ slow\\x1b[2J', '  Wait.', '⚠ late', ''])
})

test('in a log, --quiet tells warnings only, each once', async () => {
  expect(logLines(await told({ progress: true, quiet: true }, {}))).toStrictEqual([
    { level: 'warn', runId: 42, hint: 'Wait.', msg: 'slow\u001b[2J' },
    { level: 'warn', runId: 42, msg: 'late' },
  ])
})

test('with a log file, a terminal keeps its display and the file has the log, which grows with every start', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mbsync-log-'))
  try {
    const flags = { progress: false, quiet: true, logFile: 'mbsync.log' }
    const { lines } = await told(flags, { columns: 80, cwd })
    expect(lines, '--quiet is for the terminal').toStrictEqual(['⚠ slow\\x1b[2J', '  Wait.', '⚠ late', ''])
    const file = join(cwd, 'mbsync.log')
    const first = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first.map(({ msg }) => msg)).toContain('phase started')
    expect(new Set(first.map(({ run }) => run)).size).toBe(1)
    // As logrotate does with copytruncate.
    truncateSync(file)
    const { text } = await told({ ...flags, logLevel: 'error' }, { cwd })
    expect(text, 'without a terminal, people are told problems only').toContain('slow')
    expect(text).not.toContain('{')
    await told(flags, { cwd })
    const second = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(second).toHaveLength(first.length)
    expect(second[0].run).not.toBe(first[0].run)
  } finally {
    rmSync(cwd, { recursive: true })
  }
})

test('a log file that cannot be opened is a usage error, and one that cannot be written is told once', async () => {
  const open = told({ progress: true, logFile: '/nowhere/x.log' }, {})
  await expect(open).rejects.toThrow('The log file /nowhere/x.log cannot be opened (ENOENT)')
  const { lines } = await told({ progress: true, logFile: '/dev/full' }, {})
  expect(lines.filter((line) => line.includes('cannot be written'))).toStrictEqual([
    'The log file /dev/full cannot be written (ENOSPC); the run continues without it',
  ])
})

test('on a terminal, --verbose shows statements', async () => {
  const surroundings = captureSurroundings({ columns: 80 })
  for (const verbose of [true, false]) {
    const reporter = await chooseReporter({ progress: false, verbose }, surroundings)
    reporter.report({
      type: 'statement',
      database: 'staging',
      purpose: 'SELECT ?',
      durationMs: 12,
      hasFailed: false,
    })
    reporter.close()
  }
  expect(surroundings.stderr.lines).toStrictEqual(['  staging    12ms  SELECT ?', ''])
})

test('in CI, a log is text, and GitHub folds what each phase does', async () => {
  const { lines } = await told({ progress: true }, { env: { CI: 'true', GITHUB_ACTIONS: 'true' } })
  const untimed = lines.map((line) => line.replace(/ in [\d.]+m?s$/, ''))
  expect(untimed.slice(1, 9)).toStrictEqual([
    '::group::Validating…',
    '• replica role is allowed',
    '::endgroup::',
    '✔ Validated',
    '::group::Landing…',
    '⚠ slow\\x1b[2J',
    '  Wait.',
    '  public.users 10 rows, 1.5 kB',
  ])
  const gitlab = await told({ progress: true }, { env: { CI: 'true', GITLAB_CI: 'true' } })
  expect(gitlab.text.split('\r\u001b[0K')).toContainEqual(expect.stringMatching(/^Landing…\n/))
})

test('--log-format decides what stderr gets, whatever it is', async () => {
  const json = await told({ progress: true, logFormat: 'json' }, { columns: 80 })
  expect(logLines(json)).toContainEqual({ level: 'info', runId: 42, phase: 'land', msg: 'phase started' })
  const text = await told({ progress: true, logFormat: 'text' }, {})
  expect(text.lines).toContain('Landing…')
  expect(logLines(await told({ progress: true }, { env: { CI: 'false' } })).length).toBeGreaterThan(3)
})

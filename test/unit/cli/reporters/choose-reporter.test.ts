import { expect, test } from 'vitest'
import { chooseReporter } from '../../../../src/cli/reporters/choose-reporter.ts'
import { captureSurroundings, logLines } from '../captured-surroundings.ts'
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
    'Settling: fresh statistics, leftovers removed…',
    '✔ Settled',
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
    { level: 'warn', hint: 'Wait.', msg: 'slow\u001b[2J' },
    { level: 'warn', msg: 'late' },
  ])
})

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { errorFacts } from '../../../../src/cli/error-facts.ts'
import { TerminalReporter } from '../../../../src/cli/reporters/terminal-reporter.ts'
import { FailedError } from '../../../../src/core/errors.ts'
import { captureSurroundings } from '../../../support/captured-surroundings.ts'
import { LANDING, THE_REST } from './a-run.ts'

const CURSOR_HIDDEN = '\u001b[?25l'
const CURSOR_SHOWN = '\u001b[?25h'
const WRAP_OFF = '\u001b[?7l'
const WRAP_ON = '\u001b[?7h'

function expectClean(text: string): void {
  expect(text.lastIndexOf(CURSOR_SHOWN)).toBeGreaterThan(text.lastIndexOf(CURSOR_HIDDEN))
  expect(text.lastIndexOf(WRAP_ON)).toBeGreaterThan(text.lastIndexOf(WRAP_OFF))
}

test('a run leaves a line for each phase, with bars in between', async () => {
  const surroundings = captureSurroundings({ columns: 100 })
  const reporter = new TerminalReporter(surroundings)
  for (const event of LANDING) reporter.report(event)
  await sleep(250)
  expect(surroundings.stderr.text).toContain('public.users')
  for (const event of THE_REST) reporter.report(event)
  reporter.finished()
  reporter.close()
  const { lines, text } = surroundings.stderr
  expectClean(text)
  const done = lines.flatMap((line) => /✔ .*(?= in [\d.]+m?s$)/.exec(line)?.[0] ?? [])
  expect(done).toStrictEqual([
    '✔ Validated',
    '✔ Landed 1 table, 10 rows, 1.5 kB',
    '✔ Merged 1 table, 3 rows changed',
    '✔ Finished',
  ])
  expect(text).toContain('slow\\x1b[2J')
})

test('a failure in the middle of landing leaves the terminal clean, and no phase is told as done', () => {
  const surroundings = captureSurroundings({ columns: 60 })
  const reporter = new TerminalReporter(surroundings)
  for (const event of LANDING) reporter.report(event)
  reporter.notice('Stopping')
  reporter.failed(errorFacts(new FailedError('The connection broke')))
  reporter.close()
  const { lines, text } = surroundings.stderr
  expectClean(text)
  expect(lines.at(-2)).toMatch(/✖ The connection broke$/)
  expect(text).not.toContain('✔ Landed')
})

test('with NO_COLOR nothing is coloured', async () => {
  const surroundings = captureSurroundings({ columns: 100, env: { NO_COLOR: '1' } })
  const reporter = new TerminalReporter(surroundings)
  for (const event of [...LANDING, ...THE_REST]) reporter.report(event)
  reporter.finished()
  reporter.close()
  // A colour is set by a sequence that ends with m; cursor movements end with other letters.
  expect(surroundings.stderr.text.split('\u001b').filter((piece) => /^\[[\d;]*m/.test(piece))).toStrictEqual(
    [],
  )
})

test('a search index that fails is not told as done, and each line names it and what is done', async () => {
  const surroundings = captureSurroundings({ columns: 100 })
  const reporter = new TerminalReporter(surroundings)
  reporter.report({ type: 'phase', phase: 'search' })
  reporter.report({ type: 'search-step', searchIndex: 'products', step: 'waiting' })
  await sleep(250)
  reporter.report({ type: 'search-ended', searchIndex: 'products', isUpToDate: false })
  reporter.finished()
  reporter.close()
  const { text } = surroundings.stderr
  expect(text).toContain('Search index products: waiting for the server to be ready')
  expect(text).toMatch(/✖\S* Search: 1 of 1 index not up to date/)
  expect(text).not.toContain('✔')
})

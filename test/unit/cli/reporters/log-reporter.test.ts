import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { errorFacts } from '../../../../src/cli/error-facts.ts'
import { LogReporter } from '../../../../src/cli/reporters/log-reporter.ts'
import { RefusedError } from '../../../../src/core/errors.ts'
import { CapturedStream, logLines } from '../../../support/captured-surroundings.ts'
import { LANDING, THE_REST } from './a-run.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('phases and warnings are logged as they come, and progress every five seconds', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('info', stream)
  for (const event of LANDING) reporter.report(event)
  vi.advanceTimersByTime(5000)
  expect(logLines(stream)).toStrictEqual([
    { level: 'info', runId: 42, profile: 'prod-to-staging', msg: 'run opened' },
    { level: 'info', runId: 42, phase: 'validate', msg: 'phase started' },
    { level: 'info', runId: 42, msg: 'replica role is allowed' },
    { level: 'info', runId: 42, phase: 'land', msg: 'phase started' },
    {
      level: 'info',
      runId: 42,
      tables: 1,
      parts: 1,
      estimatedBytes: 2000,
      estimatedRows: 20,
      msg: 'copy planned',
    },
    { level: 'warn', runId: 42, hint: 'Wait.', msg: 'slow\u001b[2J' },
    {
      level: 'info',
      runId: 42,
      phase: 'land',
      percent: 50,
      bytes: 1000,
      estimatedBytes: 2000,
      rows: 10,
      rowsPerSecond: 2,
      bytesPerSecond: 200,
      secondsLeft: 5,
      tables: ['public.users'],
      msg: 'progress',
    },
  ])
  expect(stream.text).not.toContain('\u001b')
  reporter.close()
})

test('progress stops with the reporter', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('info', stream)
  for (const event of LANDING) reporter.report(event)
  const before = stream.text
  reporter.close()
  vi.advanceTimersByTime(20_000)
  expect(stream.text).toBe(before)
})

test('parts and tables are logged at the level debug', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('debug', stream)
  for (const event of [...LANDING, ...THE_REST]) reporter.report(event)
  reporter.close()
  const messages = logLines(stream).map(({ msg }) => msg)
  for (const message of ['part started', 'part finished', 'table copied', 'table compared', 'table merged']) {
    expect(messages).toContain(message)
  }
})

test('the last line holds the result, after the warnings of the run', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('info', stream)
  reporter.report({ type: 'warning', message: 'told' })
  reporter.finished({
    logMessage: 'run finished',
    facts: { runId: 42 },
    warnings: [{ message: 'new' }],
  })
  reporter.close()
  expect(logLines(stream)).toStrictEqual([
    { level: 'warn', msg: 'told' },
    { level: 'warn', msg: 'new' },
    { level: 'info', runId: 42, msg: 'run finished' },
  ])
})

test('an expected error is a line with its facts and no stack', () => {
  const stream = new CapturedStream()
  const findings = [{ severity: 'error', subject: 'a', message: 'wrong' }] as const
  new LogReporter('warn', stream).failed(
    errorFacts(new RefusedError('Refused', { hint: 'Right it.', findings })),
  )
  expect(logLines(stream)).toStrictEqual([
    {
      level: 'error',
      err: { message: 'Refused' },
      hint: 'Right it.',
      status: 'refused',
      exitCode: 3,
      findings,
      msg: 'Refused',
    },
  ])
})

test('an unexpected error keeps its stack, and no field that could hold row values', () => {
  const stream = new CapturedStream()
  new LogReporter('warn', stream).failed(
    errorFacts(Object.assign(new Error('boom'), { detail: 'Key (email)=(a@b)' })),
  )
  expect(logLines(stream)[0]).toMatchObject({
    err: { message: 'boom', stack: expect.stringContaining('Error: boom') },
  })
  expect(stream.text).not.toContain('a@b')
})

test('every line carries the id of the start, and from the opening on the number of the run', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('info', stream, 'a1b2c3d4')
  reporter.report({ type: 'phase', phase: 'validate' })
  for (const event of LANDING) reporter.report(event)
  reporter.failed(errorFacts(new RefusedError('Refused')))
  reporter.close()
  const lines = stream.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ run }) => run)).toStrictEqual(lines.map(() => 'a1b2c3d4'))
  expect(lines.map(({ runId }) => runId)).toStrictEqual([undefined, ...lines.slice(1).map(() => 42)])
})

test('statements are logged at the level debug, with their purpose and time', () => {
  const stream = new CapturedStream()
  const reporter = new LogReporter('debug', stream)
  const statement = { database: 'staging', purpose: 'SELECT ?', durationMs: 12.4, hasFailed: false } as const
  reporter.report({ type: 'statement', ...statement })
  reporter.close()
  expect(logLines(stream)).toStrictEqual([{ level: 'debug', ...statement, durationMs: 12, msg: 'statement' }])
})

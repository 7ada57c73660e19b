import { expect, test } from 'vitest'
import { errorFacts } from '../../../../src/cli/error-facts.ts'
import { createPaint } from '../../../../src/cli/format/paint.ts'
import { errorLines } from '../../../../src/cli/print/error-lines.ts'
import { FailedError, RefusedError, UsageError } from '../../../../src/core/errors.ts'

function linesOf(error: unknown): string[] {
  return errorLines(errorFacts(error), createPaint({}, {}))
}

test('an expected error is its message and its hint, never a stack', () => {
  const error = new FailedError('The connection broke', {
    hint: 'Try again.',
    cause: new Error('ECONNRESET'),
  })
  expect(linesOf(error)).toStrictEqual(['✖ The connection broke', '  Try again.'])
})

test('a configuration error lists every problem', () => {
  const error = new UsageError('mbsync.yaml is not valid', { problems: ['a: wrong', 'b: wrong\n  here'] })
  expect(linesOf(error)).toStrictEqual([
    '✖ mbsync.yaml is not valid',
    '  - a: wrong',
    '  - b: wrong',
    '      here',
  ])
})

test('a refusal lists every finding, errors first', () => {
  const findings = [
    { severity: 'note', subject: 'b', message: 'told' },
    { severity: 'error', subject: 'a', message: 'wrong', hint: 'Right it.' },
  ] as const
  expect(linesOf(new RefusedError('Refused', { findings }))).toStrictEqual([
    '✖ Refused',
    '  ✖ a: wrong',
    '    Right it.',
    '  • b: told',
  ])
})

test('an unexpected error shows its stack and that it is a bug', () => {
  const lines = linesOf(new TypeError('x is undefined'))
  expect(lines[0]).toBe('✖ x is undefined')
  expect(lines[1]).toMatch(/^ {2}at .*error-lines\.test\.ts/)
  expect(lines.at(-1)).toContain('This is a bug in mbsync')
})

test('messages cannot move the cursor', () => {
  expect(linesOf(new FailedError('bad \u001b[2Jname\nforged'))).toStrictEqual([
    '✖ bad \\x1b[2Jname',
    '  forged',
  ])
})

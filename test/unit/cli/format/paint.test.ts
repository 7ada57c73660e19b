import { expect, test } from 'vitest'
import { createPaint } from '../../../../src/cli/format/paint.ts'

test('a terminal gets colours', () => {
  expect(createPaint({ isTTY: true }, {}).red('no')).toBe('\u001b[31mno\u001b[39m')
})

test.each([
  ['without a terminal', { isTTY: false }, {}],
  ['with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
  ['with TERM=dumb', { isTTY: true }, { TERM: 'dumb' }],
])('there are no colours %s', (_, stream, env) => {
  expect(createPaint(stream, env).red('no')).toBe('no')
})

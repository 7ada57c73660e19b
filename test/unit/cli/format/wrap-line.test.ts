import { expect, test } from 'vitest'
import { textWidth } from '../../../../src/cli/format/text-width.ts'
import { wrapLine } from '../../../../src/cli/format/wrap-line.ts'

test('a line that fits stays as it is, and so does every line where there is no terminal', () => {
  expect(wrapLine('✔ all is well', 13)).toBe('✔ all is well')
  expect(wrapLine('word '.repeat(100), Number.POSITIVE_INFINITY)).toBe('word '.repeat(100))
})

test('a longer one is broken between words, and goes on beside its mark', () => {
  expect(wrapLine('! app: the role may not', 15)).toBe('! app: the role\n  may not')
  expect(wrapLine('  ✖ store: does not exist', 16)).toBe('  ✖ store: does\n    not exist')
  expect(wrapLine('    Check the name of it', 14)).toBe('    Check the\n    name of it')
  expect(wrapLine('Merge   with triggers off', 17)).toBe('Merge   with\n        triggers\n        off')
})

test('colours take no room', () => {
  expect(wrapLine('\u001b[33m!\u001b[39m \u001b[1mapp\u001b[22m: the role may', 15)).toBe(
    '\u001b[33m!\u001b[39m \u001b[1mapp\u001b[22m: the role\n  may',
  )
})

test('a command stays in one piece, so that it is not pasted in halves', () => {
  expect(wrapLine('✖ Run `mbsync rollback --to staging` first, then go on', 24)).toBe(
    '✖ Run\n  `mbsync rollback --to staging`\n  first, then go on',
  )
})

test('every line fits where its words do', () => {
  for (const line of wrapLine('word by word '.repeat(20), 31).split('\n'))
    expect(textWidth(line)).toBeLessThanOrEqual(31)
})

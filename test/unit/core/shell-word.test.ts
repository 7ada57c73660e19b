import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWord } from '../../../src/core/shell-word.ts'

test('sh reads every word as it was, and plain ones stand without quotes', () => {
  const words = [
    'plain-to/the_end.1',
    'two words',
    '',
    "it's",
    '"$HOME"',
    '`id`',
    'a;b|c&d',
    '*',
    '~',
    '#',
    '\\',
    'é\n!',
  ]
  const read = execFileSync('sh', [
    '-c',
    `for word in ${words.map(shellWord).join(' ')}; do printf '%s\\0' "$word"; done`,
  ])
  expect(read.toString().split('\0').slice(0, -1)).toStrictEqual(words)
  expect(shellWord('prod-to-staging')).toBe('prod-to-staging')
})

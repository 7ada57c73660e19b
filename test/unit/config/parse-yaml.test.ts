import { describe, expect, test } from 'vitest'
import { parseYaml } from '../../../src/config/read/parse-yaml.ts'

function messagesOf(text: string): string[] {
  return parseYaml(text).problems.map(({ message }) => message)
}

test('a text becomes plain values', () => {
  expect(parseYaml('a: 1\nb: [x, true]\n')).toStrictEqual({ tree: { a: 1, b: ['x', true] }, problems: [] })
})

test('an anchor can be used again', () => {
  expect(parseYaml('a: &list [x]\nb: *list').tree).toStrictEqual({ a: ['x'], b: ['x'] })
})

test.each([
  ['a: "x\nb: 1', /^line \d+, column \d+: .*quote/],
  ['a:\n\tb: 1', /^line 2, column 1: tabs cannot indent/],
  ['a: @home', /^line 1, column 4: a value cannot start with this character/],
  ['a: b: c', /^line 1, column 4: a nested map cannot start/],
  ['a: *all', /^line 1, column 4: an alias/],
  ['a: 1\n---\nb: 1', /^line 2, column 1: a second document/],
  ['a: !secret x', /^line 1, column 4: an unknown tag/],
  ['? [a]\n: 1', /^line 1, column 3: a key must be text/],
])('%j is told with its line and column', (text, message) => {
  expect(parseYaml(text).tree).toBeUndefined()
  expect(messagesOf(text)[0]).toMatch(message)
})

test('a fault that is found twice at one place is told once', () => {
  const messages = messagesOf('a: [b\n? [z]: 1\n')
  expect(messages).toContain('line 2, column 3: a key must be text')
  expect(messages).toHaveLength(new Set(messages).size)
})

test.each([
  'a: "s3cret',
  'a: @s3cret',
  'a: *s3cret',
  'a: !s3cret x',
  'a: %s3cret\n%s3cret',
  'a: "\\s3cret"',
  'a: [s3cret',
  'a: }s3cret',
  's3cret\na: 1',
  'a: 1\n  s3cret: x\n s3cret',
  'a: |s3cret\n b',
  'a: "b" s3cret',
])('a password in %j does not reach a message', (text) => {
  expect(messagesOf(text)).not.toStrictEqual([])
  expect(messagesOf(text).join('\n')).not.toContain('s3c')
})

describe('what no walk over the values would survive is found', () => {
  test('the key __proto__', () => {
    expect(messagesOf('a:\n  "__proto__": { b: 1 }')).toStrictEqual([
      'line 2, column 3: the key `__proto__` is reserved; choose another name',
    ])
  })

  test('an alias inside of its own anchor', () => {
    expect(messagesOf('a: &loop { b: [*loop] }')).toStrictEqual([
      'line 1, column 16: an alias refers to a value that contains it',
    ])
  })

  test('aliases that unfold without end', () => {
    const lines = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)
    expect(messagesOf(['a0: &a0 [x]', ...lines].join('\n'))).toStrictEqual(['too many aliases'])
  })
})

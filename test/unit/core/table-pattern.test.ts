import { describe, expect, test } from 'vitest'
import { matchesPattern, parseTablePattern } from '../../../src/core/table-pattern.ts'

function matches(text: string, schema: string, name: string): boolean {
  const pattern = parseTablePattern(text)
  if (pattern === undefined) throw new Error(`Not a pattern: ${text}`)
  return matchesPattern(pattern, { schema, name })
}

test.each([
  ['public.users', 'public', 'users'],
  ['*.*', 'any schema', 'Any.Table "name"'],
  ['public.*', 'public', 'line\nbreak'],
  ['*.audit_log', 'shop', 'audit_log'],
  ['public.user*', 'public', 'user'],
  ['public.*_20??', 'public', 'events_2024'],
  ['public.?', 'public', '💡'],
  ['public.a+b[c]|(d)^$', 'public', 'a+b[c]|(d)^$'],
  ['public.a\\*', 'public', 'a\\b'],
  ['public.my table', 'public', 'my table'],
  ['public."Odd.Name"', 'public', 'Odd.Name'],
  ['"a.b"."c*"', 'a.b', 'c*'],
  ['*."say ""hi"""', 'public', 'say "hi"'],
])('%s matches %s, %j', (text, schema, name) => {
  expect(matches(text, schema, name)).toBe(true)
})

test.each([
  ['public.users', 'public', 'users2'],
  ['public.users', 'xpublic', 'users'],
  ['public.users', 'public', 'Users'],
  ['public.users', 'public', 'users\n'],
  ['public.u?', 'public', 'u'],
  ['public."c*"', 'public', 'cd'],
  ['public.a[bc]', 'public', 'ab'],
])('%s does not match %s, %j', (text, schema, name) => {
  expect(matches(text, schema, name)).toBe(false)
})

describe('a text that is no pattern', () => {
  test.each([
    '',
    '*',
    'users',
    'public.',
    '.users',
    'a.b.c',
    'public."users',
    'public.us"ers',
    '"".x',
    'a.""',
  ])('is not taken for one: %j', (text) => {
    expect(parseTablePattern(text)).toBeUndefined()
  })

  test.each(['public .users', 'public. users', ' public.users', 'public.users '])(
    'has spaces at the end of a half, which would match nothing: %j',
    (text) => {
      expect(parseTablePattern(text)).toBeUndefined()
    },
  )
})

test('a pattern can be matched again and again', () => {
  expect([1, 2, 3].map(() => matches('public.*', 'public', 'users'))).toStrictEqual([true, true, true])
})

import { expect, test } from 'vitest'
import { displayIdentifier, displayName, nameKey } from '../../../src/core/table-name.ts'

test.each([
  ['users', 'users'],
  ['_a1$', '_a1$'],
  ['User', '"User"'],
  ['1a', '"1a"'],
  ['a b', '"a b"'],
  ['a.b', '"a.b"'],
  ['say "hi"', '"say ""hi"""'],
  ['users\n', '"users\n"'],
  ['', '""'],
])('%j is shown as %s', (identifier, shown) => {
  expect(displayIdentifier(identifier)).toBe(shown)
})

test('both halves of a name are shown, each quoted only if it must be', () => {
  expect(displayName({ schema: 'public', name: 'Component' })).toBe('public."Component"')
})

test('names have the same key exactly when they are the same', () => {
  expect(nameKey({ schema: 'a', name: 'b' })).toBe(nameKey({ name: 'b', schema: 'a' }))
  expect(nameKey({ schema: 'a.b', name: 'c' })).not.toBe(nameKey({ schema: 'a', name: 'b.c' }))
  expect(nameKey({ schema: 'a', name: 'B' })).not.toBe(nameKey({ schema: 'a', name: 'b' }))
})

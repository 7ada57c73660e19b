import { expect, test } from 'vitest'
import { printable, printableName } from '../../../../src/cli/format/printable.ts'

test('control characters are shown as escapes', () => {
  expect(printable('a\nb\r\t\u001b[31mred\u0007\u009b')).toBe('a\\nb\\r\\t\\x1b[31mred\\x07\\x9b')
})

test('marks that reorder text, and line separators, are shown as escapes', () => {
  expect(printable('a\u202eb\u2028c\u2029d\ufeff')).toBe('a\\u202eb\\u2028c\\u2029d\\ufeff')
})

test('other text stays as it is', () => {
  expect(printable('évènements 订单表 👩‍💻 "x"')).toBe('évènements 订单表 👩‍💻 "x"')
})

test('a name is quoted and cannot break a line', () => {
  expect(printableName({ schema: 'public', name: 'Evil\nname' })).toBe('public."Evil\\nname"')
})

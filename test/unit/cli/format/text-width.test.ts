import { expect, test } from 'vitest'
import { padRight, textWidth, truncate } from '../../../../src/cli/format/text-width.ts'

test.each([
  ['', 0],
  ['orders', 6],
  ['évènements', 10],
  ['e\u0301', 1],
  ['订单表', 6],
  ['🚀', 2],
  ['\u001b[31mred\u001b[39m', 3],
])('%j takes %d columns', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

test('a text that is too wide ends with an ellipsis and is never wider than asked', () => {
  expect(truncate('public.orders', 13)).toBe('public.orders')
  expect(truncate('public.orders', 8)).toBe('public.…')
  expect(truncate('订单表', 4)).toBe('订…')
  expect(truncate('orders', 0)).toBe('')
})

test('a text is filled up by the columns it takes', () => {
  expect(padRight('订', 4)).toBe('订  ')
  expect(padRight('orders', 3)).toBe('orders')
})

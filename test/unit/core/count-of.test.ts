import { expect, test } from 'vitest'
import { countOf, formatCount } from '../../../src/core/count-of.ts'

test('thousands are separated and fractions dropped', () => {
  expect(formatCount(1_203_441.4)).toBe('1,203,441')
})

test('a noun follows its number', () => {
  expect([countOf(1, 'table'), countOf(0, 'table'), countOf(2000, 'index', 'indexes')]).toStrictEqual([
    '1 table',
    '0 tables',
    '2,000 indexes',
  ])
})

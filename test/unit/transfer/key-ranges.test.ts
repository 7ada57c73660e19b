import { expect, test } from 'vitest'
import { differingRanges, isOrdered, rangeRegion } from '../../../src/transfer/key-ranges.ts'

const range = (first: string, last: string) => ({ first: [first], last: [last] })

test.each([
  ['integer', true],
  ['bigint', true],
  ['uuid', true],
  ['numeric(12,3)', true],
  ['timestamp(3) with time zone', true],
  ['date', true],
  ['text', false],
  ['character varying(10)', false],
  ['public.mood', false],
  ['real', false],
  ['integer[]', false],
])('keys of %s are in the same order on every server: %s', (baseType, expected) => {
  expect(isOrdered([{ name: 'id', baseType }])).toBe(expected)
  expect(
    isOrdered([
      { name: 'n', baseType: 'integer' },
      { name: 'id', baseType },
    ]),
  ).toBe(expected)
})

test('ranges whose counts differ are found, and neighbours are joined', () => {
  const ranges = [range('1', '5'), range('5', '9'), range('9', '13'), range('13', '20')]
  expect(differingRanges(ranges, [3, 3, 3, 3], [3, 4, 4, 3])).toEqual([range('5', '13')])
  expect(differingRanges(ranges, [3, 3, 3, 3], [4, 3, 3, 4])).toEqual([range('1', '5'), range('13', '20')])
  expect(differingRanges(ranges, [3, 3, 3, 3], [3, 3, 3, 3])).toEqual([])
})

test('the ends of ranges are quoted, whatever is in them', () => {
  const region = rangeRegion(
    [{ name: 'a"b', baseType: 'timestamp with time zone' }],
    [range(`it's "x\\`, 'y')],
  )
  const sql = region.from('ONLY t', 't', ['a"b'])
  expect(sql).toContain(`'{"it''s \\"x\\\\"}'::timestamp with time zone[]`)
  expect(sql).toContain('t."a""b" >= mbsync_range.mbsync_first0')
})

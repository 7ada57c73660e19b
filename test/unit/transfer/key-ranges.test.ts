import { expect, test } from 'vitest'
import { differingRanges, isOrdered, rangeRegion, stretchesOf } from '../../../src/transfer/key-ranges.ts'

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

const columns = [{ name: 'id', baseType: 'integer' }]
/** From `ends` to the ones after them, as texts. */
const ranges = (...pairs: readonly (readonly [number, number])[]) => ({
  columns,
  first: [pairs.map(([first]) => String(first))],
  last: [pairs.map(([, last]) => String(last))],
})

test('ranges whose counts differ are found, and neighbours are joined', () => {
  const all = ranges([1, 5], [5, 9], [9, 13], [13, 20])
  expect(differingRanges(all, [3, 3, 3, 3], [3, 4, 4, 3])).toEqual(ranges([5, 13]))
  expect(differingRanges(all, [3, 3, 3, 3], [4, 3, 3, 4])).toEqual(ranges([1, 5], [13, 20]))
  expect(differingRanges(all, [3, 3, 3, 3], [4, 4, 4, 4])).toEqual(ranges([1, 20]))
  expect(differingRanges(all, [3, 3, 3, 3], [3, 3, 3, 3])).toEqual(ranges())
})

test('ranges are shared out in neighbours', () => {
  const all = ranges([1, 5], [5, 9], [9, 13])
  expect(stretchesOf(all, 2)).toEqual([
    { from: 0, ranges: ranges([1, 5], [5, 9]) },
    { from: 2, ranges: ranges([9, 13]) },
  ])
  expect(stretchesOf(ranges(), 2)).toEqual([])
})

test('the ends of ranges are quoted, whatever is in them', () => {
  const region = rangeRegion({
    columns: [{ name: 'a"b', baseType: 'timestamp with time zone' }],
    first: [[`it's "x\\`, 'z']],
    last: [['y', 'z']],
  })
  const sql = region.from('ONLY t', 't', ['a"b'])
  expect(sql).toContain(`'{"it''s \\"x\\\\","z"}'::timestamp with time zone[]`)
  expect(sql).toContain('t."a""b" >= mbsync_range.mbsync_first0')
  expect(rangeRegion({ columns, first: [[]], last: [[]] }).from('t', 't', ['id'])).toContain(
    `'{}'::integer[]`,
  )
})

import { expect, test } from 'vitest'
import {
  haveSameOrder,
  keysInRangesSql,
  selectRanges,
  stretchesOf,
} from '../../../src/incremental/deleted/key-ranges.ts'
import { rangesFor } from '../../../src/incremental/deleted/narrow-to-ranges.ts'

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
  const key = [{ name: 'id', baseType }]
  expect(haveSameOrder(key, key)).toBe(expected)
  const two = [{ name: 'n', baseType: 'integer' }, ...key]
  expect(haveSameOrder([...two].reverse(), two)).toBe(expected)
})

test.each([
  ['integer', 'bigint', true],
  ['timestamp(3) without time zone', 'timestamp without time zone', true],
  ['numeric(8,2)', 'numeric', true],
  ['integer', 'numeric', false],
  ['date', 'timestamp without time zone', false],
])('an index over %s leads to ends that are %s: %s', (there, here, expected) => {
  expect(haveSameOrder([{ name: 'id', baseType: there }], [{ name: 'id', baseType: here }])).toBe(expected)
})

const columns = [{ name: 'id', baseType: 'integer' }]
/** From `ends` to the ones after them, as texts. */
const ranges = (...pairs: readonly (readonly [number, number])[]) => ({
  columns,
  first: [pairs.map(([first]) => String(first))],
  last: [pairs.map(([, last]) => String(last))],
})

test('some ranges are picked out by their places', () => {
  const all = ranges([1, 5], [5, 9], [9, 13], [13, 20])
  expect(selectRanges(all, (index) => index % 3 === 0)).toEqual(ranges([1, 5], [13, 20]))
  expect(selectRanges(all, () => false)).toEqual(ranges())
})

test('ranges are shared out in neighbours', () => {
  const all = ranges([1, 5], [5, 9], [9, 13])
  expect(stretchesOf(all, 2)).toEqual([ranges([1, 5], [5, 9]), ranges([9, 13])])
  expect(stretchesOf(ranges(), 2)).toEqual([])
})

test('the ends of ranges are quoted, whatever is in them', () => {
  const quoted = {
    columns: [{ name: 'a"b', baseType: 'timestamp with time zone' }],
    first: [[`it's "x\\`, 'z']],
    last: [['y', 'z']],
  }
  const sql = keysInRangesSql(quoted, 'ONLY t', 't')
  expect(sql).toContain(`'{"it''s \\"x\\\\","z"}'::timestamp with time zone[]`)
  expect(sql).toContain('t."a""b" >= mbsync_range.mbsync_first0')
  expect(keysInRangesSql({ columns, first: [[]], last: [[]] }, 't', 't')).toContain(`'{}'::integer[]`)
})

test('a table is cut into fewer ranges where each is looked up in many partitions', () => {
  expect(rangesFor(400_000, 1000, 1)).toBe(6250)
  expect(rangesFor(400_000, 1000, 100)).toBe(625)
  expect(rangesFor(400_000, 1, 100)).toBe(16)
  expect(rangesFor(0, 0, 0)).toBe(16)
})

import { expect, test } from 'vitest'
import { haveSameOrder, keysInRangesSql } from '../../../src/incremental/deleted/key-ranges.ts'
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

test('a range goes from its first end to the next one, and a single key is one', () => {
  const sqlOf = (ends: readonly string[], starts: readonly number[]) =>
    keysInRangesSql({ columns, ends: [ends], starts }, 't', 't')
  expect(sqlOf(['1', '5', '9', '13'], [0, 2])).toContain(
    `unnest('{"1","9"}'::integer[], '{"5","13"}'::integer[])`,
  )
  expect(sqlOf(['7'], [0])).toContain(`unnest('{"7"}'::integer[], '{"7"}'::integer[])`)
  expect(sqlOf(['1', '5'], [])).toContain(`unnest('{}'::integer[], '{}'::integer[])`)
})

test('the ends of ranges are quoted, whatever is in them', () => {
  const quoted = {
    columns: [{ name: 'a"b', baseType: 'timestamp with time zone' }],
    ends: [[`it's "x\\`, 'z', 'y']],
    starts: [0, 1],
  }
  const sql = keysInRangesSql(quoted, 'ONLY t', 't')
  expect(sql).toContain(`'{"it''s \\"x\\\\","z"}'::timestamp with time zone[]`)
  expect(sql).toContain('t."a""b" >= mbsync_range.mbsync_first0')
})

test('a table is cut into fewer ranges where each is looked up in many partitions', () => {
  expect(rangesFor(400_000, 1000, 1)).toBe(6250)
  expect(rangesFor(400_000, 1000, 100)).toBe(625)
  expect(rangesFor(400_000, 1, 100)).toBe(16)
  expect(rangesFor(0, 0, 0)).toBe(16)
})

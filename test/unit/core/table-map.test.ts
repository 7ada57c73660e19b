import { expect, test } from 'vitest'
import { groupByTable, TableMap, TableSet } from '../../../src/core/table-map.ts'

const named = (schema: string, name: string) => ({ schema, name })

test('a name is the same whichever object holds it, and dots and quotes in it confuse nothing', () => {
  const map = new TableMap([
    [named('a', 'b.c'), 1],
    [named('a.b', 'c'), 2],
    [named('a"', '"b'), 3],
  ])
  expect([map.get(named('a', 'b.c')), map.get(named('a.b', 'c')), map.get(named('a"', '"b'))]).toEqual([
    1, 2, 3,
  ])
  expect(map.has(named('a', 'b'))).toBe(false)
  map.set(named('a', 'b.c'), 4).delete(named('a.b', 'c'))
  expect([...map]).toEqual([
    [named('a', 'b.c'), 4],
    [named('a"', '"b'), 3],
  ])
  expect([map.size, map.values(), map.keys().length]).toEqual([2, [4, 3], 2])
})

test('a set has a name once, and groups keep the order of their items', () => {
  const set = new TableSet([named('a', 'b'), named('a', 'b')]).add(named('a', 'c'))
  expect([set.size, [...set].map(({ name }) => name), set.has(named('a', 'c'))]).toEqual([
    2,
    ['b', 'c'],
    true,
  ])
  const groups = groupByTable([1, 2, 3], (item) => named('s', item === 2 ? 'even' : 'odd'))
  expect([...groups].map(([{ name }, items]) => [name, items])).toEqual([
    ['odd', [1, 3]],
    ['even', [2]],
  ])
})

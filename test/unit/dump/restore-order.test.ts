import { expect, test } from 'vitest'
import type { TableName } from '../../../src/core/table-name.ts'
import { restoreOrder } from '../../../src/dump/restore-order.ts'

const table = (name: string): TableName => ({ schema: 'public', name })
const refers = (child: string, parent: string) => ({ child: table(child), parent: table(parent) })

test('parents come before their children, at any distance', () => {
  const names = ['line', 'order', 'user', 'alone'].map(table)
  const order = restoreOrder(names, [
    refers('line', 'order'),
    refers('order', 'user'),
    refers('line', 'user'),
  ])
  const position = (name: string) => order.tables.findIndex((each) => each.name === name)
  expect(order.tables).toHaveLength(4)
  expect(position('user')).toBeLessThan(position('order'))
  expect(position('order')).toBeLessThan(position('line'))
  expect([...order.cyclic]).toEqual([])
})

test('tables on a cycle are told, and those that only lead to it or from it are not', () => {
  const names = ['before', 'a', 'b', 'c', 'after'].map(table)
  const order = restoreOrder(names, [
    refers('a', 'b'),
    refers('b', 'c'),
    refers('c', 'a'),
    refers('a', 'before'),
    refers('after', 'c'),
  ])
  expect([...order.cyclic].map(({ name }) => name).sort()).toEqual(['a', 'b', 'c'])
  expect(order.tables[0]?.name).toBe('before')
  expect(order.tables.at(-1)?.name).toBe('after')
})

test('a table that refers to itself is on no cycle', () => {
  const order = restoreOrder([table('tree')], [refers('tree', 'tree')])
  expect([...order.cyclic]).toEqual([])
  expect([...order.selfReferring]).toEqual([table('tree')])
})

test('keys to tables that are not dumped do not matter', () => {
  const order = restoreOrder([table('line')], [refers('line', 'order'), refers('order', 'line')])
  expect(order.tables).toEqual([table('line')])
  expect([...order.cyclic]).toEqual([])
})

test('a chain of thousands of tables is ordered', () => {
  const names = Array.from({ length: 5000 }, (_, index) => table(`t${index}`))
  const references = names.slice(1).map((parent, index) => ({ child: table(`t${index}`), parent }))
  expect(restoreOrder(names, references).tables[0]).toEqual(table('t4999'))
})

import { expect, test } from 'vitest'
import type { Step } from '../../../src/transfer/merge/apply-sql.ts'
import type { ForeignKeyEnds } from '../../../src/transfer/merge/foreign-key-ends.ts'
import { inForeignKeyOrder } from '../../../src/transfer/merge/in-foreign-key-order.ts'
import type { MergeTable } from '../../../src/transfer/merge/merge-table.ts'

/** Tables by name, and foreign keys as `child>parent`. */
function orderOf(names: string, keys: readonly string[]): string[] {
  const tables = new Map([...names].map((name) => [name, { name } as unknown as MergeTable]))
  const steps = [...tables.values()].map((table) => ({ table, kind: 'insert', sql: '', rows: 1 }) as Step)
  const ends = keys.map((key) => {
    const [child, parent] = key.split('>').map((name) => tables.get(name))
    return { key: { isEnforced: true }, child, parent } as unknown as ForeignKeyEnds
  })
  const nameOf = ({ table }: Step) => (table as unknown as { name: string }).name
  return inForeignKeyOrder(steps, ends).map(({ steps, isCyclic }) => {
    const own = steps.map(nameOf).sort().join('')
    return isCyclic ? `(${own})` : own
  })
}

test('parents come before their children', () => {
  expect(orderOf('abcd', ['a>b', 'b>d', 'c>d', 'a>c'])).toEqual(['d', 'b', 'c', 'a'])
})

test('tables that refer to each other or to themselves stay together, between their parents and children', () => {
  const keys = ['a>b', 'b>c', 'c>b', 'c>d', 'e>e', 'a>e']
  expect(orderOf('abcde', keys)).toEqual(['d', '(bc)', '(e)', 'a'])
})

test('a foreign key to a table that nothing is inserted into does not matter', () => {
  expect(orderOf('ab', ['a>x', 'x>b'])).toEqual(['a', 'b'])
})

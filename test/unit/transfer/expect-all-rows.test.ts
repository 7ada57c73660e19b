import { expect, test } from 'vitest'
import { expectAllRows } from '../../../src/transfer/merge/compare.ts'
import { IncrementalReadError } from '../../../src/transfer/merge/incremental-read-error.ts'
import type { ChangeCounts, MergeTable } from '../../../src/transfer/merge/merge-table.ts'

const NONE = { i: 0, u: 0, m: 0, d: 0, r: 0, l: 0, back: 0, stays: 0, leftOut: 0 }

function compared(name: string, kind: string, sourceRows: number, counts: Partial<ChangeCounts>) {
  const table = { target: { name: { schema: 's', name } }, rows: { kind, unchanged: { sourceRows } } }
  return { table: table as unknown as MergeTable, counts: { ...NONE, before: 10, ...counts } }
}

test('rows that were there, inserted and deleted must come to those of the source, in incremental reads alone', () => {
  expect(() =>
    expectAllRows([compared('a', 'changed', 11, { i: 3, d: 2, u: 4 }), compared('b', 'landing', 5, {})]),
  ).not.toThrow()
})

test('all tables that do not are named at once', () => {
  const wrong = [compared('a', 'changed', 11, {}), compared('b', 'changed', 9, {})]
  const found = () => expectAllRows([...wrong, compared('c', 'changed', 10, {})])
  expect(found).toThrow(IncrementalReadError)
  expect(found).toThrow(/s\.a with 10 rows instead of 11, s\.b with 10 rows instead of 9$/)
})

test('rows that stay without being in the source do not count; those that stand for a row of it do', () => {
  const beside = (stays: number, leftOut: number) => compared('a', 'changed', 11, { i: 3, stays, leftOut })
  expect(() => expectAllRows([beside(5, 3)])).not.toThrow()
  expect(() => expectAllRows([beside(5, 2)])).toThrow(/s\.a with 10 rows instead of 11$/)
})

test('a row that stayed and was deleted meanwhile is no miscount', () => {
  const { table, counts } = compared('a', 'changed', 11, {})
  const staying = { table: { ...table, stays: {} } as unknown as MergeTable, counts }
  const error = (tables: Parameters<typeof expectAllRows>[0]) => {
    try {
      expectAllRows(tables)
    } catch (thrown) {
      return thrown
    }
    return undefined
  }
  expect(error([staying])).toMatchObject({
    contradiction: 'written',
    message: 'Rows that stay were deleted from s.a in the target while the run read the source',
  })
  // More rows than the source has are one, and so is that of another table.
  expect(error([{ ...staying, counts: { ...counts, before: 12 } }])).toMatchObject({
    contradiction: 'miscounted',
  })
  expect(error([staying, compared('b', 'changed', 11, {})])).toMatchObject({ contradiction: 'miscounted' })
})

import { expect, test } from 'vitest'
import { formShares } from '../../../src/transfer/load/form-shares.ts'

const table = (oid: number, cost: number) => ({ oids: [oid], cost })
const shown = (shares: readonly (readonly { oids: readonly number[] }[])[]) =>
  shares.map((share) => share.map(({ oids }) => oids[0]))

test('tables are spread over the sessions by their cost, the largest first', () => {
  const shares = formShares([table(1, 10), table(2, 60), table(3, 30), table(4, 25)], [], 2)
  expect(shown(shares)).toEqual([[2], [3, 4, 1]])
})

test('tables that are tied are loaded by one transaction, over however many ties', () => {
  const tables = [table(1, 10), table(2, 20), table(3, 30), table(4, 5)]
  expect(
    shown(
      formShares(
        tables,
        [
          [1, 2],
          [2, 3],
        ],
        4,
      ),
    ),
  ).toEqual([[3, 2, 1], [4]])
  expect(shown(formShares(tables, [[1, 1]], 1))).toEqual([[3, 2, 1, 4]])
})

test('a tie to a relation outside ties nothing, and one to a partition ties its table', () => {
  const partitioned = { oids: [10, 11, 12], cost: 5 }
  expect(shown(formShares([table(1, 10), partitioned], [[1, 99]], 2))).toEqual([[1], [10]])
  expect(shown(formShares([table(1, 10), partitioned], [[12, 1]], 2))).toEqual([[1, 10]])
})

test('there are no more transactions than tables, and none for no table', () => {
  expect(formShares([table(1, 0)], [], 8)).toHaveLength(1)
  expect(formShares([], [], 8)).toEqual([])
})

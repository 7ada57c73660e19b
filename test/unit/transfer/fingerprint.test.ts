import { expect, test } from 'vitest'
import type { Column } from '../../../src/postgres/catalog/table.ts'
import { columnFacts, digestOf } from '../../../src/transfer/inspect/fingerprint.ts'

const column = (generated: Column['generated'], expression: string | undefined): Column => ({
  number: 2,
  name: 'v',
  type: 'integer',
  baseType: 'integer',
  isNotNull: false,
  hasDefault: false,
  generated,
  expression,
  identity: 'no',
})

test('another expression of a virtual column changes its table, because no row is written', () => {
  const digest = (expression: string) => digestOf(columnFacts([column('virtual', expression)]))
  expect(digest('(a * 3)')).toBe(digest('(a * 3)'))
  expect(digest('(a * 3)')).not.toBe(digest('(a * 7)'))
})

test('facts about other columns do not include expressions, so that stored digests still count', () => {
  expect(columnFacts([column('no', undefined), column('stored', '(a)')])).toEqual([
    [2, 'v', 'integer', 'integer', 'no'],
    [2, 'v', 'integer', 'integer', 'stored'],
  ])
})

import { expect, test } from 'vitest'
import { describeIncomplete } from '../../../src/run/describe-incomplete.ts'
import { describeSkipped, findDescribedSkipped } from '../../../src/run/describe-skipped.ts'

const skipped = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    return { table: { schema: 'public', name: `t${at}` }, reason: 'it does not fit' }
  })

test.each([
  [1, '1 table was left as it was: public.t0'],
  [2, '2 tables were left as they were: public.t0, public.t1'],
  [30, '30 tables were left as they were: public.t0, public.t1, public.t2, public.t3, public.t4 and 25 more'],
])('%s skipped: what the warnings of a run say is found again', (count, line) => {
  const found = findDescribedSkipped([
    { message: 'Cleaning up failed: x' },
    ...describeSkipped(skipped(count), 'after'),
  ])
  expect(describeIncomplete({ ...found, search: [] })).toEqual([line])
})

test('search indexes are named that are not up to date', () => {
  const search = [
    { searchIndex: 'a', status: 'done' },
    { searchIndex: 'b', status: 'failed' },
  ] as const
  expect(describeIncomplete({ tables: [], moreTables: 0, search })).toEqual([
    '1 search index not up to date: b (failed)',
  ])
})

import { expect, test } from 'vitest'
import { orderedShare } from '../../../src/transfer/land/differing/ordered-share.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)
const CASES: readonly { what: string; places: (number | null)[]; share: number }[] = [
  { what: 'no rows', places: [], share: 0 },
  { what: 'the same order', places: upTo(100), share: 1 },
  { what: 'the opposite order', places: upTo(100).reverse(), share: 0.01 },
  {
    what: 'a fifth that was moved to the end',
    places: upTo(100).sort((a, b) => +(a % 5 === 0) - +(b % 5 === 0)),
    share: 0.8,
  },
  {
    what: 'two halves in turns',
    places: upTo(100).map((at) => (at % 2) * 50 + Math.floor(at / 2)),
    share: 0.51,
  },
  { what: 'its second half first', places: [...upTo(100).slice(50), ...upTo(50)], share: 0.5 },
  {
    what: 'rows that the other side lacks',
    places: upTo(100).map((at) => (at % 4 === 0 ? null : at)),
    share: 0.75,
  },
  { what: 'nothing but those', places: [null, null], share: 0 },
]
test.each(CASES)('of $what, $share can be met in order', ({ places, share }) => {
  expect(orderedShare(places)).toBeCloseTo(share)
})

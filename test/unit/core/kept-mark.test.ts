import { expect, test } from 'vitest'
import { isLookDue, type KeptMark, keptMark } from '../../../src/core/watermark.ts'

test('what statistics vouch for keeps the mark of the run that read the rows, and a reading makes a new one', () => {
  const left = { snapshot: '10:10:', lookedIn: 3, unlookedRuns: 1 }
  expect(keptMark(left, '20:20:')).toEqual({ snapshot: '10:10:', lookedIn: 3, unlookedRuns: 2 })
  expect(keptMark(undefined, '20:20:')).toEqual({ snapshot: '20:20:', lookedIn: undefined, unlookedRuns: 0 })
})

test.each([1, 2, 7])('with recheck %i, rows are read in every run of that number', (recheck) => {
  let mark: KeptMark = keptMark(undefined, '1:1:')
  const looks: number[] = []
  for (let run = 1; run <= 3 * recheck; run += 1) {
    const isRead = isLookDue(mark.unlookedRuns, recheck)
    if (isRead) looks.push(run)
    mark = keptMark(isRead ? undefined : mark, `${run}:${run}:`)
  }
  expect(looks).toEqual([recheck, 2 * recheck, 3 * recheck])
})

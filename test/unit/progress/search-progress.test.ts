import { expect, test } from 'vitest'
import { SearchProgress } from '../../../src/progress/search-progress.ts'

test('what one pass had rejected is sent again by the next, and counts once', () => {
  const progress = new SearchProgress()
  const send = (searchIndex: string, indexed: number, rejected: number) => {
    const documents = indexed + rejected
    progress.observe(
      { type: 'documents-planned', searchIndex, documents, changed: documents, deletions: 0 },
      0,
    )
    progress.observe({ type: 'documents-answered', searchIndex, indexed, rejected }, 0)
  }
  send('places', 5, 2)
  send('places', 0, 2)
  expect(progress.snapshot(0)).toMatchObject({ allAnswered: 7, allRejected: 2 })
  send('people', 3, 0)
  expect(progress.snapshot(0)).toMatchObject({ allAnswered: 10, allRejected: 2 })
})

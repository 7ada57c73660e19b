import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assertProperty } from '../../../support/properties.ts'
import { randomFaults } from '../../../support/typesense/random-faults.ts'
import { document, openTestIndex } from './open-test-index.ts'

type Step =
  | { readonly kind: 'upsert'; readonly titles: readonly (readonly [string, string | number])[] }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }

const id = fc.constantFrom(...'abcdefgh', 'x`y', 'x,y', 'ü/1', '[z]')
const title = fc.oneof({ weight: 5, arbitrary: fc.string() }, { weight: 1, arbitrary: fc.nat() })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('upsert' as const),
    titles: fc.uniqueArray(fc.tuple(id, title), { maxLength: 12, selector: ([one]) => one }),
  }),
  fc.record({ kind: fc.constant('delete' as const), ids: fc.uniqueArray(id, { maxLength: 12 }) }),
)

const limits = { documents: 5, bytes: 300, deletions: 3, parallel: 1 }
const pacing = {
  retry: { attempts: 15, firstWaitMs: 0.1, longestWaitMs: 1 },
  lagWaitMs: 0,
  settleMs: 0,
  settleReads: 5,
}

test('whatever passes by itself goes wrong, the documents end as they were sent', {
  timeout: 60_000,
}, async () => {
  const { index, server, books } = await openTestIndex({ limits, pacing })
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))
  await assertProperty(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), chance, async (steps, chances) => {
      server.faults.clear()
      server.collections.get('books')?.documents.clear()
      const random = () => chances.next().value
      server.faults.decideBy(randomFaults(random, { rate: 0.4, mostPerRequest: 2 }))
      const model = new Map<string, unknown>()
      for (const each of steps) {
        if (each.kind === 'delete') {
          await index.delete(books, each.ids)
          for (const one of each.ids) model.delete(one)
          continue
        }
        const sent = each.titles.map(([one, text]) => document({ id: one, title: text }))
        const outcomes = await index.upsert(books, sent)
        expect(outcomes.map(({ kind }) => kind)).toEqual(
          each.titles.map(([, text]) => (typeof text === 'string' ? 'indexed' : 'rejected')),
        )
        for (const [one, text] of each.titles)
          if (typeof text === 'string') model.set(one, { id: one, title: text })
      }
      expect(server.documentsOf('books')).toEqual(model)
    }),
    { numRuns: 40 },
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFaults } from '../../../support/mixedbread/random-faults.ts'
import { assertProperty } from '../../../support/properties.ts'
import { documentOf, type IndexForTest, indexForTest } from './index-for-test.ts'

const IDS = ['global-work-1', 'global-work-2', 'tenant-work-1', 'tenant-work-2', 'tenant-material-3']

type Content = { readonly text: string; readonly metadata: { readonly size: number } }
type Step =
  | { readonly kind: 'upsert' | 'metadata'; readonly ids: readonly string[]; readonly content: Content }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }

const ids = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1 })
const content = fc.record({ text: fc.string(), metadata: fc.record({ size: fc.nat(9) }) })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('upsert' as const, 'metadata' as const), ids, content }),
    fc.record({ kind: fc.constant('delete' as const), ids }),
  ),
  { minLength: 1, maxLength: 6 },
)

test('once faults end, the store is what was asked for, and nothing is left behind', async () => {
  const draws = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 60 })
  await assertProperty(
    fc.asyncProperty(
      steps,
      draws,
      fc.double({ min: 0.1, max: 0.7, noNaN: true }),
      async (plan, numbers, share) => {
        const context = await indexForTest()
        const { index, mixedbread } = context
        let drawn = 0
        const random = () => numbers[drawn++ % numbers.length] ?? 0
        mixedbread.faults.setPolicy(randomFaults({ random, share }))
        const model = new Map<string, Content>()
        const unsure = new Set<string>()
        for (const step of plan) await take(context, step, model, unsure)
        await index.cleanUp().catch(() => undefined)

        mixedbread.faults.clear()
        await repair(context, model, unsure)
        await index.cleanUp()
        expect(mixedbread.orphans()).toEqual([])
        const stored = mixedbread
          .documents()
          .map(({ externalId, content, metadata }) => [externalId, content, metadata])
        const wanted = [...model].map(([id, { text, metadata }]) => [
          id,
          text,
          { ...metadata, managed_by: 'mbsync' },
        ])
        expect(stored.toSorted()).toEqual(wanted.toSorted())
        await mixedbread.close()
      },
    ),
    { numRuns: 40 },
  )
})

/** Does a step, and notes of which documents it is not known whether they are as they should be. */
async function take(
  { index, live }: IndexForTest,
  step: Step,
  model: Map<string, Content>,
  unsure: Set<string>,
) {
  if (step.kind === 'delete') {
    for (const id of step.ids) {
      model.delete(id)
      unsure.add(id)
    }
    await index.delete(live, step.ids, (id) => unsure.delete(id)).catch(() => undefined)
    return
  }
  const contents = step.ids.flatMap((id): [string, Content][] => {
    const text = step.kind === 'upsert' ? step.content.text : model.get(id)?.text
    return text === undefined ? [] : [[id, { text, metadata: step.content.metadata }]]
  })
  for (const [id, one] of contents) model.set(id, one)
  const wasSure = new Set(contents.map(([id]) => id).filter((id) => !unsure.has(id)))
  for (const [id] of contents) unsure.add(id)
  const documents = contents.map(([id, { text, metadata }]) => documentOf(id, text, metadata))
  const settle = ({ id }: { id: string }, { kind }: { kind: string }) => {
    if (kind === 'indexed' && (step.kind === 'upsert' || wasSure.has(id))) unsure.delete(id)
  }
  const hasText = step.kind !== 'upsert'
  const sent = documents.map((document) => ({ ...document, hasText }))
  await index.upsert(live, sent, settle).catch(() => undefined)
}

async function repair({ index, live }: IndexForTest, model: Map<string, Content>, unsure: Set<string>) {
  const documents = [...unsure].flatMap((id) => {
    const one = model.get(id)
    return one === undefined ? [] : [documentOf(id, one.text, one.metadata)]
  })
  await index.upsert(live, documents)
  await index.delete(
    live,
    [...unsure].filter((id) => !model.has(id)),
  )
}

import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import type { Side } from '../support/both-sides/steps.ts'
import { step } from '../support/both-sides/steps.ts'
import { World } from '../support/both-sides/world.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { assertProperty } from '../support/properties.ts'

let clusters: Readonly<Record<Side, Cluster>>
beforeAll(async () => {
  const settings = { max_prepared_transactions: '5' }
  const [source, target] = await Promise.all([
    startCluster({ major: 16, settings }),
    startCluster({ major: 18, settings }),
  ])
  clusters = { source, target }
})
afterAll(() => Promise.all([clusters.source.stop(), clusters.target.stop()]))

test('whatever happens on both sides and to their servers, a run brings all rows or changes nothing', async () => {
  await assertProperty(
    fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 40, size: 'max' }),
      fc.boolean(),
      async (steps, isOwner) => {
        const world = await World.create(clusters, isOwner)
        try {
          for (const each of steps) await world.take(each)
          for (const sql of ['COMMIT', `COMMIT PREPARED 'p'`]) await world.take({ kind: 'open', sql })
          for (const meets of [undefined, undefined]) await world.take({ kind: 'sync', how: 'plain', meets })
        } finally {
          await world.end()
        }
      },
    ),
    { numRuns: 2, endOnFailure: true },
  )
}, 3_600_000)

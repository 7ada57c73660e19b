import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MACHINE_CLOCK } from '../../src/search/mixedbread/rate-limiter.ts'
import { createDatabasePair } from '../support/databases.ts'
import { PASSING_FAULTS, randomFaults } from '../support/mixedbread/random-faults.ts'
import { simulateTime } from '../support/mixedbread/simulate-time.ts'
import { startMixedbread } from '../support/mixedbread/start-mixedbread.ts'
import {
  expectSameLibrary,
  LIBRARY_SCHEMA,
  libraryIndex,
  libraryRows,
  TENANTS,
  uuidOf,
} from '../support/mixedbread-index.ts'
import { assertProperty } from '../support/properties.ts'
import { runSearch } from '../support/run-search.ts'

simulateTime()

type Scopes = NonNullable<NonNullable<Parameters<typeof runSearch>[2]>['scopes']>

type Step =
  | { readonly kind: 'change'; readonly sql: string }
  | { readonly kind: 'sync'; readonly faultShare: number; readonly scopes: Scopes }
  | { readonly kind: 'meddle'; readonly id: string }
  | { readonly kind: 'interrupt'; readonly after: number }

const number = fc.integer({ min: 1, max: 14 })
const tenant = fc.constantFrom(TENANTS.first, TENANTS.second)
const scopes: fc.Arbitrary<Scopes> = fc.oneof(
  fc.constantFrom<Scopes>({ kind: 'all' }, { kind: 'global' }, { kind: 'tenants' }),
  tenant.map((tenantId): Scopes => ({ kind: 'tenant', tenantId })),
)
const change = fc.oneof(
  fc
    .tuple(number, fc.nat(3))
    .map(([i, v]) => `UPDATE "Material" SET body = 'v${v}' WHERE id = '${uuidOf(i)}'`),
  fc.tuple(number, fc.nat(3)).map(([i, v]) => `UPDATE "Material" SET year = ${v} WHERE id = '${uuidOf(i)}'`),
  fc
    .tuple(number, fc.constantFrom('true', 'false', 'NULL'))
    .map(([i, v]) => `UPDATE "Material" SET is_global = ${v} WHERE id = '${uuidOf(i)}'`),
  fc
    .tuple(number, tenant)
    .map(([i, t]) => `UPDATE "Material" SET tenant_id = '${t}' WHERE id = '${uuidOf(i)}'`),
  number.map((i) => `UPDATE works SET "isGlobal" = NOT "isGlobal" WHERE id = '${uuidOf(500_000 + i)}'`),
  number.map((i) => `DELETE FROM "Material" WHERE id = '${uuidOf(i)}'`),
  fc
    .tuple(number, tenant)
    .map(
      ([i, t]) =>
        `INSERT INTO "Material" VALUES ('${uuidOf(i)}', 'again', 'b', 1, false, '${t}') ON CONFLICT DO NOTHING`,
    ),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: change.map((sql) => ({ kind: 'change' as const, sql })) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      faultShare: fc.constantFrom(0, 0.1, 0.5),
      scopes,
    }),
  },
  {
    weight: 1,
    arbitrary: number.map((i) => ({ kind: 'meddle' as const, id: `global-material-${uuidOf(i)}` })),
  },
  { weight: 1, arbitrary: fc.nat(20).map((after) => ({ kind: 'interrupt' as const, after })) },
)

test('once faults end, one run makes the store what the tables say, for every scope, and no document is ever of another tenant', async () => {
  await assertProperty(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), fc.nat(), async (steps, seed) => {
      const mixedbread = await startMixedbread({ now: MACHINE_CLOCK.now, ingestAfterMs: 20_000 })
      const pair = await createDatabasePair({ targetSql: LIBRARY_SCHEMA + libraryRows(12) })
      const random = randomOf(seed)
      const index = libraryIndex(mixedbread, { maxDeletePercent: 100 })
      const run = (options: Parameters<typeof runSearch>[2] = {}) =>
        runSearch(pair, [index], { allowMassDelete: true, ...options })
      const everOwned = new Map<string, Set<unknown>>()
      const noteOwners = async () => {
        for (const [id, owner] of await ownersIn(pair.target.client)) {
          everOwned.set(id, (everOwned.get(id) ?? new Set()).add(owner))
        }
      }
      try {
        for (const each of steps) {
          await noteOwners()
          if (each.kind === 'change') await pair.target.client.query(`SET search_path = public; ${each.sql}`)
          else if (each.kind === 'meddle') {
            if (mixedbread.document(each.id) !== undefined) mixedbread.remove(each.id)
          } else if (each.kind === 'interrupt') {
            const controller = new AbortController()
            let answers = 0
            mixedbread.faults.setPolicy(() => {
              answers += 1
              if (answers > each.after) controller.abort(new Error('stopped'))
              return undefined
            })
            await run({ signal: controller.signal }).catch(() => undefined)
          } else {
            mixedbread.faults.setPolicy(
              randomFaults({ random, share: each.faultShare, faults: PASSING_FAULTS }),
            )
            await run({ scopes: each.scopes })
          }
          mixedbread.faults.clear()
          await noteOwners()
          for (const { externalId, metadata } of mixedbread.documents())
            expect(everOwned.get(externalId ?? ''), externalId ?? '').toContain(ownerOf(metadata))
        }
        const { search } = await run()
        expect(search).toMatchObject([{ status: 'done' }])
        await expectSameLibrary(pair, mixedbread, 'uploads may be left behind')
        const idle = await run({ reconcile: true })
        await expectSameLibrary(pair, mixedbread)
        expect(idle.search).toMatchObject([{ status: 'done', changed: 0, indexed: 0, deleted: 0 }])
      } finally {
        await mixedbread.close()
        await pair.drop()
      }
    }),
    { numRuns: 4, endOnFailure: true },
  )
}, 900_000)

/** Who each document was for, when its row was as it is now: `global`, or a tenant. */
async function ownersIn(client: {
  query: (sql: string) => Promise<{ rows: { id: string; owner: string }[] }>
}) {
  const { rows } = await client.query(
    `SELECT CASE WHEN is_global THEN 'global-material-' ELSE 'tenant-material-' END || id AS id,
       CASE WHEN is_global THEN 'global' ELSE tenant_id::text END AS owner FROM public."Material"
     UNION ALL
     SELECT CASE WHEN "isGlobal" THEN 'global-work-' ELSE 'tenant-work-' END || id,
       CASE WHEN "isGlobal" THEN 'global' ELSE "tenantId"::text END FROM public.works`,
  )
  return rows.map(({ id, owner }) => [id, owner] as const)
}

function ownerOf(metadata: unknown): unknown {
  const { scope, tenant_id } = metadata as Record<string, unknown>
  return scope === 'global' ? 'global' : tenant_id
}

/** Numbers from 0 up to 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { assertProperty } from '../support/properties.ts'
import { runSearch } from '../support/run-search.ts'
import { randomFaults, TRANSIENT_FAULTS } from '../support/typesense/random-faults.ts'
import { startTypesense } from '../support/typesense/start-typesense.ts'
import {
  expectSameDocuments,
  SHOP_FIELDS,
  SHOP_QUERY,
  SHOP_SCHEMA,
  shopIndex,
  shopRows,
  wantedDocuments,
} from '../support/typesense-index.ts'

type Step =
  | { readonly kind: 'change'; readonly sql: string }
  | { readonly kind: 'sync'; readonly faultRate: number; readonly isRebuild: boolean }
  | { readonly kind: 'meddle'; readonly id: number }
  | { readonly kind: 'overwrite'; readonly id: number }
  | { readonly kind: 'interrupt'; readonly after: number }
  | {
      readonly kind: 'restart'
      readonly unready: number
      readonly replaying: number
      readonly accepting: number
    }

/** The server indexes it and does not keep it. */
const NOTE = { name: 'note', type: 'string', store: false, optional: true }
const WITH_NOTE = `SELECT q.*, 'note on ' || q.title AS note FROM (${SHOP_QUERY}) AS q`
/** So that changed rows have their documents alone made again. */
const KEYS = [
  { table: { schema: 'public', name: 'Product' }, id: 'id' },
  { table: { schema: 'public', name: 'Offer' }, id: 'product' },
]
/** Documents that refer to those of another collection, which a server deletes together with them. */
const OFFERS_QUERY =
  'SELECT o.id, o.product::text AS product, o.shop FROM public."Offer" AS o JOIN public."Product" AS p ON p.id = o.product'
const OFFER_FIELDS = [
  { name: 'product', type: 'string', reference: 'products.id' },
  { name: 'shop', type: 'string' },
]
const SHOP = { default_sorting_field: 'created', enable_nested_fields: true }

const id = fc.integer({ min: 1, max: 40 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .oneof(
        fc.tuple(id, fc.nat(5)).map(([i, v]) => `UPDATE "Product" SET "Title" = 'v${v}' WHERE id = ${i}`),
        fc.tuple(id, fc.nat(5)).map(([i, v]) => `UPDATE "Offer" SET shop = 's${v}' WHERE product = ${i}`),
        id.map((i) => `DELETE FROM "Product" WHERE id = ${i}`),
        fc.tuple(id, id).map(([i, j]) => `UPDATE "Offer" SET product = ${j} WHERE id = ${i}`),
        id.map((i) => `INSERT INTO "Product" VALUES (${i}, 'again', ${i}, '{x}') ON CONFLICT DO NOTHING`),
      )
      .map((sql) => ({ kind: 'change' as const, sql })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 0.2, 0.7), fc.nat(4))
      .map(([faultRate, n]) => ({ kind: 'sync' as const, faultRate, isRebuild: n === 0 })),
  },
  { weight: 1, arbitrary: id.map((i) => ({ kind: 'meddle' as const, id: i })) },
  { weight: 1, arbitrary: id.map((i) => ({ kind: 'overwrite' as const, id: i })) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(3), fc.nat(40), fc.nat(40)).map(([unready, replaying, accepting]) => ({
      kind: 'restart' as const,
      unready,
      replaying,
      accepting: Math.min(replaying, accepting),
    })),
  },
  { weight: 1, arbitrary: fc.nat(3).map((after) => ({ kind: 'interrupt' as const, after })) },
)

test('once faults end, one run makes the collection what the query gives, id for id and field for field', async () => {
  await assertProperty(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), fc.integer(), async (steps, seed) => {
      const random = mulberry(seed)
      const server = await startTypesense()
      const pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(30) })
      const index = shopIndex(
        server,
        { documents: WITH_NOTE, keys: KEYS, maxDeletePercent: 100, keep: 0 },
        { batch: { documents: 7, bytes: 1e6 }, schema: { ...SHOP, fields: [...SHOP_FIELDS, NOTE] } },
      )
      const offers = shopIndex(
        server,
        { name: 'offers', documents: OFFERS_QUERY, maxDeletePercent: 100, keep: 0 },
        {
          collection: 'offers',
          batch: { documents: 7, bytes: 1e6 },
          schema: { fields: OFFER_FIELDS },
        },
      )
      const run = (options: Parameters<typeof runSearch>[2] = {}) =>
        runSearch(pair, [offers, index], { create: true, allowMassDelete: true, ...options })
      try {
        for (const each of steps) {
          if (each.kind === 'restart') server.restart(each)
          else if (each.kind === 'change')
            await pair.target.client.query(`SET search_path = public; ${each.sql}`)
          else if (each.kind === 'meddle') {
            server.endRestart()
            const live = server.aliases.get('products')
            if (live !== undefined) server.removeDocument(live, String(each.id))
          } else if (each.kind === 'overwrite') {
            // As a request would that the server takes after others of the same document.
            server.endRestart()
            const live = server.aliases.get('products')
            const found = live === undefined ? undefined : server.documentsOf(live).get(String(each.id))
            if (live !== undefined && found !== undefined)
              server.putDocument(live, { ...found, id: String(each.id), title: 'late' })
          } else if (each.kind === 'interrupt') {
            const controller = new AbortController()
            let answers = 0
            const onEvent = ({ type }: { readonly type: string }) => {
              if (type === 'documents-answered' && ++answers > each.after) controller.abort(new Error('stop'))
            }
            await run({ onEvent, signal: controller.signal, rebuild: each.after === 0 }).catch(
              () => undefined,
            )
          } else {
            const faults = TRANSIENT_FAULTS
            server.faults.decideBy(randomFaults(random, { rate: each.faultRate, faults, mostPerRequest: 2 }))
            await run({ rebuild: each.isRebuild })
            server.faults.clear()
          }
        }
        const { search } = await run({ reconcile: steps.some(({ kind }) => kind === 'overwrite') })
        expect(search).toMatchObject([{ status: 'done' }, { status: 'done' }])
        server.endRestart()
        await expectSameDocuments(pair, server)
        const wanted = await wantedDocuments(pair, OFFERS_QUERY)
        expect(new Map([...server.documentsOf('offers')].sort())).toEqual(new Map([...wanted].sort()))
        expect([...server.collections.keys()].sort()).toEqual([...server.aliases.values()].sort())
        const idle = await run()
        const nothing = { changed: 0, indexed: 0, deleted: 0 }
        expect(idle.search).toMatchObject([nothing, nothing])
      } finally {
        await server.close()
        await pair.drop()
      }
    }),
    { numRuns: 4 },
  )
}, 600_000)

/** A small seeded generator, so that a failing sequence can be run again. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BASE, CHANGES } from '../fixtures/schemas/random-ddl.ts'
import { createDatabasePair, freezeAsTemplate, type TestDatabase } from '../support/databases.ts'
import { assertProperty } from '../support/properties.ts'
import { applySafe, diffOf, unexpected } from '../support/schema-diff.ts'

let template: { source: string; target: string }
let drop: () => Promise<void>

beforeAll(async () => {
  const pair = await createDatabasePair({ sourceSql: BASE, targetSql: BASE })
  drop = pair.drop
  template = await freezeAsTemplate(pair)
})
afterAll(() => drop())

test('after the statements that lose nothing, only what needs a review differs', async () => {
  await assertProperty(
    fc.asyncProperty(
      someOf({ minLength: 5, maxLength: 40 }),
      someOf({ maxLength: 12 }),
      fc.boolean(),
      async (changesOfSource, changesOfTarget, isSourceNewer) => {
        const created = await createDatabasePair({ template })
        const pair = isSourceNewer ? { ...created, source: created.target, target: created.source } : created
        try {
          await change(pair.source, changesOfSource)
          await change(pair.target, changesOfTarget)
          const already = await invalidIndexes(pair.target)
          const before = await diffOf(pair)
          const failed = await applySafe(pair.target.client, before)
          expect(unexpected(before, await diffOf(pair), failed)).toEqual([])
          const ofTarget = failed.length === 0 ? await invalidIndexes(pair.target) : []
          const made = ofTarget.filter((name) => !already.includes(name))
          expect(await invalidIndexes(pair.source)).toEqual(expect.arrayContaining(made))
        } finally {
          await created.drop()
        }
      },
    ),
    { numRuns: 6, endOnFailure: true },
  )
}, 600_000)

/** Statements in any order, or more of them in that of the list, where what they need comes first. */
function someOf(length: { readonly minLength?: number; readonly maxLength: number }) {
  const changes = [...CHANGES]
  return fc.oneof(
    fc.array(fc.constantFrom(...changes), length),
    fc.subarray(changes, { ...length, maxLength: 2 * length.maxLength }),
  )
}

/** The indexes of partitioned tables that not all partitions have. */
async function invalidIndexes({ client }: TestDatabase): Promise<string[]> {
  const sql = 'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid'
  return (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name)
}

/** A statement that is refused changes nothing. */
async function change({ client }: TestDatabase, statements: readonly string[]): Promise<void> {
  for (const sql of statements) await client.query(sql).catch(() => undefined)
}

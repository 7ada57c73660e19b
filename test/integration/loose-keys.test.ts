import { afterEach, beforeEach, expect, test } from 'vitest'
import { readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSync } from '../support/run-sync.ts'

/** In the target, texts are equal that differ only in case. */
const LOOSE = `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`
const tableOf = (collation: string) => `CREATE TABLE item (id text ${collation} PRIMARY KEY, v int);`
const ROWS = `INSERT INTO item SELECT 'key ' || i, i FROM generate_series(1, 2000) i; INSERT INTO item VALUES ('a', 1), ('z', 2)`

let pair: DatabasePair
beforeEach(async () => {
  pair = await createDatabasePair({
    sourceSql: tableOf('') + ROWS,
    targetSql: LOOSE + tableOf('COLLATE loose'),
  })
  await runSync(pair)
})
afterEach(() => pair?.drop())

test.each([
  { what: 'changed rows', isFull: false },
  { what: 'all rows', isFull: true },
])(
  'of $what, one whose key another row has in the target is not taken for one that was deleted',
  async ({ isFull }) => {
    await pair.source.client.query(`DELETE FROM item WHERE id = 'z'; INSERT INTO item VALUES ('A', 3)`)
    const before = await readContent(pair.target.client)
    await expect(runSync(pair, { isFull })).rejects.toThrow('two source rows have the same key ("id")')
    expect(await readContent(pair.target.client)).toEqual(before)
  },
)

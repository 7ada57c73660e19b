import { describe, expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { maskedBy } from '../support/masks.ts'
import { runSync } from '../support/run-sync.ts'

const ROWS = `INSERT INTO item SELECT 'key ' || i, 'body ' || i FROM generate_series(1, 1500) i`
const COLLATION = `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`
const TABLE = 'CREATE TABLE item (code text PRIMARY KEY, body text)'

/** As many rows as before: one is deleted, and the target takes a new one for another. */
describe.each([
  {
    what: 'its collation',
    sourceSql: TABLE,
    targetSql: `${COLLATION}; CREATE TABLE item (code text COLLATE loose PRIMARY KEY, body text)`,
    profile: {},
    added: 'KEY 7',
  },
  {
    what: 'a mask that is not as unique as the profile says',
    sourceSql: TABLE,
    targetSql: TABLE,
    profile: maskedBy({ 'public.item': { code: { sql: `'m ' || lower(code)`, allow: ['item_pkey'] } } }),
    added: 'KEY 7',
  },
  {
    what: 'a key of its own',
    sourceSql: 'CREATE TABLE item (code text, body text, PRIMARY KEY (code, body))',
    targetSql: TABLE.replace('body text', 'body text NOT NULL'),
    profile: {},
    added: 'key 7',
  },
])('a target takes two rows of the source for one by $what', ({ sourceSql, targetSql, profile, added }) => {
  test.each(['incremental', 'full'])('which is not overlooked by a read that is %s', async (mode) => {
    const pair = await createDatabasePair({ sourceSql: `${sourceSql}; ${ROWS}`, targetSql })
    const { source, target } = pair
    await runSync(pair, { profile })
    await source.client.query(`DELETE FROM item WHERE code = 'key 900'`)
    await source.client.query('INSERT INTO item VALUES ($1, $2)', [added, 'another'])
    await expect(runSync(pair, { profile, isFull: mode === 'full' })).rejects.toThrow(
      'public.item: two source rows have the same key ("code") in the target',
    )
    const { rows } = await target.client.query('SELECT count(*)::int AS n FROM item WHERE body ~ $1', [
      'body',
    ])
    expect(rows).toEqual([{ n: 1500 }])
    await pair.drop()
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchIndexConfig } from '../../src/config/config.ts'
import type { SearchOptions } from '../../src/indexing/search-task.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runSearch } from '../support/run-search.ts'
import { startTypesense, type Typesense } from '../support/typesense/start-typesense.ts'
import {
  expectSameDocuments,
  SHOP_QUERY,
  SHOP_SCHEMA,
  sentIds,
  shopIndex,
  shopRows,
} from '../support/typesense-index.ts'

const ALL = 40

/** Tables beside those of the shop, by which the title of each product can be changed without any row of it being written. */
const FURTHER = `
  CREATE TYPE state AS ENUM ('new', 'used');
  CREATE TABLE extra (id int PRIMARY KEY, state state DEFAULT 'new', part text DEFAULT 'old');
  INSERT INTO extra SELECT i FROM generate_series(1, ${ALL}) i;
  CREATE TABLE split (id int, word text) PARTITION BY LIST (word);
  CREATE TABLE split_a PARTITION OF split FOR VALUES IN ('a');
  INSERT INTO split VALUES (1, 'a');
  CREATE VIEW words AS SELECT id, part AS word FROM extra;
  CREATE FUNCTION shout(t text) RETURNS text IMMUTABLE LANGUAGE sql RETURN upper(t);`

describe('an index whose rows have not changed', () => {
  let pair: DatabasePair
  let server: Typesense

  beforeAll(async () => {
    server = await startTypesense()
    pair = await createDatabasePair({ targetSql: SHOP_SCHEMA + shopRows(ALL) + FURTHER })
  })
  afterAll(async () => {
    await server.close()
    await pair.drop()
  })

  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)

  /** What the last of these runs said. */
  let whyInFull: string | undefined

  /**
   * Runs, and returns which documents were looked at: their hashes were spoilt before, so whatever the query is run for is sent again. A number stands
   * for so many of them.
   */
  async function lookedAt(
    config: Partial<SearchIndexConfig> = {},
    options: Partial<SearchOptions> = {},
    own = pair,
  ): Promise<readonly string[] | number> {
    await onTarget(`UPDATE mbsync.documents SET hash = '\\x00'`)
    server.requests.length = 0
    const { search } = await runSearch(own, [shopIndex(server, config)], options)
    expect(search).toMatchObject([{ status: 'done' }])
    whyInFull = search[0]?.whyInFull
    const ids = [...new Set(sentIds(server))].sort()
    return ids.length > 10 ? ids.length : ids
  }

  async function fill(config: Partial<SearchIndexConfig> = {}) {
    const { search } = await runSearch(pair, [shopIndex(server, config)], { create: true })
    expect(search).toMatchObject([{ status: 'done' }])
  }

  test('costs no query', async () => {
    await fill()
    expect(await lookedAt()).toEqual([])
    const { search } = await runSearch(pair, [shopIndex(server)])
    expect(search).toMatchObject([{ status: 'done', documents: ALL, changed: 0 }])
  })

  test('is compared as a whole in a run that reconciles, and in every so manyth run', async () => {
    await fill()
    expect(await lookedAt({}, { reconcile: true })).toBe(ALL)
    expect(whyInFull).toBe('that was asked for')
    const looks: [number, string | undefined][] = []
    for (let run = 1; run <= 8; run += 1) if ((await lookedAt()) === ALL) looks.push([run, whyInFull])
    expect(looks).toEqual([[7, '`incremental.recheck` runs in a row had not looked at all of them']])
  })

  test.each([
    ['another session has updated a row', `UPDATE "Offer" SET shop = 'x' WHERE id = 7`],
    [
      'it has deleted one and put it back',
      `WITH d AS (DELETE FROM "Product" WHERE id = 9 RETURNING *) INSERT INTO "Product" SELECT * FROM d`,
    ],
    ['it has deleted one', `DELETE FROM "Offer" WHERE id = 8`],
    [
      'it has rewritten the table',
      'CREATE TABLE kept AS TABLE "Offer"; TRUNCATE "Offer"; INSERT INTO "Offer" TABLE kept; DROP TABLE kept',
    ],
    [
      'a column was changed',
      'ALTER TABLE "Product" ALTER tags SET NOT NULL, ALTER tags DROP NOT NULL; ALTER TABLE "Product" ALTER price TYPE numeric(12, 4)',
    ],
  ])('is compared as a whole when %s', async (_, sql) => {
    await fill()
    await onTarget(sql)
    expect(await lookedAt()).toBe(ALL)
    expect(whyInFull).toMatch(/^(rows of public\."?\w+"? have changed, and neither|the query, a definition)/)
    expect(await lookedAt()).toEqual([])
    expect(whyInFull).toBeUndefined()
  })

  test('is not compared for a row that came and went in between', async () => {
    await fill()
    await onTarget(`INSERT INTO "Offer" VALUES (-1, 1, 'x'); DELETE FROM "Offer" WHERE id = -1`)
    expect(await lookedAt()).toEqual([])
    await expectSameDocuments(pair, server)
  })

  test('is compared as a whole when the ids come from another column', async () => {
    const documents = `SELECT q.*, q.id AS key FROM (${SHOP_QUERY}) AS q`
    await fill({ documents })
    expect(await lookedAt({ documents })).toEqual([])
    expect(await lookedAt({ documents, idColumn: 'key' })).toBe(ALL)
  })

  const named = (word: string, from = '') =>
    ({ documents: `SELECT q.*, ${word} AS word FROM (${SHOP_QUERY}) AS q ${from}` }) as const

  test.each([
    [
      'a label of an enum',
      named('e.state', 'JOIN public.extra AS e USING (id)'),
      `ALTER TYPE state RENAME VALUE 'new' TO 'fresh'`,
    ],
    [
      'a column, dropped and added with a default',
      named('e.part', 'JOIN public.extra AS e USING (id)'),
      `ALTER TABLE extra DROP part CASCADE; ALTER TABLE extra ADD part text DEFAULT 'young'; CREATE VIEW words AS SELECT id, part AS word FROM extra`,
    ],
    [
      'a view',
      named('w.word', 'JOIN public.words AS w USING (id)'),
      'CREATE OR REPLACE VIEW words AS SELECT id, upper(part) AS word FROM extra',
    ],
    [
      'a partition',
      named('s.word', 'LEFT JOIN public.split AS s USING (id)'),
      'ALTER TABLE split DETACH PARTITION split_a',
    ],
    ['the query', named(`'a'`), undefined],
  ])('is compared as a whole when %s is another one', async (what, config, sql) => {
    await fill(config)
    expect(await lookedAt(config)).toEqual([])
    if (sql !== undefined) await onTarget(sql)
    expect(await lookedAt(what === 'the query' ? named(`'b'`) : config)).toBe(ALL)
  })

  test.each([
    ['the time', `now()::text`, 'its query calls now()'],
    ['the day', `current_date::text`, 'its query depends on the time, the user or chance'],
    [
      'a text that means the day',
      `('to' || left('day', length(q.title)))::date::text`,
      'its query uses the type date',
    ],
    ['chance', `random()::text`, 'its query calls random()'],
    ['a setting', `current_setting('mbsync.x', true)`, 'its query calls current_setting()'],
    ['the catalog', `(q.id::oid)::regclass::text`, 'its query uses the type regclass'],
    ['a function of users', `public.shout(q.title)`, 'its query uses function shout(text)'],
    [
      'a table of the server',
      `(SELECT count(*)::text FROM pg_catalog.pg_class)`,
      'pg_catalog.pg_class is not a table whose writes can be seen',
    ],
  ])('is compared each time if its query depends on %s', async (_, word, why) => {
    await fill(named(word))
    expect(await lookedAt(named(word))).toBe(ALL)
    expect(await lookedAt(named(word))).toBe(ALL)
    expect(whyInFull?.replace('public.', '')).toBe(why)
  })

  test.each([
    ['the value of a literal that means a day', `'yesterday'::date::text`],
    [
      'texts of numbers, dates and uuids',
      `concat(q.id, ' ', q.price, ' ', to_timestamp(q.created)::date, md5(q.title)::uuid, q.tags::text)`,
    ],
    ['a row of a table as JSON', `(SELECT row_to_json(e)::text FROM public.extra AS e WHERE e.id = q.id)`],
  ])('costs no query where it has %s', async (_, word) => {
    await fill(named(word))
    expect(await lookedAt(named(word))).toEqual([])
  })

  test('is not taken for unchanged by a role that may no longer read it', async () => {
    const password = 'secret'
    const role = `reader_${pair.target.name}`
    await onTarget(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'; GRANT CREATE ON DATABASE ${pair.target.name} TO ${role};
      DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
    const own = { ...pair, target: { ...pair.target, url: pair.target.urlFor(role, password) } }
    await runSearch(own, [shopIndex(server)])
    expect((await runSearch(own, [shopIndex(server)])).search).toMatchObject([{ status: 'done', changed: 0 }])
    await onTarget(`REVOKE SELECT ON "Offer" FROM ${role}`)
    const { search } = await runSearch(own, [shopIndex(server)])
    expect(search).toMatchObject([{ status: 'stopped' }])
    await onTarget(
      `DROP SCHEMA mbsync, mbsync_landing, mbsync_undo CASCADE; DROP OWNED BY ${role}; DROP ROLE ${role}`,
    )
  })
})

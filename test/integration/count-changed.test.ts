import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KeyRanges, keysInRangesSql } from '../../src/incremental/deleted/key-ranges.ts'
import { type DatabaseOptions, withDatabase } from '../../src/postgres/database.ts'
import { withLiveSource } from '../../src/transfer/source/live-source.ts'
import { databaseOptions } from '../support/database-options.ts'
import { createDatabasePair, createRole, type DatabasePair, type TestDatabase } from '../support/databases.ts'
import { patternOf } from '../support/run-sync.ts'

const NAME = { schema: 'public', name: 'page' }
/** Pages of one row each, so many that it is worth to have the server count. A plain one is not stored elsewhere. */
const SQL = `
  CREATE TABLE page (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = false);
  ALTER TABLE page ALTER body SET STORAGE PLAIN;
  INSERT INTO page SELECT i, repeat('x', 7900) FROM generate_series(1, 4200) i;
  INSERT INTO page SELECT -i, 'short' FROM generate_series(1, 3000) i;
  VACUUM page;
  DELETE FROM page WHERE id % 50 = 0;`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair()
  for (const { client } of [pair.source, pair.target])
    for (const statement of SQL.split(';')) await client.query(statement)
})
afterAll(() => pair?.drop())

/** What is counted of the table since `xmin`, and whether the server has done so for most of it. */
async function count({ url }: Pick<TestDatabase, 'url'>, xmin: string, condition?: string, readers = 3) {
  const purposes: string[] = []
  const options: DatabaseOptions = {
    ...databaseOptions(url, 'source'),
    onStatement: ({ purpose }) => purposes.push(purpose),
  }
  const selection = {
    include: [patternOf('public.page')],
    exclude: [],
    only: [],
    where: condition === undefined ? [] : [{ table: NAME, condition }],
    columns: [],
  }
  const [counted] = await withDatabase(options, (database) =>
    withLiveSource(database, selection, readers, async ({ changes }) => {
      if (changes === undefined) throw new Error('A live source knows its changes')
      return changes.countChanged([{ table: NAME, since: { xmin } }])
    }),
  )
  const scans = purposes.filter((purpose) => purpose.includes('AS ctids'))
  return {
    rows: counted?.rows,
    changedRows: counted?.changedRows,
    isByServer: scans.some((purpose) => !/^SELECT rows/.test(purpose)),
  }
}

async function rowsOf({ client }: TestDatabase, condition = 'true'): Promise<number> {
  return (await client.query(`SELECT count(*)::int AS n FROM page WHERE ${condition}`)).rows[0].n
}

/** Transactions in other databases may hold `xmin` back, so rows that an earlier test has written may count, too. */
function since(xmin: string): string {
  return `xmin::text::bigint >= ${xmin}`
}

async function change({ client }: TestDatabase, sql: string): Promise<string> {
  const { rows } = await client.query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin')
  await client.query(sql)
  return rows[0].xmin
}

describe.each(['source', 'target'] as const)('on the server of the %s', (side) => {
  test('the rows of a large table are counted by the server as it scans them', async () => {
    const database = pair[side]
    // Rows that nobody sees any more, rows that the snapshot does not see, and rows that have moved.
    const xmin = await change(
      database,
      `BEGIN; DELETE FROM page WHERE id % 70 = 1; ROLLBACK;
       UPDATE page SET body = body WHERE id BETWEEN -20 AND 20; DELETE FROM page WHERE id % 90 = 3`,
    )
    expect(await count(database, xmin)).toEqual({
      rows: await rowsOf(database),
      changedRows: await rowsOf(database, since(xmin)),
      isByServer: true,
    })
  })

  test('rows are counted one by one under a condition, which the server does not look at', async () => {
    const database = pair[side]
    const xmin = await change(database, `UPDATE page SET body = body WHERE id BETWEEN -10 AND 10`)
    expect(await count(database, xmin, 'id > 5')).toEqual({
      rows: await rowsOf(database, 'id > 5'),
      changedRows: await rowsOf(database, `id > 5 AND ${since(xmin)}`),
      isByServer: false,
    })
  })

  test.each([
    ['counts nothing', 'track_counts'],
    ['scans all of the table for each piece', 'enable_tidscan'],
  ])('rows are counted one by one where the server %s', async (_, setting) => {
    const database = pair[side]
    await database.client.query(`ALTER DATABASE "${database.name}" SET ${setting} = off`)
    const xmin = await change(database, `UPDATE page SET body = body WHERE id BETWEEN -10 AND 10`)
    expect(await count(database, xmin)).toEqual({
      rows: await rowsOf(database),
      changedRows: await rowsOf(database, since(xmin)),
      isByServer: false,
    })
    await database.client.query(`ALTER DATABASE "${database.name}" RESET ${setting}`)
  })

  test('rows are counted one by one where the role may not ask for what it has read', async () => {
    const database = pair[side]
    const role = await createRole(database.url)
    const asker = 'FUNCTION pg_stat_get_xact_tuples_returned(oid)'
    await database.client.query(`GRANT SELECT ON page TO ${role}; REVOKE EXECUTE ON ${asker} FROM PUBLIC`)
    const xmin = await change(database, `UPDATE page SET body = body WHERE id BETWEEN -10 AND 10`)
    expect(await count({ url: database.urlFor(role, role) }, xmin)).toEqual({
      rows: await rowsOf(database),
      changedRows: await rowsOf(database, since(xmin)),
      isByServer: false,
    })
    await database.client.query(
      `GRANT EXECUTE ON ${asker} TO PUBLIC; DROP OWNED BY ${role}; DROP ROLE ${role}`,
    )
  })

  test('large pieces are read as the small ones that have proven it, whatever the server thinks of random access', async () => {
    const database = pair[side]
    await database.client.query(`ALTER DATABASE "${database.name}" SET random_page_cost = 3000`)
    const xmin = await change(database, `UPDATE page SET body = body WHERE id BETWEEN -10 AND 10`)
    expect(await count(database, xmin)).toEqual({
      rows: await rowsOf(database),
      changedRows: await rowsOf(database, since(xmin)),
      isByServer: true,
    })
    await database.client.query(`ALTER DATABASE "${database.name}" RESET random_page_cost`)
  })

  test.each([
    [
      'scans all of the table for each piece, and one of them has all rows',
      'enable_tidscan',
      'DELETE FROM page WHERE id NOT BETWEEN 100 AND 200',
    ],
    [
      'counts nothing, and the first pieces are empty',
      'track_counts',
      `INSERT INTO page SELECT i, repeat('x', 7900) FROM generate_series(5001, 5100) i; DELETE FROM page WHERE id <= 200`,
    ],
  ])('an agreement that proves nothing is not trusted: the server %s', async (_, setting, sql) => {
    const database = pair[side]
    await database.client.query(`ALTER DATABASE "${database.name}" SET ${setting} = off`)
    await database.client.query(sql)
    const xmin = await change(database, 'UPDATE page SET body = body WHERE id > 5090')
    expect(await count(database, xmin, undefined, 1)).toEqual({
      rows: await rowsOf(database),
      changedRows: await rowsOf(database, since(xmin)),
      isByServer: false,
    })
    await database.client.query(`ALTER DATABASE "${database.name}" RESET ${setting}`)
  })
})

const ENTRIES = `
  CREATE TABLE entry (tenant int, day date, id int, PRIMARY KEY (tenant, day, id));
  INSERT INTO entry SELECT i % 2, '2026-01-01'::date + i % 3, i FROM generate_series(1, 60000) i;
  VACUUM ANALYZE entry;`
type Texts = readonly [tenant: string, day: string, id: string]

describe('the keys in a range', () => {
  beforeAll(async () => {
    for (const { client } of [pair.source, pair.target])
      for (const statement of ENTRIES.split(';')) await client.query(statement)
  })

  test.each<{ what: string; first: Texts; last: Texts }>([
    { what: 'in one day', first: ['1', '2026-01-02', '31000'], last: ['1', '2026-01-02', '31300'] },
    { what: 'in neighbouring days', first: ['1', '2026-01-01', '59900'], last: ['1', '2026-01-02', '120'] },
    { what: 'of several tenants', first: ['0', '2026-01-03', '59900'], last: ['1', '2026-01-02', '120'] },
    { what: 'that is a single key', first: ['1', '2026-01-02', '31'], last: ['1', '2026-01-02', '31'] },
  ])('$what are found', async ({ first, last }) => {
    for (const { client } of [pair.source, pair.target]) {
      const { rows } = await client.query(`SELECT * FROM ${entriesBetween(first, last)} ORDER BY 1, 2, 3`)
      const { rows: expected } = await client.query(
        `SELECT * FROM entry WHERE (tenant, day, id) BETWEEN ($1, $2, $3) AND ($4, $5, $6) ORDER BY 1, 2, 3`,
        [...first, ...last],
      )
      expect(expected).not.toEqual([])
      expect(rows).toEqual(expected)
    }
  })

  test('are found without those that share only their first columns with its ends', async () => {
    const range = entriesBetween(['1', '2026-01-02', '31000'], ['1', '2026-01-02', '31300'])
    for (const { client } of [pair.source, pair.target]) {
      const { rows } = await client.query(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FROM ${range}`,
      )
      const { Plan } = rows[0]['QUERY PLAN'][0]
      expect(Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks']).toBeLessThan(20)
    }
  })
})

function entriesBetween(first: Texts, last: Texts): string {
  const ranges: KeyRanges = {
    columns: [
      { name: 'tenant', baseType: 'integer' },
      { name: 'day', baseType: 'date' },
      { name: 'id', baseType: 'integer' },
    ],
    ends: first.map((text, at) => [text, last[at] ?? '']),
    starts: [0],
  }
  return keysInRangesSql(ranges, 'ONLY entry', 'e')
}

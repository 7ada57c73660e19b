import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ProgressEvent } from '../../src/progress/progress.ts'
import type { TableOutcome } from '../../src/run/run-result.ts'
import { type Content, expectSameContent, readContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair, untilSettled } from '../support/databases.ts'
import { patternOf, runPlan, runRollback, runSync, type TestRunOptions } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'
import { contentOf, createCasePair, schemaOf } from '../support/validation-cases.ts'

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE item (id int PRIMARY KEY, body text, m mood);
  CREATE TABLE wide (a int, b text, c text, PRIMARY KEY (b, a));
  CREATE TABLE parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id);
  CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE high PARTITION OF parted FOR VALUES FROM (100) TO (1000);
  CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE derived (PRIMARY KEY (id)) INHERITS (base);
  CREATE TABLE log (at int);`
const ROWS = `
  INSERT INTO item SELECT i, 'body ' || i, 'ok' FROM generate_series(1, 2000) i;
  INSERT INTO wide SELECT i, 'b' || i % 7, 'c' FROM generate_series(1, 500) i;
  INSERT INTO parted SELECT i, 'p' FROM generate_series(1, 300) i;
  INSERT INTO base SELECT generate_series(1, 10); INSERT INTO derived SELECT generate_series(11, 20);
  INSERT INTO log SELECT generate_series(1, 10);`

describe('a second run', () => {
  let pair: DatabasePair

  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: SCHEMA })
    await untilSettled(pair.source.client)
    await runSync(pair)
  })
  afterEach(() => pair.drop())

  const onSource = (sql: string) => pair.source.client.query(`SET search_path = public; ${sql}`)
  const onTarget = (sql: string) => pair.target.client.query(`SET search_path = public; ${sql}`)

  /** How the next run would read each table. */
  async function reads(options: TestRunOptions = {}): Promise<Record<string, string>> {
    const { tables } = await runPlan(pair, options)
    return Object.fromEntries(
      tables.map(({ table, read }) => [table.name, read.kind === 'full' ? read.reason : read.kind]),
    )
  }

  async function syncAndCompare(options: TestRunOptions = {}) {
    const result = await runSync(pair, options)
    await expectSameContent(pair.source.client, pair.target.client)
    return result
  }

  /** Makes the target believe that the last merge has brought all that the source holds by now: what that merge wrote names it. */
  async function believeAllBrought(): Promise<void> {
    await untilSettled(pair.source.client)
    const { rows } = await pair.source.client.query(
      'SELECT txid_snapshot_xmin(txid_current_snapshot()) AS xmin',
    )
    // What the real merge wrote must be older than the snapshot that this puts in its place.
    await untilSettled(pair.target.client)
    await onTarget(`
      UPDATE mbsync.watermarks SET source_xmin = ${rows[0].xmin};
      UPDATE mbsync.run_tables SET inserted = inserted WHERE run_id = (SELECT max(id) FROM mbsync.runs);
      UPDATE mbsync.runs SET merge_xid = txid_current(), merge_snapshot = txid_current_snapshot() WHERE id = (SELECT max(id) FROM mbsync.runs)`)
  }

  test('reads what has changed, and writes no row when nothing has', async () => {
    expect(await reads()).toEqual({
      base: 'incremental',
      derived: 'incremental',
      item: 'incremental',
      log: 'no key',
      parted: 'incremental',
      wide: 'incremental',
    })
    const before = await readContent(pair.target.client, { physical: true })
    const { tables, bytes } = await syncAndCompare()
    expect(tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)).toEqual([])
    expect(await readContent(pair.target.client, { physical: true })).toEqual(before)
    // The table without a key is read again, in the binary form, whose header takes 21 bytes.
    expect(bytes).toBeLessThan(150)
    const { rows } = await pair.target.client.query('SELECT mode FROM mbsync.runs ORDER BY id')
    expect(rows.map(({ mode }) => mode)).toEqual(['full', 'incremental'])
  })

  test('does not miss a transaction that was open when the run before read the source', async () => {
    const late = await connect(pair.source.url)
    await late.query(
      `BEGIN; SAVEPOINT s; UPDATE item SET body = 'late' WHERE id = 1; RELEASE s; INSERT INTO item VALUES (5000, 'late', NULL); DELETE FROM item WHERE id = 2`,
    )
    await runSync(pair)
    await onSource(`UPDATE item SET body = 'in between' WHERE id = 3`)
    await late.query('COMMIT')
    await late.end()
    expect((await reads()).item).toBe('incremental')
    await syncAndCompare()
  })

  test('begins anew when somebody has written to the target before the tables are locked, and reads those tables in full', async () => {
    let edited: Promise<unknown> | undefined
    const messages: string[] = []
    const copied: number[] = []
    const onEvent = (event: ProgressEvent) => {
      if (event.type === 'info') messages.push(event.message)
      if (event.type !== 'copy-planned') return
      copied.push(event.tables)
      edited ??= onTarget(`UPDATE item SET body = 'edited' WHERE id = 4; DELETE FROM parted WHERE id = 7`)
    }
    await onSource(`UPDATE item SET body = body || pg_sleep(0)::text WHERE id < 10; DELETE FROM wide`)
    await syncAndCompare({ onEvent })
    await edited
    expect(messages).toEqual([
      'public.item, public.parted: modified in the target since mbsync last read it; reading them in full',
    ])
    // First the changed rows of one table and the one without a key; then those, and all rows of the two.
    expect(copied).toEqual([2, 3])
    const { rows } = await pair.target.client.query(`SELECT status FROM mbsync.runs ORDER BY id`)
    expect(rows.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    expect(await reads()).toMatchObject({ item: 'incremental', parted: 'incremental', wide: 'incremental' })
  })

  test('reads tables in full, in the same run, where its counts do not agree', async () => {
    await onSource(`INSERT INTO item VALUES (5000), (5001); INSERT INTO wide VALUES (1, 'new', 'c')`)
    await believeAllBrought()
    await onSource(`UPDATE item SET body = 'new' WHERE id < 10; DELETE FROM parted WHERE id = 3`)
    const warnings: string[] = []
    const copied: number[] = []
    await syncAndCompare({
      onEvent: (event) => {
        if (event.type === 'warning') warnings.push(event.message)
        if (event.type === 'copy-planned') copied.push(event.tables)
      },
    })
    expect(warnings).toEqual([
      'An incremental read would leave public.item with 2000 rows instead of 2002, public.wide with 500 rows instead of 501; reading them in full',
    ])
    // First the changed rows of one table and the one without a key; then those, and all rows of the two.
    expect(copied).toEqual([2, 3])
    expect(await reads()).toMatchObject({ item: 'incremental', parted: 'incremental', wide: 'incremental' })
  })

  test.each([
    ['a unique constraint', 'ALTER TABLE item ADD UNIQUE (body)'],
    ['a deferrable one', 'ALTER TABLE item ADD UNIQUE (body) DEFERRABLE'],
    ['an exclusion constraint', 'ALTER TABLE item ADD EXCLUDE (body WITH =)'],
  ])(
    'reads a table in full, in the same run, where old rows and new ones violate %s',
    async (_, constraint) => {
      await onTarget(constraint)
      await onSource(constraint)
      await syncAndCompare()
      await onSource(`UPDATE item SET body = 'free now' WHERE id = 1`)
      await believeAllBrought()
      await onSource(`UPDATE item SET body = 'body 1' WHERE id = 2`)
      expect((await reads()).item).toBe('incremental')
      const warnings: string[] = []
      await syncAndCompare({ onEvent: (event) => event.type === 'warning' && warnings.push(event.message) })
      expect(warnings).toEqual([
        'An incremental read of public.item copied rows that violate a constraint of the target; reading it in full',
      ])
    },
  )

  test('reads both ends of a foreign key in full, in the same run, where rows refer to rows that were not read', async () => {
    // As the replica role, mbsync does not check keys that the source checks, too.
    const to = await targetFor(pair, 'a plain owner')
    const profile = { to }
    const key = 'ALTER TABLE wide ADD FOREIGN KEY (a) REFERENCES item (id) ON UPDATE CASCADE'
    await onTarget(key)
    await onSource(key)
    await syncAndCompare({ profile })
    await onSource(`UPDATE item SET id = -1000 WHERE id = 1000`)
    await believeAllBrought()
    await onSource(`INSERT INTO wide VALUES (-1000, 'x', 'y')`)
    const warnings: string[] = []
    await syncAndCompare({
      profile,
      onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /^An incremental read of public\.item, public\.wide copied rows that violate a constraint/,
    )
  })

  test('fails with the rule of the target where a full read violates it, too', async () => {
    await onTarget(`ALTER TABLE item ADD CHECK (body <> 'new')`)
    await onSource(`UPDATE item SET body = 'new' WHERE id = 1`)
    await expect(runSync(pair)).rejects.toThrow(
      /violates "item_body_check".* of the target; the source has no such constraint/,
    )
    const { rows } = await pair.target.client.query(`SELECT status FROM mbsync.runs ORDER BY id`)
    expect(rows.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
  })

  test('reads a table in full when most of its rows have changed', async () => {
    await onSource(`INSERT INTO item SELECT i, 'body', 'sad' FROM generate_series(2001, 20000) i`)
    await untilSettled(pair.source.client)
    await syncAndCompare()
    await onSource(`UPDATE item SET body = 'new' WHERE id > 11000; DELETE FROM item WHERE id % 100 = 0`)
    expect((await reads()).item).toBe('incremental')
    await untilSettled(pair.source.client)
    await syncAndCompare()
    await onSource(`UPDATE item SET body = 'newer' WHERE id > 5000; DELETE FROM item WHERE id % 99 = 0`)
    expect((await reads()).item).toBe('most of its rows have changed')
    await untilSettled(pair.source.client)
    await syncAndCompare()
    expect((await reads()).item).toBe('incremental')
  })

  test('reads changed rows where they stand, or by another scan if they are many, and nothing else', async () => {
    // Pages of one row each, so many that the table is counted in several pieces.
    const wide =
      'CREATE TABLE page (id int PRIMARY KEY, body text); ALTER TABLE page ALTER body SET STORAGE PLAIN'
    await onTarget(wide)
    await onSource(`${wide}; INSERT INTO page SELECT i, repeat('x', 7900) FROM generate_series(1, 4500) i`)
    await onSource(`INSERT INTO item SELECT i, 'body', 'sad' FROM generate_series(2001, 30000) i`)
    await untilSettled(pair.source.client)
    await runSync(pair)
    await onSource(
      `UPDATE item SET body = 'new' WHERE id <= 10500; UPDATE parted SET body = 'x' WHERE id % 2 = 0; UPDATE page SET body = 'y' WHERE id % 300 = 1; DELETE FROM page WHERE id % 900 = 2`,
    )
    const planned: number[] = []
    const { tables } = await syncAndCompare({
      onEvent: (event) => event.type === 'copy-planned' && planned.push(event.estimatedRows),
    })
    const updated = Object.fromEntries(tables.map(({ table, updated: rows }) => [table.name, rows]))
    expect(updated).toMatchObject({ item: 10_500, parted: 150, page: 15 })
    // The table without a key is read as a whole, but nobody has told the server how many rows it has.
    expect(planned[0]).toBe(10_500 + 150 + 15)
  })

  test('foretells the size of what has changed in a large table that was never analyzed', async () => {
    const table = 'CREATE TABLE large (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = false);'
    await onTarget(table)
    await onSource(
      `${table} INSERT INTO large SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 60000) i`,
    )
    await runSync(pair)
    await onSource('UPDATE large SET id = -id WHERE id % 4 = 0')
    const foretold: number[] = []
    const { bytes } = await syncAndCompare({
      onEvent: (event) => {
        if (event.type === 'copy-planned') foretold.push(event.estimatedBytes)
      },
    })
    expect(foretold).toHaveLength(1)
    expect(foretold[0]).toBeGreaterThan(bytes)
    expect(foretold[0]).toBeLessThan(bytes * 2)
  })

  test('follows a condition that changes, and rows that enter and leave it without being written', async () => {
    await onSource('CREATE TABLE border (n int); INSERT INTO border VALUES (100)')
    await onTarget('CREATE TABLE border (n int)')
    const where = (name: string, condition: string) => ({ table: { schema: 'public', name }, condition })
    // Of the partitioned table as many rows enter as leave.
    const moving = {
      profile: {
        where: [
          where('item', 'id < (SELECT n FROM public.border)'),
          where('parted', 'id % 2 = (SELECT n / 50 % 2 FROM public.border)'),
        ],
      },
    }
    expect((await reads(moving)).item).toBe('its columns, types, storage or condition changed in the source')
    const count = async () =>
      (await pair.target.client.query('SELECT count(*)::int AS n FROM public.item')).rows[0].n
    await runSync(pair, moving)
    expect(await count()).toBe(99)
    for (const n of [1500, 50, 1000]) {
      await onSource(
        `UPDATE border SET n = ${n}; UPDATE parted SET body = 'of ${n}' WHERE id = 7 OR id = 108`,
      )
      expect(await reads(moving)).toMatchObject({ item: 'incremental', parted: 'incremental' })
      await runSync(pair, moving)
      expect(await count()).toBe(n - 1)
      const sql = `SELECT * FROM public.parted WHERE id % 2 = ${(n / 50) % 2} ORDER BY id`
      const { rows } = await pair.target.client.query('SELECT * FROM public.parted ORDER BY id')
      expect(rows).toEqual((await pair.source.client.query(sql)).rows)
    }
    await syncAndCompare()
  })

  test('takes the rows that meet a condition at one moment, even if others met it when changed rows were looked for', async () => {
    await onSource('CREATE TABLE moment (at timestamptz)')
    const options = {
      profile: {
        exclude: [patternOf('public.moment')],
        where: [
          {
            table: { schema: 'public', name: 'item' },
            condition: '(id % 2 = 0) = (statement_timestamp() < (SELECT at FROM public.moment))',
          },
        ],
      },
    }
    const rowsOf = async (side: 'source' | 'target') =>
      (await pair[side].client.query('SELECT * FROM public.item WHERE id % 2 = 1 ORDER BY id')).rows
    await onSource('INSERT INTO moment SELECT now()')
    await runSync(pair, options)
    expect(await rowsOf('target')).toEqual(await rowsOf('source'))
    // Row 1 does not meet the condition before this moment, which passes as soon as changed rows are known.
    await onSource(
      `UPDATE item SET body = 'new' WHERE id = 1; UPDATE moment SET at = clock_timestamp() + interval '5 seconds'`,
    )
    const passes = Date.now() + 5100
    const onEvent = ({ type }: ProgressEvent) => {
      if (type !== 'copy-planned') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, passes - Date.now())
    }
    await runSync(pair, { ...options, onEvent })
    expect(await rowsOf('target')).toEqual(await rowsOf('source'))
    await onSource('DROP TABLE moment')
  })

  test('reads everything after a rollback, after an import of the same tables, and when asked to', async () => {
    await onSource(`UPDATE item SET body = 'new' WHERE id = 1`)
    await runSync(pair)
    await runRollback(pair)
    expect((await reads()).item).toBe('no earlier run to build on')
    await syncAndCompare()
    expect((await reads()).item).toBe('incremental')
    expect((await reads({ isFull: true })).item).toBe('asked for')
    await syncAndCompare({ isFull: true })
  })

  test('knows another source by its identity', async () => {
    const other = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}` })
    const from = { name: 'production', url: other.source.url, isProtected: true }
    expect((await reads({ profile: { from } })).item).toBe('another source')
    await other.drop()
  })

  test('finds deleted rows over no more connections than a run may take', async () => {
    const to = await targetFor(pair, 'an owner with the grant')
    const jobs = 4
    // Two more than the writers, and one that listens for who watches.
    await pair.target.client.query(`ALTER ROLE ${new URL(to.url).username} CONNECTION LIMIT ${jobs + 3}`)
    for (const table of ['item', 'parted', 'derived', 'base'])
      await onSource(`DELETE FROM ${table} WHERE id IN (7, 17)`)
    await onSource(`INSERT INTO item (id) VALUES (2001); INSERT INTO parted (id) VALUES (301);
      INSERT INTO derived (id) VALUES (21); INSERT INTO base (id) VALUES (22)`)
    await syncAndCompare({ profile: { to, jobs } })
  })

  test('tables that a run leaves out keep their watermarks', async () => {
    await onSource(`UPDATE item SET body = 'new'; UPDATE wide SET c = 'new'`)
    await runSync(pair, { tables: ['item'] })
    expect(await reads()).toMatchObject({ item: 'incremental', wide: 'incremental' })
    await syncAndCompare()
  })
})

describe('deleted rows are found', () => {
  const KEYS: readonly (readonly [key: string, columns: string, value: string])[] = [
    ['id', 'id int', '3000 - i'],
    ['id', 'id bigint', '(i - 1500) * 3000000000'],
    ['id', 'id uuid', 'md5(i::text)::uuid'],
    ['id', 'id numeric(12,3)', `CASE i WHEN 1 THEN 'NaN' ELSE i / 7.0 END`],
    ['id', 'id timestamptz', `timestamptz '1999-01-01' + i * interval '7 hours'`],
    ['id', 'id date', `CASE i WHEN 1 THEN '-infinity' ELSE date '2000-01-01' + i END`],
    ['a, b', 'a uuid, b int', 'md5((i % 9)::text)::uuid, i'],
    ['a, b', 'a int, b text', `i % 9, 'Ä' || i`],
    ['id', 'id text', `CASE WHEN i % 2 = 0 THEN 'a' ELSE 'B' END || i`],
    ['id', 'id positive', 'i'],
  ]

  /** One run for every key; each test looks at its own tables. */
  describe('by key', () => {
    const rows = (n: number, index: number, from: number, to: number) => {
      const [key = '', , value = ''] = KEYS[index] ?? []
      return `INSERT INTO "T ${n}" ("Body", ${key}) SELECT 'b' || i % 3, ${value} FROM generate_series(${from}, ${to}) AS i;`
    }
    let pair: DatabasePair
    let changed: readonly TableOutcome[]
    let afterChanges: readonly [Content, Content]
    let afterEmptying: readonly [Content, Content]

    beforeAll(async () => {
      pair = await createCasePair(
        KEYS.map(([key, columns], index) => {
          const target = `CREATE DOMAIN positive AS int CHECK (VALUE > 0);
            CREATE TABLE "T 0" ("Body" text, ${columns}, PRIMARY KEY (${key}));
            CREATE TABLE "T 1" ("Body" text, ${columns}, PRIMARY KEY ("Body", ${key})) PARTITION BY HASH ("Body");
            CREATE TABLE "L 0" PARTITION OF "T 1" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE "L 1" PARTITION OF "T 1" FOR VALUES WITH (MODULUS 2, REMAINDER 1);`
          return { source: `${target} ${rows(0, index, 1, 3000)} ${rows(1, index, 1, 3000)}`, target }
        }),
      )
      const contents = async () =>
        [await readContent(pair.source.client), await readContent(pair.target.client)] as const
      const inEach = async (sqlOf: (index: number) => string) => {
        for (const index of KEYS.keys())
          await pair.source.client.query(`SET search_path TO ${schemaOf(index)}; ${sqlOf(index)}`)
      }
      await runSync(pair)
      const changes = (n: number) => `
        DELETE FROM "T ${n}" WHERE (hashtext("T ${n}"::text) & 511) < 2 OR ctid = '(0,1)';
        UPDATE "T ${n}" SET "Body" = "Body" || '!' WHERE (hashtext("T ${n}"::text) & 127) = 5;`
      await inEach((index) =>
        [changes(0), changes(1), rows(0, index, 3001, 3100), rows(1, index, 3001, 3100)].join('\n'),
      )
      changed = (await runSync(pair)).tables
      afterChanges = await contents()
      await inEach(() => 'DELETE FROM "T 0"')
      await runSync(pair)
      afterEmptying = await contents()
    })
    afterAll(() => pair?.drop())

    test.each(KEYS.map(([key, columns], index) => [key, columns, index] as const))(
      '(%s) of %s',
      (_key, _columns, index) => {
        const outcomes = changed.filter(({ table }) => table.schema === schemaOf(index))
        expect(outcomes).toHaveLength(2)
        expect(outcomes.every(({ deleted, unchanged }) => deleted > 0 && unchanged > 2500)).toBe(true)
        for (const contents of [afterChanges, afterEmptying]) {
          const [expected, actual] = contents.map((content) => contentOf(index, content))
          expect(Object.keys(expected ?? {})).toHaveLength(2)
          expect(actual).toEqual(expected)
        }
      },
    )
  })

  /** Two databases that are equal after a first run, for one test. */
  async function syncedPair(source: string, target: string, rows: string): Promise<DatabasePair> {
    const pair = await createDatabasePair({ sourceSql: source + rows, targetSql: target })
    onTestFinished(() => pair.drop())
    await runSync(pair)
    return pair
  }

  test('in large tables, by ranges of keys that have an order', async () => {
    const schema = `CREATE TABLE one (id int PRIMARY KEY);
      CREATE TABLE random (id uuid PRIMARY KEY);
      CREATE TABLE two (tenant int, id numeric, PRIMARY KEY (tenant, id)) PARTITION BY HASH (tenant);
      CREATE TABLE two_0 PARTITION OF two FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE two_1 PARTITION OF two FOR VALUES WITH (MODULUS 2, REMAINDER 1);`
    const rows = (from: number, to: number) => `
      INSERT INTO one SELECT generate_series(${from}, ${to});
      INSERT INTO random SELECT md5(i::text)::uuid FROM generate_series(${from}, ${to}) i;
      INSERT INTO two SELECT i % 5, i / 8.0 FROM generate_series(${from}, ${to}) i;`
    const pair = await syncedPair(schema, schema, rows(1, 60_000))
    const deletedAfter = async (deletes: readonly string[], others: string) => {
      await pair.source.client.query('SET search_path = public')
      const deleted = []
      for (const sql of deletes) deleted.push((await pair.source.client.query(sql)).rowCount)
      await pair.source.client.query(others)
      const { tables } = await runSync(pair)
      await expectSameContent(pair.source.client, pair.target.client)
      const names = ['one', 'random', 'two']
      expect(names.map((name) => tables.find(({ table }) => table.name === name)?.deleted)).toEqual(deleted)
    }
    // Few rows, at both ends and between, while others come on both sides and between.
    await deletedAfter(
      [
        'DELETE FROM one WHERE id IN (1, 60000) OR id % 7001 = 0',
        `DELETE FROM random WHERE id IN (SELECT id FROM random ORDER BY id LIMIT 1) OR id = md5('77')::uuid`,
        'DELETE FROM two WHERE tenant = 3 AND id BETWEEN 50 AND 60 OR id = 1',
      ],
      `${rows(60_001, 60_400)} INSERT INTO one SELECT generate_series(-300, 0); INSERT INTO two VALUES (3, 55.01), (-1, 7)`,
    )
    // So many that all ranges lack rows, at their ends, too; and all of a tenant.
    await deletedAfter(
      [
        'DELETE FROM one WHERE id % 3 = 0',
        `DELETE FROM random WHERE id::text < '4'`,
        'DELETE FROM two WHERE tenant = 2 OR id % 2 = 0',
      ],
      rows(60_401, 60_500),
    )
  })

  test('although the columns of the key come in another order in the source', async () => {
    const table = (key: string) => `CREATE TABLE t (a int, b int, PRIMARY KEY (${key}));`
    const rows = 'INSERT INTO t SELECT i % 50, i FROM generate_series(1, 3000) i;'
    const pair = await syncedPair(table('b, a'), table('a, b'), rows)
    await pair.source.client.query('DELETE FROM t WHERE b % 100 = 7; INSERT INTO t VALUES (1, 9999)')
    const { tables } = await runSync(pair)
    expect(tables).toMatchObject([{ inserted: 1, deleted: 30, unchanged: 2970 }])
    await expectSameContent(pair.source.client, pair.target.client)
  })
})

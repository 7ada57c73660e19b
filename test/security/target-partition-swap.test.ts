import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Content, expectSameContent, readContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { olderState } from '../support/older-state.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { contentOf, createCasePair, schemaOf } from '../support/validation-cases.ts'

/** What the owner of a side's tables does between two runs, without writing a row that the run would recognize as new. */
interface Swap {
  readonly name: string
  readonly schema: string
  readonly rows: string
  /** Before the first run, in the side that is altered: its rows are as old as those of mbsync. */
  readonly before?: string
  readonly after: string
  /** How the next run reads the first table of the schema. */
  readonly read: string
}

const REPLACED = 'the table was replaced, or its partitions changed, in the target'
const OTHER_COLUMNS = 'its columns, types or inheritance children changed in the target'
const OTHER_SOURCE = 'its columns, types, storage or condition changed in the source'

const EV = {
  schema: `CREATE TABLE ev (id int, d int, v text, w text, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
    CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM (0) TO (100);
    CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (d);
    CREATE TABLE ev_2a PARTITION OF ev_2 FOR VALUES FROM (100) TO (150);
    CREATE TABLE ev_2b PARTITION OF ev_2 FOR VALUES FROM (150) TO (200);
    CREATE TABLE ev_rest PARTITION OF ev DEFAULT`,
  rows: `INSERT INTO ev SELECT i, i, 'real', 'w' FROM generate_series(0, 299) i`,
}
const ITEM = {
  schema: 'CREATE TABLE item (id int PRIMARY KEY, v text)',
  rows: `INSERT INTO item SELECT i, 'real' FROM generate_series(1, 100) i`,
}
const PAIR = {
  schema:
    'CREATE TYPE two AS (a text, b text); CREATE TABLE item (id int PRIMARY KEY, v two, list two[]); CREATE TABLE other (id int PRIMARY KEY)',
  rows: `INSERT INTO item SELECT i, ROW('a', 'b')::two, ARRAY[ROW('a', 'b')::two] FROM generate_series(1, 100) i`,
}

function tryOut(from: number, to: number): string {
  return `CREATE TABLE try (LIKE ev INCLUDING ALL); INSERT INTO try SELECT i, i, 'TEST', 'w' FROM generate_series(${from}, ${to}) i`
}

const OF_PARTITIONS = [
  {
    name: 'a partition that is swapped for an older table under its name',
    before: tryOut(0, 99),
    after: `ALTER TABLE ev DETACH PARTITION ev_1; DROP TABLE ev_1; ALTER TABLE try RENAME TO ev_1;
      ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`,
  },
  {
    name: 'a partition that is swapped for an older table under another name',
    before: tryOut(0, 99),
    after: `ALTER TABLE ev DETACH PARTITION ev_1; DROP TABLE ev_1; ALTER TABLE ev ATTACH PARTITION try FOR VALUES FROM (0) TO (100)`,
  },
  {
    name: 'a partition of a partition that is swapped',
    before: tryOut(100, 149),
    after: `ALTER TABLE ev_2 DETACH PARTITION ev_2a; DROP TABLE ev_2a; ALTER TABLE try RENAME TO ev_2a;
      ALTER TABLE ev_2 ATTACH PARTITION ev_2a FOR VALUES FROM (100) TO (150)`,
  },
  {
    name: 'a default partition that is swapped',
    before: tryOut(200, 299),
    after: `ALTER TABLE ev DETACH PARTITION ev_rest; DROP TABLE ev_rest; ALTER TABLE try RENAME TO ev_rest; ALTER TABLE ev ATTACH PARTITION ev_rest DEFAULT`,
  },
  {
    name: 'a partition that is attached while another with as many rows is dropped',
    before: tryOut(1000, 1099),
    after: `DROP TABLE ev_rest; CREATE TABLE ev_rest PARTITION OF ev DEFAULT; ALTER TABLE ev ATTACH PARTITION try FOR VALUES FROM (1000) TO (1100)`,
  },
  {
    name: 'a partition whose bounds have changed',
    after: `ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (-5) TO (100)`,
  },
].map((each) => ({ ...EV, ...each }))

const OF_DETACHED_COLUMNS = [
  {
    name: 'a partition that is given a column anew while it is detached',
    after: `ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev_1 DROP COLUMN v; ALTER TABLE ev_1 ADD COLUMN v text DEFAULT 'TEST';
      ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`,
  },
  {
    name: 'a partition whose columns exchange their names while it is detached',
    after: `ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev_1 RENAME v TO x; ALTER TABLE ev_1 RENAME w TO v; ALTER TABLE ev_1 RENAME x TO w;
      ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`,
  },
].map((each) => ({ ...EV, ...each }))

const OF_TYPES = {
  ...PAIR,
  name: 'an attribute of a composite that is dropped and added again',
  after: 'ALTER TYPE two DROP ATTRIBUTE b; ALTER TYPE two ADD ATTRIBUTE b text',
}

const IN_THE_TARGET: readonly Swap[] = [
  ...OF_PARTITIONS.map((each) => ({ ...each, read: REPLACED })),
  ...OF_DETACHED_COLUMNS.map((each) => ({ ...each, read: OTHER_COLUMNS })),
  { ...OF_TYPES, read: OTHER_COLUMNS },
  {
    ...EV,
    name: 'a partition that is detached, written and attached again',
    after: `ALTER TABLE ev DETACH PARTITION ev_1; UPDATE ev_1 SET v = 'TEST' WHERE id = 3; ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`,
    read: 'rows were written to the target by others',
  },
  {
    ...ITEM,
    name: 'a table that exchanges its name with an older one',
    before: `CREATE TABLE try (LIKE item INCLUDING ALL); INSERT INTO try SELECT i, 'TEST' FROM generate_series(1, 100) i`,
    after:
      'BEGIN; ALTER TABLE item RENAME TO x; ALTER TABLE try RENAME TO item; ALTER TABLE x RENAME TO try; COMMIT',
    read: REPLACED,
  },
  {
    ...ITEM,
    name: 'a table that comes from another schema',
    before: `CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.item (id int CONSTRAINT elsewhere_pkey PRIMARY KEY, v text); INSERT INTO elsewhere.item SELECT i, 'TEST' FROM generate_series(1, 100) i`,
    after: `ALTER TABLE item RENAME TO old; DO $$ BEGIN EXECUTE format('ALTER TABLE elsewhere.item SET SCHEMA %I', current_schema()); END $$`,
    read: REPLACED,
  },
  {
    ...ITEM,
    name: 'a table that is dropped and created again',
    after: `DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, v text); INSERT INTO item SELECT i, 'TEST' FROM generate_series(1, 100) i`,
    read: REPLACED,
  },
  {
    ...ITEM,
    name: 'a column that is rewritten by ALTER TYPE',
    after: 'ALTER TABLE item ALTER v TYPE text USING upper(v)',
    read: 'rows were written to the target by others',
  },
  {
    schema: `CREATE TABLE base (id int PRIMARY KEY, v text); CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)`,
    rows: `INSERT INTO base VALUES (1, 'real'); INSERT INTO heir VALUES (1, 'real'), (2, 'real')`,
    name: 'an inheritance child that is swapped',
    before: `CREATE TABLE try (id int PRIMARY KEY, v text); INSERT INTO try VALUES (1, 'TEST'), (2, 'TEST')`,
    after: `ALTER TABLE heir NO INHERIT base; ALTER TABLE heir RENAME TO old; ALTER TABLE try RENAME TO heir; ALTER TABLE heir INHERIT base`,
    read: OTHER_COLUMNS,
  },
  {
    ...EV,
    name: 'a partition that is detached and attached again as it was',
    after:
      'ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)',
    read: 'incremental',
  },
  {
    ...ITEM,
    name: 'storage that is rewritten without a change of rows',
    after: 'CLUSTER item USING item_pkey',
    read: 'incremental',
  },
]

const IN_THE_SOURCE: readonly Swap[] = [...OF_PARTITIONS, ...OF_DETACHED_COLUMNS, OF_TYPES].map((each) => ({
  ...each,
  read: OTHER_SOURCE,
}))

describe.each([
  ['target', IN_THE_TARGET],
  ['source', IN_THE_SOURCE],
] as const)('what is swapped in the %s between two runs', (side, swaps) => {
  let pair: DatabasePair
  let reads: ReadonlyMap<string, string>
  let expected: Content
  let actual: Content

  beforeAll(async () => {
    pair = await createCasePair(
      swaps.map(({ schema, rows, before = 'SELECT' }) => {
        const [source, target] = [`${schema}; ${rows}`, schema]
        return side === 'source'
          ? { source: `${source}; ${before}`, target: `${target}; ${before}` }
          : { source, target: `${target}; ${before}` }
      }),
    )
    await runSync(pair)
    const { client } = pair[side]
    for (const [index, { after }] of swaps.entries())
      for (const statements of [`SET search_path = ${schemaOf(index)}`, after]) await client.query(statements)
    const { tables } = await runPlan(pair)
    reads = new Map(
      tables.map(({ table, read }) => [
        `${table.schema}.${table.name}`,
        read.kind === 'full' ? read.reason : read.kind,
      ]),
    )
    await runSync(pair)
    expected = await readContent(pair.source.client)
    actual = await readContent(pair.target.client)
  })
  afterAll(() => pair?.drop())

  test.each(swaps.map((each, index) => [each.name, each, index] as const))(
    '%s is brought back by the next run',
    (_, { schema, read }, index) => {
      const [table] = schema.match(/(?<=CREATE TABLE )\w+/) ?? []
      expect(reads.get(`${schemaOf(index)}.${table}`)).toBe(read)
      const wanted = contentOf(index, expected)
      expect(Object.keys(wanted).length).toBeGreaterThan(0)
      expect(contentOf(index, actual)).toMatchObject(wanted)
    },
  )
})

describe('a target whose rows are swapped', () => {
  let pair: DatabasePair

  beforeEach(async () => {
    pair = await createDatabasePair({
      sourceSql: `${EV.schema}; ${EV.rows}; ${ITEM.schema}; ${ITEM.rows}`,
      targetSql: `${EV.schema}; ${ITEM.schema}; INSERT INTO ev SELECT i, i, 'before', 'w' FROM generate_series(0, 299, 7) i;
        INSERT INTO item VALUES (1, 'before'); ${tryOut(0, 99)}`,
    })
  })
  afterEach(() => pair.drop())

  function alter(sql: string): Promise<unknown> {
    return pair.target.client.query(`SET search_path = public; ${sql}`)
  }

  const SWAP = `ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev_1 RENAME TO old; ALTER TABLE try RENAME TO ev_1;
    ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`

  test.each([
    [
      'a swapped partition',
      SWAP,
      'public.ev was replaced or has had partitions attached, detached or replaced',
    ],
    [
      'a column that was dropped and added again',
      `ALTER TABLE item DROP COLUMN v; ALTER TABLE item ADD COLUMN v text DEFAULT 'TEST'`,
      'public.item has had columns dropped and added again',
    ],
    [
      'a partition whose column was dropped and added again',
      `ALTER TABLE ev DETACH PARTITION ev_1; ALTER TABLE ev_1 DROP COLUMN v; ALTER TABLE ev_1 ADD COLUMN v text DEFAULT 'TEST';
       ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100)`,
      'public.ev has had columns dropped and added again',
    ],
    [
      'another table under its name',
      `ALTER TABLE item RENAME TO x; CREATE TABLE item (LIKE x INCLUDING ALL); INSERT INTO item TABLE x`,
      'public.item was replaced by another table',
    ],
  ])('is not rolled back over %s', async (_, sql, message) => {
    await runSync(pair)
    await alter(sql)
    const after = await readContent(pair.target.client)
    await expect(runRollback(pair)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(message),
    })
    expect(await readContent(pair.target.client)).toEqual(after)
    await runRollback(pair, { force: true })
  })

  test('is rolled back after a column was added and an unrelated table changed', async () => {
    const before = await readContent(pair.target.client)
    await runSync(pair)
    await alter(
      'ALTER TABLE ev ADD COLUMN extra int; ALTER TABLE ev DROP COLUMN extra; CREATE TABLE more (id int)',
    )
    await runRollback(pair)
    expect(await readContent(pair.target.client)).toMatchObject(before)
  })

  test('between two runs is rolled back to what was swapped in, and no further', async () => {
    await runSync(pair)
    await alter(SWAP)
    const swapped = await readContent(pair.target.client)
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
    await runRollback(pair)
    expect(await readContent(pair.target.client)).toEqual(swapped)
    await expect(runRollback(pair)).rejects.toThrow('public.ev was replaced or has had partitions')
    expect(await readContent(pair.target.client)).toEqual(swapped)
  })

  test('while a run is under way fails that run and stays as it is', async () => {
    await runSync(pair)
    await pair.source.client.query(`SET search_path = public; UPDATE item SET v = 'new'`)
    const where = [{ table: { schema: 'public', name: 'item' }, condition: 'pg_sleep(0.02) IS NOT NULL' }]
    let altered: Promise<unknown> | undefined
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type === 'copy-planned') altered ??= alter(SWAP)
    }
    await expect(runSync(pair, { profile: { where }, onEvent })).rejects.toThrow(
      'the schema of the target was changed during the run',
    )
    await altered
    const { rows } = await pair.target.client.query(
      `SELECT count(*)::int AS n FROM public.ev WHERE v = 'TEST'`,
    )
    expect(rows[0].n).toBe(100)
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('under a state of an earlier version is read in full, and its last run can still be rolled back', async () => {
    const before = await readContent(pair.target.client)
    await runSync(pair)
    const after = await readContent(pair.target.client)
    const makeOld = olderState(2)
    await alter(makeOld)
    await runRollback(pair)
    expect(await readContent(pair.target.client)).toEqual(before)
    await runSync(pair)
    await alter(`${makeOld}; ${SWAP}`)
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
    expect(await readContent(pair.target.client)).toMatchObject({ 'public.ev': after['public.ev'] })
  })
})

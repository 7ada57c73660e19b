import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Content, readContent } from '../support/database-content.ts'
import type { DatabasePair } from '../support/databases.ts'
import { runPlan, runSync } from '../support/run-sync.ts'
import { contentOf, createCasePair, schemaOf } from '../support/validation-cases.ts'

/** Tables of a case, and the rows that they have in the source when the first run comes. */
interface Tables {
  readonly schema: string
  readonly rows: string
}

const ITEM: Tables = {
  schema: `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE item (id int PRIMARY KEY, body text, m mood);`,
  rows: `INSERT INTO item SELECT i, 'body ' || i, 'ok' FROM generate_series(1, 2000) i;`,
}
const WIDE: Tables = {
  schema: 'CREATE TABLE wide (a int, b text, c text, PRIMARY KEY (b, a));',
  rows: `INSERT INTO wide SELECT i, 'b' || i % 7, 'c' FROM generate_series(1, 500) i;`,
}
const PARTED: Tables = {
  schema: `CREATE TABLE parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id);
    CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);
    CREATE TABLE high PARTITION OF parted FOR VALUES FROM (100) TO (1000);`,
  rows: `INSERT INTO parted SELECT i, 'p' FROM generate_series(1, 300) i;`,
}
const TREE: Tables = {
  schema: 'CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE derived (PRIMARY KEY (id)) INHERITS (base);',
  rows: 'INSERT INTO base SELECT generate_series(1, 10); INSERT INTO derived SELECT generate_series(11, 20);',
}

/** What happens after a first run. */
interface Case {
  readonly name: string
  readonly tables: readonly Tables[]
  /** In the source, one statement or transaction after the other. */
  readonly source?: readonly string[]
  readonly target?: string
  /** What becomes of the watermark of the table `item`. */
  readonly watermark?: string
  /** How the next run reads the table `item`. */
  readonly read?: string
}

const OTHER_TABLE = 'its columns, types, storage or condition changed in the source'
const OTHER_TARGET = 'its columns, types or inheritance children changed in the target'
const WRITTEN = 'rows were written to the target by others'

const IN_THE_SOURCE: readonly Case[] = [
  {
    name: 'inserts, updates and deletes',
    tables: [ITEM],
    source: [
      `INSERT INTO item VALUES (-1, NULL, NULL); UPDATE item SET body = 'new' WHERE id % 100 = 0; DELETE FROM item WHERE id % 77 = 0`,
    ],
    read: 'incremental',
  },
  {
    name: 'keys that change and swap',
    tables: [ITEM, WIDE],
    source: [
      `UPDATE item SET id = -id WHERE id < 5; UPDATE item SET id = 9999 WHERE id = 6; UPDATE item SET id = 6 WHERE id = 7; UPDATE item SET id = 7 WHERE id = 9999; UPDATE wide SET a = a + 1000`,
    ],
    read: 'incremental',
  },
  { name: 'a truncated table', tables: [ITEM], source: ['TRUNCATE item'] },
  { name: 'a table that is emptied row by row', tables: [ITEM], source: ['DELETE FROM item'] },
  {
    name: 'a table that is truncated and filled anew',
    tables: [ITEM],
    source: [`TRUNCATE item; INSERT INTO item VALUES (1, 'body 1', 'ok')`],
  },
  {
    name: 'rows that move between partitions, and a partition that is emptied',
    tables: [PARTED],
    source: ['UPDATE parted SET id = id + 500 WHERE id < 20; DELETE FROM low'],
  },
  {
    name: 'a partition that is attached with rows',
    tables: [PARTED],
    source: [
      `CREATE TABLE more (LIKE parted INCLUDING ALL); INSERT INTO more VALUES (1500, 'old'); ALTER TABLE parted ATTACH PARTITION more FOR VALUES FROM (1000) TO (2000)`,
    ],
    target: 'CREATE TABLE more PARTITION OF parted FOR VALUES FROM (1000) TO (2000)',
  },
  {
    name: 'a partition that is detached',
    tables: [PARTED],
    source: ['ALTER TABLE parted DETACH PARTITION low; DROP TABLE low'],
  },
  {
    name: 'rows of an inheritance tree',
    tables: [TREE],
    source: ['INSERT INTO derived VALUES (99); DELETE FROM base WHERE id IN (3, 13)'],
  },
  {
    name: 'subtransactions, which have ids of their own',
    tables: [ITEM],
    source: [
      `DO $$ BEGIN FOR i IN 1..50 LOOP BEGIN UPDATE item SET body = 'sub' WHERE id = i; IF i % 2 = 0 THEN RAISE 'undo'; END IF; EXCEPTION WHEN OTHERS THEN INSERT INTO item VALUES (-i, 'caught', NULL); END; END LOOP; END $$`,
    ],
    read: 'incremental',
  },
  {
    name: 'rows that were frozen',
    tables: [ITEM],
    source: [
      `UPDATE item SET body = 'frozen' WHERE id = 9; DELETE FROM item WHERE id = 10`,
      'VACUUM FREEZE item',
    ],
    read: 'incremental',
  },
  {
    name: 'a column with a default',
    tables: [ITEM],
    source: ['ALTER TABLE item ADD extra int DEFAULT 7'],
    target: 'ALTER TABLE item ADD extra int',
    read: OTHER_TABLE,
  },
  {
    name: 'a column that was dropped and added again',
    tables: [ITEM],
    source: ['ALTER TABLE item DROP body', `ALTER TABLE item ADD body text DEFAULT 'x'`],
    read: OTHER_TABLE,
  },
  {
    name: 'an enum label with another name',
    tables: [ITEM, WIDE],
    source: [`ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'`],
    target: `ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'`,
    read: OTHER_TABLE,
  },
  { name: 'rewritten storage', tables: [ITEM, WIDE], source: ['VACUUM FULL item'], read: OTHER_TABLE },
  {
    name: 'a watermark that no merge has written as it is',
    tables: [ITEM],
    source: [`UPDATE item SET body = 'new' WHERE id = 1`],
    watermark: 'source_xmin = source_xmin + 1000000',
    read: 'the target was restored or copied since the last run',
  },
]

const IN_THE_TARGET: readonly Case[] = [
  {
    name: 'a column that was dropped and added again',
    tables: [ITEM],
    target: 'ALTER TABLE item DROP body; ALTER TABLE item ADD body text',
    read: OTHER_TARGET,
  },
  {
    name: 'an enum whose labels have swapped their names',
    tables: [ITEM],
    target: `ALTER TYPE mood RENAME VALUE 'ok' TO 'so'; ALTER TYPE mood RENAME VALUE 'sad' TO 'ok'; ALTER TYPE mood RENAME VALUE 'so' TO 'sad'`,
    read: OTHER_TARGET,
  },
  ...[
    ['rows that somebody updated', `UPDATE item SET body = 'edited' WHERE id = 4`],
    ['rows that somebody deleted', 'DELETE FROM item WHERE id = 4'],
    ['rows that somebody inserted', `INSERT INTO item VALUES (-7, 'mine', NULL)`],
    [
      'rows that somebody swapped',
      `DELETE FROM item WHERE id = 4; INSERT INTO item VALUES (-7, 'mine', NULL)`,
    ],
  ].map(([name = '', target = '']) => ({ name, tables: [ITEM], target, read: WRITTEN })),
]

/** The runs after the first bring every case; each test looks at its own. */
describe.each([
  ['in the source', IN_THE_SOURCE],
  ['in the target', IN_THE_TARGET],
] as const)('what has changed %s', (_, cases) => {
  let pair: DatabasePair
  let source: Content
  let afterOne: Content
  let afterTwo: Content
  let reads: Content
  let readsAgain: Content

  beforeAll(async () => {
    pair = await createCasePair(
      cases.map(({ tables }) => {
        const target = tables.map(({ schema }) => schema).join('\n')
        return { source: [target, ...tables.map(({ rows }) => rows)].join('\n'), target }
      }),
    )
    await runSync(pair)
    for (const [index, each] of cases.entries()) await change(pair, index, each)
    reads = await readsOf(pair)
    await runSync(pair)
    source = await readContent(pair.source.client)
    afterOne = await readContent(pair.target.client)
    readsAgain = await readsOf(pair)
    await runSync(pair)
    afterTwo = await readContent(pair.target.client)
  })
  afterAll(() => pair?.drop())

  test.each(cases.map((each, index) => [each.name, each, index] as const))('%s', (_, { read }, index) => {
    const expected = contentOf(index, source)
    expect(Object.keys(expected).length).toBeGreaterThan(0)
    expect(contentOf(index, afterOne)).toEqual(expected)
    expect(contentOf(index, afterTwo)).toEqual(expected)
    if (read === undefined) return
    const { [`${schemaOf(index)}.item`]: item, ...others } = contentOf(index, reads)
    expect([item, new Set(Object.values(others))]).toEqual([
      read,
      new Set(Object.values(others).map(() => 'incremental')),
    ])
    expect(new Set(Object.values(contentOf(index, readsAgain)))).toEqual(new Set(['incremental']))
  })
})

async function change({ source, target }: DatabasePair, index: number, each: Case): Promise<void> {
  const path = `SET search_path TO ${schemaOf(index)}`
  await source.client.query(path)
  for (const sql of each.source ?? []) await source.client.query(sql)
  if (each.target !== undefined) await target.client.query(`${path}; ${each.target}`)
  if (each.watermark === undefined) return
  const { rowCount } = await target.client.query(
    `UPDATE mbsync.watermarks SET ${each.watermark} WHERE schema_name = $1 AND table_name = 'item'`,
    [schemaOf(index)],
  )
  expect(rowCount).toBe(1)
}

/** How the next run would read each table, by its name. */
async function readsOf(pair: DatabasePair): Promise<Content> {
  const { tables } = await runPlan(pair)
  return Object.fromEntries(
    tables.map(({ table, read }) => [
      `${table.schema}.${table.name}`,
      read.kind === 'full' ? read.reason : read.kind,
    ]),
  )
}

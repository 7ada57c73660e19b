import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'
import { applySafe, diffOf, linesOf, settle } from '../support/schema-diff.ts'

const FAMILY = 'CREATE TABLE base (a int, b varchar(5)); CREATE TABLE derived () INHERITS (base)'
const check = (table: string, condition: string) =>
  `ALTER TABLE ${table} ADD CONSTRAINT a_is CHECK (${condition})`

test('a check that a child has of its own is also added and changed there', async () => {
  const both = (condition: string) =>
    [FAMILY, check('derived', condition), check('base', condition)].join('; ')
  expect((await settle(both('a > 0'), FAMILY)).after).toEqual([])
  expect((await settle(both('a > 5'), both('a > 0'))).after).toEqual([])
  expect((await settle(`${FAMILY}; ${check('base', 'a > 5')}`, both('a > 0'))).after).toEqual([
    'CONSTRAINT a_is ON public.base: is defined differently (CONSTRAINT a_is ON public.derived depends on it, and would have to be dropped)',
    'CONSTRAINT a_is ON public.derived: is only in the target (the target may need it)',
  ])
})

test('a column of a parent becomes wider with what uses it in children', async () => {
  const view = 'CREATE VIEW v AS SELECT b FROM derived'
  const wide = FAMILY.replace('varchar(5)', 'varchar(9)')
  expect((await settle(`${wide}; ${view}`, `${FAMILY}; ${view}`)).after).toEqual([])
  const { after } = await settle(
    wide,
    `${FAMILY}; ALTER TABLE derived ADD c text GENERATED ALWAYS AS (b || 'x') STORED`,
  )
  expect(after).toEqual([
    'TABLE public.base: column b: type character varying(5), in the source character varying(9) (the generated column c uses it, and must be dropped before and added again)',
    'TABLE public.derived: column c is only in the target (its values are lost)',
  ])
})

const PARTITIONS = `CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE p (at int, n int) PARTITION BY RANGE (at);
  CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9) PARTITION BY RANGE (n); CREATE TABLE p1a PARTITION OF p1 FOR VALUES FROM (1) TO (9);
  CREATE INDEX p_at ON p (at)`
const DETACH = 'ALTER TABLE p1 DETACH PARTITION p1a'

test('what names a column that a table does not get without a review needs one, too', async () => {
  const sourceSql = `${PARTITIONS}; ALTER TABLE p ADD r_id int REFERENCES r; COMMENT ON COLUMN p.r_id IS 'r'; ${DETACH}`
  const { before, after } = await settle(sourceSql, PARTITIONS)
  expect(before.filter((line) => line.endsWith('(safe)'))).toEqual([])
  expect(before.filter((line) => line.includes('not added without a review'))).toHaveLength(2)
  expect(after).toEqual(before)
})

test('a new partition does not get an index that is on its partitioned table alone', async () => {
  const added = 'CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (20); CREATE INDEX alone ON ONLY p (n)'
  expect((await settle(`${PARTITIONS}; ${added}`, PARTITIONS)).after).toEqual([])
})

test('a partition of the target alone gets nothing that its table gives it or does not let it have', async () => {
  const sourceSql = `${PARTITIONS}; ALTER TABLE p ADD CONSTRAINT of_r FOREIGN KEY (n) REFERENCES r; ${DETACH}; ALTER TABLE p1a ADD own int`
  const { before } = await settle(sourceSql, PARTITIONS)
  expect(before).toContain(
    'CONSTRAINT of_r ON public.p1a: is missing (in the target, its table gets one of that name from public.p)',
  )
  expect(before).toContain(
    'TABLE public.p1a: column own is missing (a partition has the columns of its table, and that has no such column)',
  )
})

test('a trigger of a partition of the target, and how its parents store a column, stand in the way of nothing', async () => {
  const trigger = (table: string, when = '') =>
    `CREATE TRIGGER t AFTER UPDATE ON ${table} FOR EACH ROW ${when} EXECUTE FUNCTION suppress_redundant_updates_trigger()`
  const { before, after } = await settle(
    `${PARTITIONS}; ${trigger('p', 'WHEN (OLD.n > 1)')}; ${FAMILY}; ALTER TABLE derived NO INHERIT base; ALTER TABLE base ALTER b SET STORAGE MAIN`,
    `${PARTITIONS}; ${trigger('p1a')}; ${FAMILY}`,
  )
  expect(before).toContain(
    'TRIGGER t ON public.p: is missing (the target has TRIGGER t ON public.p1a, where it would be created, too)',
  )
  expect(after.filter((line) => line.endsWith('(safe)'))).toEqual([])
})

test('a partition demands values whether its table does or not', async () => {
  const { after } = await settle(
    `${PARTITIONS}; ALTER TABLE p1a ALTER n SET NOT NULL`,
    `${PARTITIONS}; ALTER TABLE p ALTER n SET NOT NULL`,
  )
  expect(after).toEqual([])
})

test('no index of a partitioned table becomes invalid', async () => {
  const invalid = async (sourceSql: string, targetSql: string) => {
    const pair = await createDatabasePair({ sourceSql, targetSql })
    try {
      await applySafe(pair.target.client, await diffOf(pair))
      const { rows } = await pair.target.client.query('SELECT FROM pg_index WHERE NOT indisvalid')
      return rows.length
    } finally {
      await pair.drop()
    }
  }
  expect(
    await invalid(
      `${PARTITIONS}; CREATE INDEX p1a_at_n_idx ON p1a (at, n)`,
      `${PARTITIONS}; CREATE UNIQUE INDEX u ON p (at, n)`,
    ),
  ).toBe(0)
  expect(
    await invalid(
      `${PARTITIONS}; ALTER INDEX p1_at_idx RENAME TO named; ALTER TABLE p DETACH PARTITION p1`,
      PARTITIONS,
    ),
  ).toBe(0)
})

test('a new partition of a table that is a partition of another one in the target needs a review', async () => {
  const { before } = await settle(
    `${PARTITIONS}; CREATE INDEX p_n ON p (n); ALTER TABLE p DETACH PARTITION p1; CREATE TABLE p1b PARTITION OF p1 FOR VALUES FROM (10) TO (20)`,
    PARTITIONS,
  )
  expect(before).toContain(
    'TABLE public.p1b: is missing (its table is a partition of public.p only in the target)',
  )
})

test('a constraint is not changed into one that the version of the target cannot have', async () => {
  const keys = 'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int CONSTRAINT k REFERENCES a)'
  const pair = await createDatabasePair({ sourceSql: keys, targetSql: keys })
  try {
    await pair.target.client.query('ALTER TABLE b ALTER CONSTRAINT k NOT ENFORCED')
    expect(linesOf(await diffOf({ ...pair, source: pair.target, target: pair.source }))).toEqual([
      'CONSTRAINT k ON public.b: is defined differently (the version of the target cannot have NOT ENFORCED)',
    ])
  } finally {
    await pair.drop()
  }
})

test('privileges on a sequence are compared wherever it belongs to', async () => {
  const sourceSql = 'CREATE TABLE t (id serial)'
  const { before, after } = await settle(
    `${sourceSql}; ALTER SEQUENCE t_id_seq OWNED BY NONE`,
    `${sourceSql}; GRANT SELECT ON SEQUENCE t_id_seq TO PUBLIC`,
  )
  expect(before).toContainEqual(expect.stringContaining('PUBLIC has more privileges'))
  expect(after).toEqual(before.filter((line) => line.includes('PUBLIC has more privileges')))
})

test('a child of parents that store a column in different ways is created', async () => {
  const sourceSql = `CREATE TABLE one (v text); CREATE TABLE two (v text); CREATE TABLE both_of () INHERITS (one, two);
    ALTER TABLE ONLY one ALTER v SET STORAGE EXTERNAL, ALTER v SET COMPRESSION pglz;
    ALTER TABLE ONLY two ALTER v SET STORAGE MAIN; ALTER TABLE ONLY both_of ALTER v SET STORAGE EXTENDED`
  const pair = await createDatabasePair({ sourceSql })
  try {
    await pair.target.client.query(scriptOf(await schemaOf(pair.source.url)))
    expect(linesOf(await diffOf(pair))).toEqual([])
    const kept =
      'SELECT relname, attstorage, attislocal, attinhcount FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attname = $1 ORDER BY 1'
    const [to, from] = await Promise.all(
      [pair.source, pair.target].map(({ client }) => client.query(kept, ['v'])),
    )
    expect(from?.rows).toEqual(to?.rows)
  } finally {
    await pair.drop()
  }
})

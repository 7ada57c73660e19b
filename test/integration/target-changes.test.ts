import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectSameContent, readContent } from '../support/database-content.ts'
import { connect, createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

const SCHEMA = `
  CREATE TABLE part (id int PRIMARY KEY, v text, n numeric(12,4));
  CREATE TABLE line (id int PRIMARY KEY, part int REFERENCES part);`
const SOURCE = `${SCHEMA}
  INSERT INTO part SELECT i, 'v' || i, 1.2345 FROM generate_series(1, 20) i;
  INSERT INTO line SELECT i, i FROM generate_series(1, 20) i;`
const TARGET = `${SCHEMA}
  INSERT INTO part SELECT i, 'old', 0 FROM generate_series(5, 30) i;
  INSERT INTO line SELECT i, i FROM generate_series(5, 30) i;`

/** Comparing contents leaves the sessions without a search path. */
function alter({ target }: DatabasePair, sql: string): Promise<unknown> {
  return target.client.query(`SET search_path = public; ${sql}`)
}

describe.each(['a superuser', 'a plain owner'] as const)('a target that %s writes', (mode) => {
  let pair: DatabasePair
  let to: Awaited<ReturnType<typeof targetFor>>

  beforeEach(async () => {
    pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
    to = await targetFor(pair, mode)
  })
  afterEach(() => pair.drop())

  test.each([
    [
      'a trigger',
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := 'spoilt'; RETURN NEW; END $$;
       CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON part FOR EACH ROW EXECUTE FUNCTION spoil();
       ALTER TABLE part ENABLE ALWAYS TRIGGER spoil`,
    ],
    ['another type', 'ALTER TABLE part ALTER n TYPE numeric(12,1)'],
    [
      'a table that refers to it',
      `CREATE TABLE outside (id int, part int REFERENCES part ON DELETE CASCADE); INSERT INTO outside VALUES (1, 30)`,
    ],
  ])('and that is given %s after it was validated fails the run and stays as it is', async (_, sql) => {
    const before = await readContent(pair.target.client, {
      columnsOf: new Map([['public.line', ['id', 'part']]]),
    })
    let altered: Promise<unknown> | undefined
    const onEvent = (event: { readonly type: string }) => {
      if (event.type === 'copy-planned') altered ??= alter(pair, sql)
    }
    const where = [{ table: { schema: 'public', name: 'line' }, condition: 'pg_sleep(0.02) IS NOT NULL' }]
    await expect(runSync(pair, { profile: { to, where }, onEvent })).rejects.toThrow(
      'the schema of the target was changed during the run',
    )
    await altered
    const { rows } = await pair.target.client.query(
      `SELECT count(*)::int AS n FROM public.part WHERE v = 'old'`,
    )
    expect(rows[0].n).toBe(26)
    expect(await readContent(pair.target.client)).toMatchObject({ 'public.line': before['public.line'] })
  })

  test('and that somebody waits to truncate while the run compares is merged all the same', async () => {
    const waiter = await connect(pair.target.url)
    let truncated: Promise<unknown> | undefined
    await runSync(pair, {
      profile: { to, jobs: 1 },
      onEvent: ({ type }) => {
        if (type === 'table-compared') truncated ??= waiter.query('TRUNCATE line')
      },
    })
    await truncated
    await waiter.query(`INSERT INTO line SELECT i, i FROM generate_series(1, 20) i`)
    await waiter.end()
    await expectSameContent(pair.source.client, pair.target.client)
  })

  test('refuses to roll back without the key that its rows were matched by', async () => {
    await runSync(pair, { profile: { to } })
    const after = await readContent(pair.target.client)
    await alter(pair, 'ALTER TABLE line DROP CONSTRAINT line_pkey')
    await expect(runRollback(pair, { profile: { to } })).rejects.toThrow(
      'public.line cannot be restored: it no longer has its key over ("id")',
    )
    expect(await readContent(pair.target.client)).toEqual(after)
  })
})

describe('a table without a key', () => {
  const NO_KEY = 'CREATE TABLE note (a int, b text);'
  let pair: DatabasePair

  beforeEach(async () => {
    pair = await createDatabasePair({
      sourceSql: `${NO_KEY} INSERT INTO note SELECT i, 'b' FROM generate_series(1, 20000) i`,
      targetSql: `${NO_KEY} INSERT INTO note SELECT i, 'b' FROM generate_series(10000, 40000) i`,
    })
  })
  afterEach(() => pair.drop())

  test('is rolled back by whole rows although it has been given a key since', async () => {
    const before = await readContent(pair.target.client)
    await runSync(pair)
    await alter(pair, 'ALTER TABLE note ADD PRIMARY KEY (a)')
    await runRollback(pair)
    expect(await readContent(pair.target.client)).toEqual(before)
  })

  test('is not rolled back once its columns are others', async () => {
    await runSync(pair)
    await alter(
      pair,
      'ALTER TABLE note ADD c text; ALTER TABLE note RENAME b TO x; ALTER TABLE note RENAME c TO b',
    )
    const after = await readContent(pair.target.client)
    await expect(runRollback(pair)).rejects.toThrow('public.note cannot be restored')
    expect(await readContent(pair.target.client)).toEqual(after)
  })
})

describe('a run that needed to block readers', () => {
  test.each([
    [
      'rows that violate a NOT VALID check',
      'a superuser',
      'CREATE TABLE t (id int PRIMARY KEY, v int)',
      'ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0) NOT VALID',
    ],
    [
      'forced row security',
      'a plain owner',
      'CREATE TABLE t (id int PRIMARY KEY, v int)',
      'ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY',
    ],
    [
      'a rule',
      'a plain owner',
      'CREATE TABLE t (id int PRIMARY KEY, v int)',
      'CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING',
    ],
    [
      'a NOT VALID check that partitions inherit',
      'a superuser',
      `CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
       CREATE TABLE t_all PARTITION OF t FOR VALUES FROM (0) TO (100)`,
      'ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0) NOT VALID',
    ],
  ] as const)(
    'because of %s is rolled back only with the same permission',
    async (_, mode, table, obstacle) => {
      const pair = await createDatabasePair({
        sourceSql: `${table}; INSERT INTO t VALUES (1, 1), (2, -2); ${obstacle}`,
        targetSql: `${table}; INSERT INTO t VALUES (2, -1), (3, -3); ${obstacle}`,
      })
      const to = await targetFor(pair, mode)
      const before = await readContent(pair.target.client)
      await runSync(pair, { profile: { to }, allowBlocking: true })
      await expectSameContent(pair.source.client, pair.target.client)
      await expect(runRollback(pair, { profile: { to } })).rejects.toThrow(
        'can only be undone while readers are blocked',
      )
      await runRollback(pair, { profile: { to }, allowBlocking: true })
      expect(await readContent(pair.target.client)).toEqual(before)
      await pair.drop()
    },
  )
})

test('a role whose sessions begin as a replica, and that may not change it, is refused', async () => {
  const pair = await createDatabasePair({ sourceSql: SOURCE, targetSql: TARGET })
  const to = await targetFor(pair, 'a plain owner')
  await pair.target.client.query(`ALTER DATABASE ${pair.target.name} SET session_replication_role = replica`)
  await expect(runSync(pair, { profile: { to } })).rejects.toThrow(
    'begin with session_replication_role = replica, and it may not change that',
  )
  await pair.drop()
})

test('ON DELETE CASCADE on a large table costs a plain owner no nested loop', async () => {
  const schema = `CREATE TABLE parent (id int PRIMARY KEY, u int UNIQUE, v text);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE); CREATE INDEX ON child (parent);`
  const fill = (v: string) => `INSERT INTO parent SELECT i, i, '${v}' FROM generate_series(1, 40000) i;
    INSERT INTO child SELECT i, 1 + i % 40000 FROM generate_series(1, 60000) i;`
  const pair = await createDatabasePair({ sourceSql: `${schema} ${fill('a')}`, targetSql: schema })
  const to = await targetFor(pair, 'a plain owner')
  await runSync(pair, { profile: { to } })
  await expectSameContent(pair.source.client, pair.target.client)
  await pair.source.client.query('UPDATE public.parent SET u = -u WHERE id % 100 = 0')
  await runSync(pair, { profile: { to } })
  await expectSameContent(pair.source.client, pair.target.client)
  await pair.drop()
})

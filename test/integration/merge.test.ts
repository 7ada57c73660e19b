import { afterEach, expect, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { targetFor } from '../support/target-modes.ts'

let pair: DatabasePair
afterEach(() => pair?.drop())

test('columns of the target alone keep their values, also in rows that move', async () => {
  pair = await createDatabasePair({
    sourceSql: `CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE); INSERT INTO t VALUES (1, 2), (2, 1), (3, 3)`,
    targetSql: `CREATE TABLE t (mine text DEFAULT 'default', u int UNIQUE, id int PRIMARY KEY); INSERT INTO t VALUES ('a', 1, 1), ('b', 2, 2)`,
  })
  await runSync(pair)
  const { rows } = await pair.target.client.query('SELECT id, u, mine FROM t ORDER BY id')
  expect(rows).toEqual([
    { id: 1, u: 2, mine: 'a' },
    { id: 2, u: 1, mine: 'b' },
    { id: 3, u: 3, mine: 'default' },
  ])
})

test('partitions by hash of an enum, with other moduli in the target', async () => {
  const root = (
    modulus: number,
  ) => `CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); CREATE TABLE p (m mood, id int, PRIMARY KEY (m, id)) PARTITION BY HASH (m);
    ${Array.from({ length: modulus }, (_, i) => `CREATE TABLE p${i} PARTITION OF p FOR VALUES WITH (MODULUS ${modulus}, REMAINDER ${i});`).join('')}`
  pair = await createDatabasePair({
    sourceSql: `${root(2)} INSERT INTO p SELECT (ARRAY['sad', 'ok', 'glad'])[1 + i % 3]::mood, i FROM generate_series(1, 30) i`,
    targetSql: `${root(3)} INSERT INTO p SELECT (ARRAY['ok', 'ok', 'glad'])[1 + i % 3]::mood, i FROM generate_series(9, 50) i`,
  })
  await runSync(pair)
  await expectSameContent(pair.source.client, pair.target.client)
})

test('a deferrable unique constraint that the source does not have is checked before COMMIT', async () => {
  pair = await createDatabasePair({
    sourceSql: 'CREATE TABLE t (id int PRIMARY KEY, u int); INSERT INTO t VALUES (1, 1), (2, 1)',
    targetSql:
      'CREATE TABLE t (id int PRIMARY KEY, u int, CONSTRAINT once UNIQUE (u) DEFERRABLE INITIALLY DEFERRED)',
  })
  await expect(runSync(pair)).rejects.toThrow(/deferrable constraint "once"/)
  expect((await pair.target.client.query('SELECT FROM t')).rowCount).toBe(0)
})

test.each(['parent', 'child'])(
  'orphans that leaving out the %s would make are found before COMMIT',
  async (left) => {
    const schema =
      'CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent);'
    pair = await createDatabasePair({
      sourceSql: `${schema} INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)`,
      targetSql: `${schema} INSERT INTO parent VALUES (2); INSERT INTO child VALUES (2, 2)`,
    })
    const tables = left === 'parent' ? ['child'] : ['parent']
    await expect(runSync(pair, { tables })).rejects.toThrow(/foreign key "child_p_fkey"/)
    await runSync(pair)
    await expectSameContent(pair.source.client, pair.target.client)
  },
)

test('rows outside a where condition leave the target', async () => {
  const schema = 'CREATE TABLE t (id int PRIMARY KEY, keep bool);'
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO t SELECT i, i % 2 = 0 FROM generate_series(1, 10) i`,
    targetSql: `${schema} INSERT INTO t SELECT i, true FROM generate_series(1, 12) i`,
  })
  await runSync(pair, { profile: { where: [{ table: { schema: 'public', name: 't' }, condition: 'keep' }] } })
  const { rows } = await pair.target.client.query('SELECT id FROM t ORDER BY id')
  expect(rows.map((row) => row.id)).toEqual([2, 4, 6, 8, 10])
})

test('rollback refuses when the target has changed since, and says what --force overwrites', async () => {
  const schema = 'CREATE TABLE t (id int PRIMARY KEY, v text);'
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO t VALUES (1, 'new'), (2, 'new')`,
    targetSql: `${schema} INSERT INTO t VALUES (1, 'old'), (3, 'old')`,
  })
  await runSync(pair)
  await pair.target.client.query(`UPDATE t SET v = 'edited' WHERE id = 1`)
  await expect(runRollback(pair)).rejects.toThrow(/public\.t has 1 or more rows written since/)
  const warnings: unknown[] = []
  await runRollback(pair, {
    force: true,
    onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
  })
  expect(warnings).toHaveLength(1)
  const { rows } = await pair.target.client.query('SELECT * FROM t ORDER BY id')
  expect(rows).toEqual([
    { id: 1, v: 'old' },
    { id: 3, v: 'old' },
  ])
  await expect(runRollback(pair)).rejects.toThrow(/no run .* that can be rolled back/)
})

test('edits between two runs come back with a rollback, and stop the one after it', async () => {
  const schema = 'CREATE TABLE t (id int PRIMARY KEY, v text);'
  pair = await createDatabasePair({ sourceSql: `${schema} INSERT INTO t VALUES (1, 'a')`, targetSql: schema })
  await runSync(pair)
  await pair.target.client.query(`UPDATE t SET v = 'edited'`)
  await runSync(pair)
  await runRollback(pair)
  const { rows } = await pair.target.client.query('SELECT v FROM t')
  expect(rows).toEqual([{ v: 'edited' }])
  await expect(runRollback(pair)).rejects.toThrow(/changed since/)
})

test('only the last runs can be rolled back, as many as the profile keeps', async () => {
  pair = await createDatabasePair({
    sourceSql: 'CREATE TABLE t (id int PRIMARY KEY)',
    targetSql: 'CREATE TABLE t (id int PRIMARY KEY)',
  })
  for (let i = 1; i <= 4; i += 1) {
    await pair.source.client.query(`INSERT INTO t VALUES (${i})`)
    await runSync(pair, { profile: { undoRuns: 2 } })
  }
  await runRollback(pair)
  await runRollback(pair)
  await expect(runRollback(pair)).rejects.toThrow(/no run/)
  expect((await pair.target.client.query('SELECT FROM t')).rowCount).toBe(2)
})

test('rules and forced policies are refused for an owner, and merged with --allow-blocking', async () => {
  const schema = `CREATE TABLE ruled (id int PRIMARY KEY); CREATE RULE nothing AS ON INSERT TO ruled DO INSTEAD NOTHING;
    CREATE TABLE forced (id int PRIMARY KEY); ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;`
  pair = await createDatabasePair({
    sourceSql: `${schema} ALTER TABLE ruled DISABLE RULE nothing; INSERT INTO ruled VALUES (1), (2); INSERT INTO forced VALUES (1), (2)`,
    targetSql: schema,
  })
  const to = await targetFor(pair, 'a plain owner')
  const plan = await runPlan(pair, { profile: { to } })
  expect(
    plan.findings.filter((finding) => finding.severity === 'error').map((finding) => finding.subject),
  ).toEqual(['public.forced', 'public.ruled'])
  await expect(runSync(pair, { profile: { to } })).rejects.toThrow(/2 problems/)
  await runSync(pair, { profile: { to }, allowBlocking: true })
  await expectSameContent(pair.source.client, pair.target.client)
  const { rows } = await pair.target.client.query(
    `SELECT (SELECT ev_enabled FROM pg_rewrite WHERE rulename = 'nothing') AS rule, (SELECT relforcerowsecurity FROM pg_class WHERE relname = 'forced') AS forced`,
  )
  expect(rows).toEqual([{ rule: 'O', forced: true }])
})

test('populated materialized views are refreshed in the order of their dependencies', async () => {
  const schema = `CREATE TABLE t (id int PRIMARY KEY); CREATE MATERIALIZED VIEW z AS SELECT count(*) AS n FROM t;
    CREATE VIEW over AS SELECT n FROM z; CREATE MATERIALIZED VIEW a AS SELECT n * 10 AS n FROM over; CREATE MATERIALIZED VIEW empty AS SELECT * FROM t WITH NO DATA;`
  pair = await createDatabasePair({ sourceSql: `${schema} INSERT INTO t VALUES (1), (2)`, targetSql: schema })
  const { warnings } = await runSync(pair)
  expect(warnings).toEqual([])
  const { rows } = await pair.target.client.query('SELECT z.n AS z, a.n AS a FROM z, a')
  expect(rows).toEqual([{ z: '2', a: '20' }])
})

test('for a plain owner, rows that a cascade takes away and the merge puts back count as unchanged', async () => {
  const schema = `CREATE TABLE parent (id int PRIMARY KEY, slug text UNIQUE);
    CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE, v text);`
  const children = `INSERT INTO child SELECT i, 1 + i % 2, 'same' FROM generate_series(1, 6) i;`
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO parent VALUES (1, 'new'), (2, 'b'); ${children} UPDATE child SET v = 'other' WHERE id = 2`,
    targetSql: `${schema} INSERT INTO parent VALUES (1, 'old'), (2, 'b'); ${children}`,
  })
  const to = await targetFor(pair, 'a plain owner')
  const { tables } = await runSync(pair, { profile: { to } })
  await expectSameContent(pair.source.client, pair.target.client)
  const counts = tables.map(({ table, updated, unchanged }) => [table.name, updated, unchanged])
  expect(new Set(counts)).toEqual(
    new Set([
      ['parent', 1, 1],
      ['child', 1, 5],
    ]),
  )
  await runRollback(pair, { profile: { to } })
  const { rows } = await pair.target.client.query(
    `SELECT count(*)::int AS same FROM public.child WHERE v = 'same'`,
  )
  expect(rows).toEqual([{ same: 6 }])
})

test('a plain owner fills empty tables one after the other, and says how far it has come', async () => {
  const schema = `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, c int);
    CREATE TABLE c (id int PRIMARY KEY, up int REFERENCES c); CREATE TABLE d (id int PRIMARY KEY, e int); CREATE TABLE e (id int PRIMARY KEY, d int REFERENCES d);
    ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES c ON DELETE CASCADE; ALTER TABLE d ADD FOREIGN KEY (e) REFERENCES e;`
  pair = await createDatabasePair({
    sourceSql: `${schema} INSERT INTO c VALUES (1, 2), (2, 1); INSERT INTO b SELECT i, 1 + i % 2 FROM generate_series(1, 3000) i; INSERT INTO a SELECT i, i FROM generate_series(1, 3000) i;
      INSERT INTO d VALUES (1); INSERT INTO e VALUES (1, 1); UPDATE d SET e = 1`,
    targetSql: schema,
  })
  const to = await targetFor(pair, 'a plain owner')
  const written: string[] = []
  const planned: Record<string, number> = {}
  const begun: Record<string, number> = {}
  await runSync(pair, {
    profile: { to, strategy: 'merge' },
    onEvent: (event) => {
      if (event.type === 'stage-planned') planned[event.stage] = (planned[event.stage] ?? 0) + event.total
      if (event.type === 'work-started') begun[event.stage] = (begun[event.stage] ?? 0) + event.amount
      if (event.type === 'rows-written') written.push(`${event.table.name} ${event.rows}`)
    },
  })
  await expectSameContent(pair.source.client, pair.target.client)
  expect(written.toSorted()).toEqual(['a 3000', 'b 3000', 'c 2', 'd 1', 'e 1'])
  expect(written.indexOf('b 3000')).toBeLessThan(written.indexOf('a 3000'))
  expect(planned, 'all that is planned is done piece by piece').toEqual({ keep: 0, refresh: 0, ...begun })
  expect(planned).toMatchObject({ write: 6004, prove: 6004, analyze: 5 })
})

test('a function of a check that writes to another table of the run does not do so unnoticed', async () => {
  pair = await createDatabasePair({
    sourceSql: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, body text); INSERT INTO b VALUES (1, 'body')`,
    targetSql: `CREATE TABLE b (id int PRIMARY KEY, body text);
      CREATE FUNCTION touch() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN UPDATE public.b SET body = NULL; RETURN true; END';
      CREATE TABLE a (id int PRIMARY KEY CHECK (touch()))`,
  })
  await runSync(pair)
  await pair.source.client.query('INSERT INTO a VALUES (1)')
  await expect(runSync(pair)).rejects.toThrow(
    'public.b: a function of the target writes rows of it when other rows are written',
  )
  const { rows } = await pair.target.client.query('SELECT body FROM public.b')
  expect(rows).toEqual([{ body: 'body' }])
})

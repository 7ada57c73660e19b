import { afterEach, describe, expect, test } from 'vitest'
import { expectSameContent, readContent, readSequences } from '../support/database-content.ts'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runPlan, runRollback, runSync } from '../support/run-sync.ts'
import { TARGET_MODES, targetFor } from '../support/target-modes.ts'

/** Each case: a schema for both sides, the source's rows, and the target's. */
const CASES: readonly {
  readonly name: string
  readonly schema: string
  readonly source: string
  readonly target: string
}[] = [
  {
    name: 'values of a unique column swap, rotate and move along a chain',
    schema: 'CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, v text)',
    source: `INSERT INTO t VALUES (1, 2), (2, 1), (3, 4), (4, 5), (5, 3), (6, 7), (7, 8), (8, 9)`,
    target: `INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8)`,
  },
  {
    name: 'values of a deferrable unique column swap',
    schema: 'CREATE TABLE t (id int PRIMARY KEY, u int, UNIQUE (u) DEFERRABLE INITIALLY DEFERRED)',
    source: 'INSERT INTO t VALUES (1, 2), (2, 1)',
    target: 'INSERT INTO t VALUES (1, 1), (2, 2)',
  },
  {
    name: 'ranges under an exclusion constraint swap',
    schema: 'CREATE TABLE t (id int PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&))',
    source: `INSERT INTO t VALUES (1, '[10,20)'), (2, '[1,10)'), (3, '[30,40)')`,
    target: `INSERT INTO t VALUES (1, '[1,10)'), (2, '[10,20)'), (4, '[25,35)')`,
  },
  {
    name: 'unique indexes on expressions, predicates and generated columns',
    schema: `CREATE TABLE t (id int PRIMARY KEY, a text, b int, c int, g int GENERATED ALWAYS AS (c * 2) STORED UNIQUE);
      CREATE UNIQUE INDEX ON t (lower(a)); CREATE UNIQUE INDEX ON t (b) WHERE c > 0`,
    source: `INSERT INTO t VALUES (1, 'B', 1, 2), (2, 'a', 2, 1)`,
    target: `INSERT INTO t VALUES (1, 'a', 2, 1), (2, 'b', 1, 2)`,
  },
  {
    name: 'foreign keys in a cycle that is not deferrable',
    schema: `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
      ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b`,
    source:
      'INSERT INTO a VALUES (1, NULL), (2, NULL); INSERT INTO b VALUES (10, 1), (20, 2); UPDATE a SET b = 30 - 10 * id',
    target:
      'INSERT INTO a VALUES (3, NULL), (2, NULL); INSERT INTO b VALUES (30, 3), (20, 2); UPDATE a SET b = 10 * id',
  },
  {
    name: 'a tree that refers to itself loses its root and gets another',
    schema:
      'CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree ON DELETE CASCADE, label text UNIQUE)',
    source: `INSERT INTO tree VALUES (2, NULL, 'b'), (3, 2, 'a'), (4, 3, 'd'), (5, 9, 'x'), (9, NULL, 'z')`,
    target: `INSERT INTO tree VALUES (1, NULL, 'r'), (2, 1, 'a'), (3, 2, 'b'), (4, 1, 'd'), (6, 4, 'x')`,
  },
  {
    name: 'parents with cascading children vanish, move and swap',
    schema: `CREATE TABLE parent (id int PRIMARY KEY, u int UNIQUE);
      CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE, v text);
      CREATE TABLE grandchild (id int PRIMARY KEY, c int REFERENCES child);
      CREATE TABLE other (id int PRIMARY KEY, p int NOT NULL REFERENCES parent ON DELETE SET NULL);
      CREATE TABLE strict (id int, p int REFERENCES parent ON DELETE RESTRICT)`,
    source: `INSERT INTO parent VALUES (1, 2), (2, 1), (3, 3), (5, 4); INSERT INTO child VALUES (1, 1, ''), (2, 2, 'new'), (3, 3, ''), (6, 2, ''), (7, 5, '');
      INSERT INTO grandchild VALUES (1, 1), (2, 6), (3, 7); INSERT INTO other VALUES (1, 1), (2, 2), (3, 3); INSERT INTO strict VALUES (1, 1), (1, 1), (2, 2)`,
    target: `INSERT INTO parent VALUES (1, 1), (2, 2), (4, 4); INSERT INTO child VALUES (1, 1, ''), (2, 2, 'old'), (4, 4, ''), (5, 1, '');
      INSERT INTO grandchild VALUES (1, 1), (2, 2), (4, 5); INSERT INTO other VALUES (1, 1), (2, 1), (4, 4); INSERT INTO strict VALUES (1, 1), (4, 4)`,
  },
  {
    name: 'a foreign key on a unique column whose value goes to another parent',
    schema: `CREATE TABLE parent (id int PRIMARY KEY, slug text NOT NULL UNIQUE);
      CREATE TABLE child (id int PRIMARY KEY, slug text REFERENCES parent (slug) ON DELETE CASCADE ON UPDATE CASCADE)`,
    source: `INSERT INTO parent VALUES (2, 'x'), (3, 'y'); INSERT INTO child VALUES (1, 'x'), (2, 'y')`,
    target: `INSERT INTO parent VALUES (1, 'x'), (3, 'z'); INSERT INTO child VALUES (1, 'x'), (2, 'z'), (3, 'z')`,
  },
  {
    name: 'rows change partition, and leaves have another physical order',
    schema: `CREATE TABLE p (id int, k int, v text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
      CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 (v text, k int NOT NULL, id int NOT NULL);
      ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2); CREATE TABLE pd PARTITION OF p DEFAULT PARTITION BY HASH (id);
      CREATE TABLE pd0 PARTITION OF pd FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE pd1 PARTITION OF pd FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      CREATE TABLE keyless (k int, v text) PARTITION BY RANGE (k); CREATE TABLE keyless1 PARTITION OF keyless FOR VALUES FROM (0) TO (10);
      CREATE TABLE keyless2 PARTITION OF keyless FOR VALUES FROM (10) TO (20)`,
    source: `INSERT INTO p SELECT i, i % 4, 'v' || i FROM generate_series(1, 40) i; INSERT INTO keyless SELECT i % 20, 'x' FROM generate_series(1, 60) i`,
    target: `INSERT INTO p SELECT i, (i + i % 3) % 4, 'v' || i FROM generate_series(5, 50) i; INSERT INTO keyless SELECT i % 15, 'x' FROM generate_series(1, 50) i`,
  },
  {
    name: 'inheritance keeps each row in its own table',
    schema: `CREATE TABLE base (id int PRIMARY KEY, v text); CREATE TABLE child (extra int, PRIMARY KEY (id)) INHERITS (base); CREATE TABLE leaf () INHERITS (child)`,
    source: `INSERT INTO base VALUES (1, 'b'), (2, 'b'); INSERT INTO child VALUES (2, 'c', 1), (3, 'c', 2); INSERT INTO leaf VALUES (3, 'l', 3)`,
    target: `INSERT INTO base VALUES (1, 'x'), (3, 'b'); INSERT INTO child VALUES (1, 'c', 1); INSERT INTO leaf VALUES (3, 'l', 4), (4, 'l', 3)`,
  },
  {
    name: 'identity, serial and generated columns',
    schema: `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, d int GENERATED BY DEFAULT AS IDENTITY, g text GENERATED ALWAYS AS ('g' || v) STORED, v int);
      CREATE TABLE u (k int PRIMARY KEY, id int GENERATED ALWAYS AS IDENTITY)`,
    source: `INSERT INTO t (v) SELECT i FROM generate_series(1, 9) i; DELETE FROM t WHERE v = 3; INSERT INTO u (k) VALUES (1), (2), (3)`,
    target: `INSERT INTO t (v) SELECT i FROM generate_series(5, 30) i; INSERT INTO u (k) VALUES (3), (2)`,
  },
  {
    name: 'sequences of every kind',
    schema: `CREATE SEQUENCE up; CREATE SEQUENCE down INCREMENT -3; CREATE SEQUENCE small MAXVALUE 3; CREATE SEQUENCE round MAXVALUE 3 CYCLE; CREATE SEQUENCE untouched; CREATE TABLE t (id int PRIMARY KEY)`,
    source: `SELECT nextval('up'), nextval('down'), nextval('down'), setval('small', 3), setval('round', 2, false)`,
    target: `SELECT setval('up', 99), setval('untouched', 7), setval('down', -31, false)`,
  },
  {
    name: 'images that are equal and yet different',
    schema: `CREATE TABLE t (id int PRIMARY KEY, n numeric, i interval, f float8, a int[]); CREATE TABLE k (n numeric PRIMARY KEY, v int)`,
    source: `INSERT INTO t VALUES (1, 1.00, '1 mon', '-0', '[0:1]={1,2}'), (2, 1, '30 days', 0, '{1}'); INSERT INTO k VALUES (1.00, 1), (2.0, 2)`,
    target: `INSERT INTO t VALUES (1, 1.0, '30 days', '0', '{1,2}'), (2, 1, '30 days', 0, '{1}'); INSERT INTO k VALUES (1, 1), (2.0, 2)`,
  },
  {
    name: 'keys that are equal and yet spelt otherwise',
    schema: `CREATE EXTENSION citext; CREATE DOMAIN code AS citext CHECK (length(VALUE) < 9);
      CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE a (k citext PRIMARY KEY, v int); CREATE TABLE b (k code PRIMARY KEY, v int); CREATE TABLE c (k text COLLATE nocase PRIMARY KEY, v int)`,
    source: `INSERT INTO a VALUES ('Ab', 1), ('x', 2); INSERT INTO b VALUES ('Ab', 1), ('x', 2); INSERT INTO c VALUES ('Ab', 1), ('x', 2)`,
    target: `INSERT INTO a VALUES ('aB', 1), ('x', 3); INSERT INTO b VALUES ('aB', 1), ('x', 3); INSERT INTO c VALUES ('aB', 1), ('x', 3)`,
  },
  {
    name: 'rows without a key, with duplicates and types that know no equality',
    schema: `CREATE TABLE t (a int, j json, p point, x text); CREATE TABLE u (a int UNIQUE, b text); CREATE TABLE n ()`,
    source: `INSERT INTO t SELECT i % 3, '{"a": 1}', '(1,2)', NULL FROM generate_series(1, 30) i; INSERT INTO u VALUES (1, 'x'), (NULL, 'y'), (NULL, 'y'), (2, 'z'); INSERT INTO n SELECT FROM generate_series(1, 4)`,
    target: `INSERT INTO t SELECT i % 4, '{"a":1}', '(1,2)', NULL FROM generate_series(1, 9) i; INSERT INTO t SELECT 1, '{"a": 1}', '(1,2)' FROM generate_series(1, 20);
      INSERT INTO u VALUES (2, 'x'), (NULL, 'y'), (1, 'z'); INSERT INTO n SELECT FROM generate_series(1, 7)`,
  },
  {
    name: 'keys by a unique index alone, composite keys and MATCH FULL',
    schema: `CREATE TABLE t (a int NOT NULL, b text NOT NULL, v int); CREATE UNIQUE INDEX ON t (b, a);
      CREATE TABLE c (id int PRIMARY KEY, a int, b text, FOREIGN KEY (b, a) REFERENCES t (b, a) MATCH FULL)`,
    source: `INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2), (1, 'y', 3); INSERT INTO c VALUES (1, 1, 'x'), (2, NULL, NULL), (3, 1, 'y')`,
    target: `INSERT INTO t VALUES (1, 'x', 0), (3, 'x', 2); INSERT INTO c VALUES (1, 3, 'x'), (2, 1, 'x')`,
  },
  {
    name: 'triggers that would corrupt the rows if they fired',
    schema: `CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE victim (id int PRIMARY KEY);
      CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF TG_OP = 'DELETE' THEN RETURN NULL; END IF; NEW.v := 'spoilt'; RETURN NEW; END$$;
      CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN DELETE FROM public.victim; RETURN NULL; END$$;
      CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION spoil();
      CREATE TRIGGER always BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION spoil(); ALTER TABLE t ENABLE ALWAYS TRIGGER always;
      CREATE TRIGGER replica BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION spoil(); ALTER TABLE t ENABLE REPLICA TRIGGER replica;
      CREATE TRIGGER off BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION spoil(); ALTER TABLE t DISABLE TRIGGER off;
      CREATE TRIGGER statement AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION spread()`,
    source: `SET session_replication_role = replica; ALTER TABLE t DISABLE TRIGGER ALL; INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO victim VALUES (1), (2)`,
    target: `ALTER TABLE t DISABLE TRIGGER USER; INSERT INTO t VALUES (1, 'x'), (2, 'b'), (9, 'z'); INSERT INTO victim VALUES (1);
      ALTER TABLE t ENABLE TRIGGER before; ALTER TABLE t ENABLE TRIGGER statement; ALTER TABLE t ENABLE ALWAYS TRIGGER always; ALTER TABLE t ENABLE REPLICA TRIGGER replica`,
  },
]

let pair: DatabasePair
afterEach(() => pair?.drop())

describe.each(TARGET_MODES)('written by %s', (mode) => {
  test.each(CASES.map((each) => [each.name, each] as const))('%s', async (_, { schema, source, target }) => {
    pair = await createDatabasePair({ sourceSql: `${schema};${source}`, targetSql: `${schema};${target}` })
    const { client } = pair.target
    await pair.source.client.query('RESET ALL')
    const to = await targetFor(pair, mode)
    const before = [await readContent(client), await readSequences(client), await triggerStates(client)]

    await runSync(pair, { profile: { to } })
    await expectSameContent(pair.source.client, client)
    expect(await readSequences(client)).toEqual(await readSequences(pair.source.client))
    expect(await triggerStates(client)).toEqual(before[2])

    const again = await runSync(pair, { profile: { to } })
    expect(again.tables.filter((table) => table.inserted + table.updated + table.deleted > 0)).toEqual([])

    await runRollback(pair, { profile: { to } })
    await runRollback(pair, { profile: { to } })
    expect([await readContent(client), await readSequences(client), await triggerStates(client)]).toEqual(
      before,
    )
  })
})

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

async function triggerStates(client: DatabasePair['target']['client']): Promise<unknown[]> {
  const { rows } = await client.query(
    `SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2`,
  )
  return rows
}

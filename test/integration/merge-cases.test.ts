import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TableOutcome } from '../../src/run/run-result.ts'
import { type Content, readContent, readSequences } from '../support/database-content.ts'
import type { DatabasePair } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { TARGET_MODES, targetFor } from '../support/target-modes.ts'
import { contentOf, createCasePair, schemaOf } from '../support/validation-cases.ts'

/** Each case: what is in a schema of its own on both sides, the source's rows, and the target's. */
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
    name: 'values of each type, NULL on either side, and texts that a collation takes for equal',
    schema: `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE DOMAIN price AS numeric(6, 2);
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE TABLE t (id int PRIMARY KEY, b boolean, s smallint, i int, l bigint, o oid, d date, u uuid, y bytea, n numeric(6, 2), p price, ts timestamp, tz timestamptz(0),
        h time, hz timetz, x text, v varchar(5), lo text COLLATE loose, c char(3), q "char", m mood, j jsonb, r int4range);
      CREATE VIEW filled AS SELECT true AS b, 1::smallint AS s, 1 AS i, 1::bigint AS l, 1::oid AS o, '2026-01-01'::date AS d, '00000000-0000-0000-0000-000000000001'::uuid AS u,
        '\\x00'::bytea AS y, 1.5 AS n, 1.5 AS p, '2026-01-01'::timestamp AS ts, '2026-01-01Z'::timestamptz AS tz, '12:00'::time AS h, '12:00Z'::timetz AS hz, 'a' AS x, 'a' AS v, 'a' AS lo,
        'a' AS c, 'a'::"char" AS q, 'sad'::mood AS m, '1'::jsonb AS j, '[1,2)'::int4range AS r`,
    source: `INSERT INTO t SELECT 1, * FROM filled; INSERT INTO t (id) VALUES (2), (4); INSERT INTO t SELECT 3, * FROM filled`,
    target: `INSERT INTO t (id) VALUES (1); INSERT INTO t SELECT 2, * FROM filled; INSERT INTO t (id) VALUES (4);
      INSERT INTO t SELECT 3, * FROM filled; UPDATE t SET hz = '13:00+01', lo = 'A', j = '1.0' WHERE id = 3`,
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
      CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN EXECUTE format('DELETE FROM %I.victim', TG_TABLE_SCHEMA); RETURN NULL; END$$;
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

/** What there is to see of a database: rows, sequences and triggers, by their names. */
type State = Readonly<Record<'content' | 'sequences' | 'triggers', Content>>

/** One run merges every case; each test looks at its own. */
describe.each(TARGET_MODES)('written by %s', (mode) => {
  let pair: DatabasePair
  let source: State
  let before: State
  let merged: State
  let rolledBack: State
  let changedAgain: readonly TableOutcome[]

  beforeAll(async () => {
    pair = await createCasePair(
      CASES.map(({ schema, ...rows }) => ({
        source: `${schema};${rows.source}`,
        target: `${schema};${rows.target}`,
      })),
    )
    const { client } = pair.target
    const profile = { to: await targetFor(pair, mode) }
    source = await readState(pair.source.client)
    before = await readState(client)
    await runSync(pair, { profile })
    merged = await readState(client)
    const again = await runSync(pair, { profile })
    changedAgain = again.tables.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
    await runRollback(pair, { profile })
    await runRollback(pair, { profile })
    rolledBack = await readState(client)
  })
  afterAll(() => pair?.drop())

  test.each(CASES.map(({ name }, index) => [name, index] as const))('%s', (_, index) => {
    const [expected, atFirst, actual] = [source, before, merged].map((state) => stateOf(index, state))
    expect(
      Object.keys(expected?.content ?? {}).length + Object.keys(expected?.sequences ?? {}).length,
    ).toBeGreaterThan(0)
    expect(actual).toEqual({ ...expected, triggers: atFirst?.triggers })
    expect(
      changedAgain.filter(({ table }) => table.schema === schemaOf(index)),
      'by a second run',
    ).toEqual([])
    expect(stateOf(index, rolledBack)).toEqual(atFirst)
  })
})

async function readState(client: pg.Client): Promise<State> {
  const content = await readContent(client)
  const { rows } = await client.query(
    `SELECT tgrelid::regclass || '.' || tgname AS name, tgenabled FROM pg_trigger WHERE NOT tgisinternal`,
  )
  const triggers = Object.fromEntries(rows.map(({ name, tgenabled }) => [name, tgenabled]))
  return { content, sequences: await readSequences(client), triggers }
}

/** What a state tells of the case at `index`. */
function stateOf(index: number, { content, sequences, triggers }: State): State {
  return {
    content: contentOf(index, content),
    sequences: contentOf(index, sequences),
    triggers: contentOf(index, triggers),
  }
}

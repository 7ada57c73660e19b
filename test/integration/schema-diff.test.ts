import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { applySafe, diffOf, linesOf } from '../support/schema-diff.ts'

test('tables grow, and what uses a widened column is created again', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
      CREATE TABLE a (id bigint PRIMARY KEY, name varchar(40) DEFAULT 'x', note text NOT NULL, n numeric(12, 2), extra int DEFAULT 3 NOT NULL);
      CREATE VIEW v AS SELECT id, name FROM a;
      CREATE VIEW w AS SELECT v.name, a.n FROM v JOIN a USING (id);
      CREATE INDEX ON a (name);
      CREATE UNIQUE INDEX u ON a (n, name);
      ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0);
      CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a_id bigint REFERENCES a);
      COMMENT ON COLUMN a.note IS 'it''s';
      CREATE SEQUENCE s INCREMENT 5;
      CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;`,
    targetSql: `
      CREATE TABLE a (id int, name varchar(20), n numeric(10, 2) NOT NULL, old int);
      CREATE VIEW v AS SELECT id, name FROM a;
      CREATE VIEW w AS SELECT v.name, a.n FROM v JOIN a USING (id);
      CREATE INDEX ON a (name);
      CREATE SEQUENCE s;`,
  })
  try {
    await applySafe(pair.target.client, await diffOf(pair))
    expect(linesOf(await diffOf(pair))).toEqual([
      'TABLE public.a: column old is only in the target (its values are lost)',
    ])
  } finally {
    await pair.drop()
  }
})

test('what may lose something is not done, with the reason', async () => {
  const table =
    'CREATE TABLE t (id int PRIMARY KEY, a varchar(5), b bigint, c text, old_name text, g int GENERATED ALWAYS AS (id) STORED)'
  const pair = await createDatabasePair({
    sourceSql: `${table.replace('old_name', 'new_name')}; ALTER TABLE t ALTER b TYPE int; ALTER TABLE t ALTER c TYPE jsonb USING c::jsonb;
      ALTER TABLE t ALTER a TYPE varchar(9); CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
      CREATE TABLE u (id int); CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE TYPE e AS ENUM ('b', 'a'); CREATE TABLE p (id int, at int) PARTITION BY LIST (at);`,
    targetSql: `${table}; CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE UNLOGGED TABLE u (id int); CREATE TABLE only_here (z int);
      CREATE FUNCTION f(a int, b int) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
      CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE p (id int, at int) PARTITION BY LIST (id);`,
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before).sort()).toEqual([
      'FUNCTION public.f(integer, integer): is defined in another way (its arguments or its result have changed, so it must be dropped, with all that uses it)',
      'TABLE public.only_here: is only in the target (its rows are lost)',
      'TABLE public.p: partitioned by LIST (id), in the source LIST (at) (the table must be created again)',
      'TABLE public.t: column a: type character varying(5), in the source character varying(9) (MATERIALIZED VIEW public.m uses it, and must be dropped before and created again)',
      'TABLE public.t: column b: type bigint, in the source integer (not every value may fit into the type of the source)',
      'TABLE public.t: column c: type text, in the source jsonb (not every value may fit into the type of the source)',
      'TABLE public.t: column new_name is missing; perhaps it is column old_name of the target under another name (safe)',
      'TABLE public.t: column old_name is only in the target (its values are lost, unless it is column new_name of the source under its old name: then rename it instead of adding that)',
      'TABLE public.u: unlogged, in the source logged (the whole table is written again under a lock that readers wait for)',
      `TYPE public.e: labels in the order 'a', 'b', in the source 'b', 'a' (the type must be created again)`,
    ])
    await applySafe(pair.target.client, before)
    const after = linesOf(await diffOf(pair))
    expect(
      after.every((line) => !line.endsWith('(safe)')),
      after.join('\n'),
    ).toBe(true)
  } finally {
    await pair.drop()
  }
})

test('an index of a partitioned table that is created again has the indexes of partitions that the source has', async () => {
  const tables = (columns: string) => `
      CREATE TABLE log (id int, at date) PARTITION BY RANGE (at);
      CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY RANGE (id);
      CREATE TABLE log_2_low PARTITION OF log_2 FOR VALUES FROM (0) TO (100);
      CREATE INDEX log_own_names ON log (${columns});
      CREATE INDEX log_same_names ON ONLY log (${columns});
      CREATE INDEX same_1 ON log_1 (${columns});
      CREATE INDEX same_2 ON log_2 (${columns});
      ALTER INDEX log_same_names ATTACH PARTITION same_1;
      ALTER INDEX log_same_names ATTACH PARTITION same_2;
      ALTER TABLE log ADD CONSTRAINT key UNIQUE (${columns});`
  const pair = await createDatabasePair({
    // An index of its own is as that of the target that is attached.
    sourceSql: `${tables('at, id')} CREATE INDEX log_1_id_at_idx ON log_1 (id, at); ALTER INDEX log_2_low_at_id_idx SET (fillfactor = 70);`,
    targetSql: tables('id, at'),
  })
  try {
    await applySafe(pair.target.client, await diffOf(pair))
    expect(linesOf(await diffOf(pair))).toEqual([])
    const unfinished = 'SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid'
    expect((await pair.target.client.query(unfinished)).rows).toEqual([])
  } finally {
    await pair.drop()
  }
})

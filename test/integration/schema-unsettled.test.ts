import { expect, test } from 'vitest'
import { createDatabasePair } from '../support/databases.ts'
import { applySafe, diffOf, linesOf, unexpected } from '../support/schema-diff.ts'

const NOT_CHANGED = 'which is not changed without a review'

test('what computes with something that needs a review needs one, too', async () => {
  const pair = await createDatabasePair({
    sourceSql: `
      CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
      CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE DOMAIN own AS int CHECK (VALUE > 2);
      CREATE TYPE wrapped AS (size smallint);
      CREATE TABLE t (id bigint, size smallint, "Own" own, pair wrapped, g int GENERATED ALWAYS AS (twice(size)) STORED);
      CREATE TABLE new (id int, note text);
      CREATE POLICY reading ON new USING (EXISTS (SELECT FROM t WHERE t.size > new.id));
      CREATE POLICY other ON new USING (EXISTS (SELECT FROM t WHERE t.id > new.id));
      CREATE VIEW v AS SELECT id, twice(size) FROM t;
      CREATE VIEW w AS SELECT twice FROM v;
      CREATE VIEW kept AS SELECT id FROM t;
      CREATE VIEW owned AS SELECT "Own" > 1 AS is_large FROM t;
      CREATE VIEW paired AS SELECT (pair).size AS n FROM t;
      CREATE VIEW calling AS SELECT other() AS o;
      CREATE INDEX named ON t (size) INCLUDE (id);
      CREATE INDEX computed ON t (twice(size), id);
      CREATE INDEX partial ON t (id) WHERE size > 0;
      CREATE UNIQUE INDEX key ON t (size, id);
      CREATE STATISTICS worded ON twice(size), id FROM t;
      CREATE STATISTICS named_stat ON size, id FROM t;
      ALTER TABLE t ADD UNIQUE (size), ADD CHECK (twice(size) > 0);
      CREATE FUNCTION bound() RETURNS bigint BEGIN ATOMIC SELECT max(size) FROM t; END;`,
    targetSql: `
      CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x * 2';
      CREATE FUNCTION other() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
      CREATE DOMAIN own AS bigint;
      CREATE TYPE wrapped AS (size int);
      CREATE TABLE t (id int, size int, "Own" own, pair wrapped);
      CREATE VIEW v AS SELECT id, twice(size) FROM t;
      CREATE VIEW w AS SELECT twice + 1 AS twice FROM v;
      CREATE VIEW kept AS SELECT id FROM t;`,
  })
  try {
    const before = await diffOf(pair)
    const lines = linesOf(before)
    expect(lines.filter((line) => line.endsWith('(safe)'))).toEqual([
      'TABLE public.t: column id: type integer, in the source bigint (safe)',
      'TABLE public.new: is missing (safe)',
      'POLICY other ON public.new: is missing (safe)',
      'CONSTRAINT t_size_key ON public.t: is missing (safe)',
      'INDEX public.key: is missing (safe)',
      'INDEX public.named: is missing (safe)',
      'STATISTICS public.named_stat: is missing (safe)',
    ])
    const needing = (what: string) =>
      lines
        .filter((line) => line.endsWith(` (it uses ${what}, ${NOT_CHANGED})`))
        .map((line) => line.split(': ')[0])
    expect(needing('size of public.t')).toEqual([
      'TABLE public.t',
      'CONSTRAINT t_size_check ON public.t',
      'FUNCTION public.bound()',
      'POLICY reading ON public.new',
      'VIEW public.v',
      'INDEX public.computed',
      'INDEX public.partial',
      'STATISTICS public.worded',
    ])
    expect(needing('VIEW public.v')).toEqual(['VIEW public.w'])
    expect(needing('"Own" of public.t')).toEqual(['VIEW public.owned'])
    expect(needing('size of public.wrapped')).toEqual(['VIEW public.paired'])
    expect(needing('FUNCTION public.other()')).toEqual(['VIEW public.calling'])
    expect(await applySafe(pair.target.client, before)).toEqual([])
    expect(unexpected(before, await diffOf(pair), [])).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('a typed table has the columns of its type, and changes with it', async () => {
  const base = `
    CREATE TYPE grown AS (a int, b text); CREATE TYPE changed AS (a int); CREATE TYPE shrunk AS (a int, z int);
    CREATE TYPE foreign_type AS (a int);
    CREATE TABLE of_grown OF grown; CREATE TABLE of_changed OF changed; CREATE TABLE of_shrunk OF shrunk;`
  const pair = await createDatabasePair({
    sourceSql: `${base}
      ALTER TYPE grown ADD ATTRIBUTE c int CASCADE;
      ALTER TABLE of_grown ALTER c SET DEFAULT 5, ALTER c SET NOT NULL, ALTER c SET STATISTICS 7;
      ALTER TYPE changed ALTER ATTRIBUTE a TYPE bigint CASCADE;
      ALTER TYPE shrunk DROP ATTRIBUTE z CASCADE;
      CREATE TABLE new_grown OF grown (c DEFAULT 3 NOT NULL);
      CREATE TABLE new_changed OF changed (a DEFAULT 7);
      CREATE TABLE new_shrunk OF shrunk; CREATE VIEW viewed AS SELECT * FROM new_shrunk;
      CREATE TABLE plain (a bigint, b text);`,
    targetSql: `${base} CREATE TABLE plain OF foreign_type;`,
  })
  try {
    const before = await diffOf(pair)
    const ofTarget = (type: string) =>
      `the table is of type public.${type} in the target, which must be changed`
    expect(linesOf(before)).toEqual([
      'TYPE public.changed: attribute a: type integer, in the source bigint (columns of the type hold values of the old one)',
      'TYPE public.grown: attribute c is missing (safe)',
      'TYPE public.shrunk: attribute z is only in the target (its values are lost)',
      `TABLE public.new_changed: is missing (the table is of TYPE public.changed, ${NOT_CHANGED})`,
      'TABLE public.new_grown: is missing (safe)',
      `TABLE public.new_shrunk: is missing (the table is of TYPE public.shrunk, ${NOT_CHANGED})`,
      `TABLE public.of_changed: column a: type integer, in the source bigint (${ofTarget('changed')})`,
      'TABLE public.of_grown: column c is missing (safe)',
      `TABLE public.of_shrunk: column z is only in the target (${ofTarget('shrunk')})`,
      'TABLE public.plain: of type public.foreign_type, in the source none (the columns follow the type)',
      `TABLE public.plain: column a: type integer, in the source bigint (${ofTarget('foreign_type')})`,
      `TABLE public.plain: column b is missing (${ofTarget('foreign_type')})`,
      'VIEW public.viewed: is missing (it needs TABLE public.new_shrunk, which is not created without a review)',
    ])
    expect(await applySafe(pair.target.client, before)).toEqual([])
    expect(unexpected(before, await diffOf(pair), [])).toEqual([])
    const reviews = before.differences.filter(({ kind }) => kind === 'type').flatMap(({ changes }) => changes)
    for (const { review, statements } of reviews)
      if (review !== undefined) for (const sql of statements.within ?? []) await pair.target.client.query(sql)
    const after = linesOf(await diffOf(pair)).filter((line) => !line.startsWith('TABLE public.plain'))
    expect(after).toEqual([
      'TABLE public.new_changed: is missing (safe)',
      'TABLE public.new_shrunk: is missing (safe)',
      'VIEW public.viewed: is missing (safe)',
    ])
  } finally {
    await pair.drop()
  }
})

test('what only the target has over another view keeps that, and indexes of its own partitions take no name of others', async () => {
  const base = `
    CREATE TABLE t (id int, name text); CREATE VIEW names AS SELECT id, name FROM t; CREATE VIEW ids AS SELECT id, name FROM t;
    CREATE TABLE log (at date) PARTITION BY RANGE (at);
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY RANGE (at);
    CREATE TABLE days (at date, id int) PARTITION BY RANGE (at);
    CREATE TABLE log_1_low PARTITION OF log_1 FOR VALUES FROM ('2026-01-01') TO ('2026-01-15');`
  const pair = await createDatabasePair({
    sourceSql: `${base} ALTER VIEW names RENAME name TO title; ALTER VIEW ids RENAME name TO title;
      CREATE INDEX log_at ON log (at); ALTER TABLE log DETACH PARTITION log_1;
      ALTER TABLE days ADD CONSTRAINT key UNIQUE (at, id); CREATE TABLE days_1 PARTITION OF days DEFAULT;`,
    targetSql: `${base} CREATE VIEW own AS SELECT name FROM names; CREATE VIEW own_ids AS SELECT id FROM ids;
      CREATE UNIQUE INDEX days_own ON days (at, id);`,
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before).filter((line) => line.startsWith('VIEW'))).toEqual([
      'VIEW public.ids: is defined differently, with other columns (safe)',
      'VIEW public.names: is defined differently, with other columns (VIEW public.own depends on it, and would have to be dropped)',
      'VIEW public.own_ids: is only in the target (the target may need it)',
      'VIEW public.own: is only in the target (the target may need it)',
    ])
    expect(await applySafe(pair.target.client, before)).toEqual([])
    expect(unexpected(before, await diffOf(pair), [])).toEqual([])
    const invalid = await pair.target.client.query('SELECT FROM pg_index WHERE NOT indisvalid')
    expect(invalid.rowCount).toBe(0)
  } finally {
    await pair.drop()
  }
})

test('a column whose type needs a review keeps its default until then', async () => {
  const table = (type: string) =>
    `CREATE TYPE ${type} AS ENUM ('a', 'b'); CREATE TABLE t (k ${type} DEFAULT 'a')`
  const pair = await createDatabasePair({
    sourceSql: table('mood'),
    targetSql: table('feeling'),
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before).filter((line) => line.includes('default'))).toEqual([
      `TABLE public.t: column k: default 'a'::public.feeling, in the source 'a'::public.mood (it uses k of public.t, ${NOT_CHANGED})`,
    ])
    await applySafe(pair.target.client, before)
    expect(unexpected(before, await diffOf(pair), [])).toEqual([])
  } finally {
    await pair.drop()
  }
})

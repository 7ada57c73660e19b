import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { safeSteps } from '../../src/schema/diff/safe-statements.ts'
import { restoredSql } from '../../src/schema/exact-sql.ts'
import { asSuperuser, createDatabasePair } from '../support/databases.ts'
import { runExport } from '../support/run-dump.ts'
import { runPlan } from '../support/run-sync.ts'
import { schemaOf, scriptOf } from '../support/schema-copy.ts'
import { applySafe, diffOf, linesOf } from '../support/schema-diff.ts'
import { schemaFixture } from '../support/schema-fixtures.ts'

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

test('a wider column is stored as in the source, also in children and partitions, which it does not reach without a review', async () => {
  const tables = `CREATE TABLE a (n numeric(10, 2)); CREATE TABLE c () INHERITS (a); CREATE TABLE alone (n varchar(5));
    CREATE TABLE p (n varchar(5), k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE TABLE kept (n varchar(5)); CREATE MATERIALIZED VIEW of_kept AS SELECT n FROM kept`
  const stored = 'ALTER COLUMN n SET STORAGE EXTERNAL'
  const pair = await createDatabasePair({
    sourceSql: `${tables}; ALTER TABLE a ALTER n TYPE numeric(12, 2); ALTER TABLE p ALTER n TYPE varchar(9), ALTER n SET COMPRESSION pglz;
      ALTER TABLE a ${stored}; ALTER TABLE p1 ${stored}; ALTER TABLE alone ALTER n TYPE text, ${stored};
      DROP MATERIALIZED VIEW of_kept; ALTER TABLE kept ALTER n TYPE text, ${stored}; CREATE MATERIALIZED VIEW of_kept AS SELECT n FROM kept`,
    targetSql: `${tables}; ALTER TABLE a ${stored}; ALTER TABLE p1 ${stored}`,
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before)).toContain('TABLE public.a: column n: its new type resets storage external (safe)')
    await applySafe(pair.target.client, before)
    expect(linesOf(await diffOf(pair)).filter((line) => line.endsWith('(safe)'))).toEqual([])
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
      'FUNCTION public.f(integer, integer): is defined differently (its arguments or its result have changed, so it must be dropped, with all that uses it)',
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

test('a column that parents get comes to their children, which then get what only theirs has', async () => {
  const tables = (column: string) => `
      CREATE TABLE base (id int, ${column} int, kept int);
      CREATE TABLE derived (d int) INHERITS (base);
      CREATE TABLE grand (g int) INHERITS (derived);
      CREATE TABLE log (at date, ${column} text) PARTITION BY RANGE (at);
      CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE other (id int, ${column} int);
      CREATE TABLE other_child () INHERITS (other);`
  const pair = await createDatabasePair({
    sourceSql: `${tables('first')}
      ALTER TABLE base ALTER first SET DEFAULT 1;
      ALTER TABLE derived ALTER first SET DEFAULT 2, ALTER first SET NOT NULL, ALTER first SET STATISTICS 7;
      ALTER TABLE ONLY grand ALTER first DROP DEFAULT;
      ALTER TABLE log_1 ALTER first SET NOT NULL, ALTER first SET DEFAULT 'x', ALTER first SET STORAGE EXTERNAL;
      ALTER TABLE base ALTER kept TYPE bigint; ALTER TABLE ONLY base DROP COLUMN kept;
      CREATE DOMAIN own AS int; ALTER TABLE other ALTER first TYPE own; ALTER TABLE other_child ALTER first SET NOT NULL;`,
    // A name that the target uses keeps the domain from being created, and so the column.
    targetSql: `${tables('a')} CREATE TYPE own AS ENUM ();`,
  })
  try {
    const before = await diffOf(pair)
    await applySafe(pair.target.client, before)
    const after = linesOf(await diffOf(pair))
    expect(after.filter((line) => line.endsWith('(safe)'))).toEqual([])
    const reviews = linesOf(before).filter((line) => !line.endsWith('(safe)'))
    expect(reviews.filter((line) => line.includes('kept'))).toEqual([
      'TABLE public.base: column kept is only in the target (its values are lost)',
      'TABLE public.derived: column kept: type integer, in the source bigint (the column comes from a parent of the table in the target, and keeps the type that it has there)',
    ])
    expect(reviews.filter((line) => line.includes('other'))).toEqual([
      'TABLE public.other: column first is missing (it needs DOMAIN public.own, which is not created without a review)',
      'TABLE public.other: column a is only in the target (its values are lost)',
      'TABLE public.other_child: column first: nullable, in the source NOT NULL (public.other has no column first without a review)',
    ])
  } finally {
    await pair.drop()
  }
})

test('a definition is the same after a dump, and created as exactly what it is', async () => {
  const pair = await createDatabasePair({
    sourceSql: `${schemaFixture('exact')} CREATE VIEW itself AS SELECT 1 AS a; CREATE OR REPLACE VIEW itself AS SELECT a FROM itself;`,
  })
  const restored = await createDatabasePair()
  try {
    const schema = await schemaOf(pair.source.url)
    await pair.target.client.query(scriptOf(schema))
    expect(scriptOf(await schemaOf(pair.target.url))).toBe(scriptOf(schema))
    const objects = schema.objects.map((object) => ({ ...object, create: object.create.map(restoredSql) }))
    await restored.target.client.query(scriptOf({ objects }))
    expect(scriptOf(await schemaOf(restored.target.url))).not.toBe(scriptOf(schema))
    for (const { target } of [pair, restored]) expect(linesOf(await diffOf({ ...pair, target }))).toEqual([])
    await restored.target.client.query('ALTER TABLE exact.orders DROP CONSTRAINT orders_status_check')
    await restored.target.client.query(
      `ALTER TABLE exact.orders ADD CONSTRAINT orders_status_check CHECK (status IN ('open', 'other'))`,
    )
    expect(linesOf(await diffOf({ ...pair, target: restored.target }))).toEqual([
      'CONSTRAINT orders_status_check ON exact.orders: is defined differently (safe)',
    ])
  } finally {
    await Promise.all([pair.drop(), restored.drop()])
  }
})

test('a replica identity whose index is gone is none, as in a dump', async () => {
  const pair = await createDatabasePair({
    sourceSql: `CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a REPLICA IDENTITY USING INDEX a_pkey; ALTER TABLE a DROP CONSTRAINT a_pkey`,
    targetSql: 'CREATE TABLE a (id int NOT NULL)',
  })
  try {
    expect(linesOf(await diffOf(pair))).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('a sequence that comes to belong to a column gets the owner of the table first', async () => {
  const tables = 'CREATE TABLE t (id int); CREATE TABLE u (id int); CREATE TABLE w (id int);'
  const owner = 'ALTER TABLE t OWNER TO pg_monitor;'
  const pair = await createDatabasePair({
    sourceSql: `${tables} ${owner} CREATE SEQUENCE free; CREATE SEQUENCE moved; CREATE SEQUENCE new; CREATE SEQUENCE freed; ALTER SEQUENCE freed OWNER TO pg_monitor;
      ALTER SEQUENCE free OWNER TO pg_monitor; ALTER SEQUENCE moved OWNER TO pg_monitor; ALTER SEQUENCE new OWNER TO pg_monitor;
      ALTER SEQUENCE free OWNED BY t.id; ALTER SEQUENCE moved OWNED BY t.id; ALTER SEQUENCE new OWNED BY t.id;`,
    targetSql: `${tables} CREATE SEQUENCE free; CREATE SEQUENCE moved OWNED BY u.id; CREATE SEQUENCE freed OWNED BY w.id;`,
  })
  try {
    await applySafe(pair.target.client, await diffOf(pair))
    expect(linesOf(await diffOf(pair))).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('publications, and materialized views without rows, are no differences but are named', async () => {
  const pair = await createDatabasePair({
    sourceSql:
      'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE PUBLICATION sent FOR ALL TABLES; CREATE PUBLICATION shared;',
    targetSql:
      'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a WITH NO DATA; CREATE PUBLICATION own; CREATE PUBLICATION shared FOR ALL TABLES;',
  })
  try {
    const diff = await diffOf(pair)
    expect(diff.differences.map(({ identity }) => identity)).toEqual(['PUBLICATION shared'])
    expect(diff.notes).toEqual([
      'MATERIALIZED VIEW public.m has never been filled in the target: REFRESH MATERIALIZED VIEW public.m fills it',
      'PUBLICATION sent is only in the source: it says what leaves that database',
      'PUBLICATION own is only in the target: it says what leaves that database',
    ])
  } finally {
    await pair.drop()
  }
})

test('what the version of the target cannot have needs a review', async () => {
  const created = await createDatabasePair({
    sourceSql: 'CREATE TABLE t (id int)',
    targetSql: `
      CREATE TABLE t (id int, half int GENERATED ALWAYS AS (id / 2) VIRTUAL, key uuid DEFAULT uuidv7());
      CREATE TABLE u (id int, half int GENERATED ALWAYS AS (id / 2) VIRTUAL); CREATE TABLE v (key uuid DEFAULT uuidv7());
      ALTER TABLE t SET (vacuum_max_eager_freeze_failure_rate = 0.5); ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT MAINTAIN ON TABLES TO pg_monitor`,
  })
  try {
    expect(linesOf(await diffOf({ ...created, source: created.target, target: created.source }))).toEqual([
      'TABLE public.t: column half is missing (the version of the target cannot have a virtual generated column)',
      'TABLE public.t: column key is missing (the version of the target cannot have a call of uuidv7())',
      'TABLE public.u: is missing (the version of the target cannot have virtual generated columns)',
      'TABLE public.v: is missing (the version of the target cannot have a call of uuidv7())',
    ])
  } finally {
    await created.drop()
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

test('what lies in another tablespace is named, and is no difference', async () => {
  const name = `space_${randomBytes(4).toString('hex')}`
  const dump = join(tmpdir(), name)
  await asSuperuser(inject('sourceUrl'), async (admin) => {
    await admin.query('SET allow_in_place_tablespaces = on')
    await admin.query(`CREATE TABLESPACE ${name} LOCATION ''`)
  })
  const tables = `CREATE TABLE a (id int); CREATE TABLE b (id int PRIMARY KEY); CREATE MATERIALIZED VIEW m AS SELECT 1;`
  const moved = `ALTER TABLE a SET TABLESPACE ${name}; ALTER INDEX b_pkey SET TABLESPACE ${name}; ALTER MATERIALIZED VIEW m SET TABLESPACE ${name}`
  const pair = await createDatabasePair({ sourceSql: `${tables} ${moved}` })
  try {
    const contents = 'TABLE public.a, MATERIALIZED VIEW public.m, INDEX public.b_pkey'
    const { notes } = await runExport(pair, dump)
    const { findings } = await runPlan(pair, { createsSchema: true })
    for (const found of [notes, findings])
      expect(found).toContainEqual(
        expect.objectContaining({
          severity: 'note',
          subject: `TABLESPACE ${name}`,
          message: expect.stringContaining(contents),
          hint: expect.stringContaining(`ALTER TABLE public.a SET TABLESPACE ${name}`),
        }),
      )
    await pair.target.client.query(tables)
    const diff = await diffOf(pair)
    expect(linesOf(diff)).toEqual([])
    expect(diff.notes).toContainEqual(
      expect.stringContaining(`TABLESPACE ${name} of the source has ${contents}`),
    )
  } finally {
    await pair.drop()
    await asSuperuser(inject('sourceUrl'), (admin) => admin.query(`DROP TABLESPACE ${name}`))
    await rm(dump, { recursive: true, force: true })
  }
})

test('an index that has another name and the same definition is renamed, with those of partitions', async () => {
  const tables = (a: string, b: string) => `
    CREATE TABLE log (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE INDEX ${a} ON log (at); CREATE TABLE t (id int); CREATE INDEX ${b} ON t (id);
    CREATE INDEX twin_1 ON t (id, (id + 1)); `
  const pair = await createDatabasePair({
    sourceSql: `${tables('by_date', 'by_id')} CREATE INDEX twin_2 ON t (id, (id + 1))`,
    targetSql: tables('log_at', 't_id'),
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before).sort()).toEqual([
      'INDEX public.by_date: is called log_at in the target (safe)',
      'INDEX public.by_id: is called t_id in the target (safe)',
      'INDEX public.twin_2: is missing (safe)',
    ])
    await applySafe(pair.target.client, before)
    expect(linesOf(await diffOf(pair))).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('what a name or a missing object stands in the way of needs a review', async () => {
  const pair = await createDatabasePair({
    sourceSql: `CREATE TABLE new_one (id int CONSTRAINT key PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS a; CREATE TYPE pair AS (a int, x int); CREATE TABLE typed OF pair;`,
    targetSql: `CREATE TABLE old_one (id int, CONSTRAINT key PRIMARY KEY (id)); CREATE TABLE v (a int); CREATE TYPE pair AS (a int); CREATE TABLE typed OF pair;`,
  })
  try {
    const before = await diffOf(pair)
    expect(linesOf(before)).toEqual(
      expect.arrayContaining([
        'CONSTRAINT key ON public.new_one: is missing (the target uses its name for CONSTRAINT key ON public.old_one)',
        'VIEW public.v: is missing (the target uses its name for TABLE public.v)',
        'TYPE public.pair: attribute x is missing (safe)',
      ]),
    )
    await applySafe(pair.target.client, before)
    expect(
      linesOf(await diffOf(pair)).filter((line) => line.includes('pair') || line.includes('typed')),
    ).toEqual([])
  } finally {
    await pair.drop()
  }
})

test('what rows may violate is replaced in one transaction with what depends on it, and stays if that fails', async () => {
  const tables = (key: string, n: string) => `
    CREATE TABLE a (id int, org int, n ${n}, u int, CONSTRAINT a_pkey PRIMARY KEY (${key}), CONSTRAINT a_id UNIQUE (id));
    CREATE TABLE b (a int, CONSTRAINT b_fk FOREIGN KEY (a) REFERENCES a (id));
    CREATE VIEW v AS SELECT id, org, n, u FROM a GROUP BY id, org, n, u;`
  const pair = await createDatabasePair({
    sourceSql: `${tables('id, org', 'bigint').replace('UNIQUE (id)', 'UNIQUE (id) INCLUDE (org)')} CREATE UNIQUE INDEX one ON a (u);`,
    targetSql: `${tables('id', 'int')} CREATE UNIQUE INDEX one ON a (u, id); INSERT INTO a VALUES (1, 1, 1, 1), (2, 1, 1, 1);`,
  })
  const pairs = `SELECT string_agg(indexdef, '; ' ORDER BY indexname) AS indexes FROM pg_indexes WHERE tablename = 'a'`
  try {
    const before = await diffOf(pair)
    expect(safeSteps(before).within.some(({ sql }) => sql.includes('DROP CONSTRAINT'))).toBe(false)
    const failed = await applySafe(pair.target.client, before)
    expect(failed).toEqual(['DROP INDEX public.one', expect.stringContaining('CREATE UNIQUE INDEX one')])
    const { rows } = await pair.target.client.query(pairs)
    expect(rows[0].indexes).toMatch(/a_id .*\(id\) INCLUDE \(org\).*a_pkey .*\(id, org\).*one .*\(u, id\)/)
    expect(linesOf(await diffOf(pair))).toEqual(['INDEX public.one: is defined differently (safe)'])
  } finally {
    await pair.drop()
  }
})

test('a key needs a review if a foreign key that only the target has refers to it', async () => {
  const table = 'CREATE TABLE a (id int, org int, CONSTRAINT k UNIQUE (id)); CREATE TABLE b (a int);'
  const pair = await createDatabasePair({
    sourceSql: table.replace('UNIQUE (id)', 'UNIQUE (id, org)'),
    targetSql: `${table} ALTER TABLE b ADD CONSTRAINT own FOREIGN KEY (a) REFERENCES a (id);`,
  })
  try {
    expect(linesOf(await diffOf(pair))).toContainEqual(
      'CONSTRAINT k ON public.a: is defined differently (CONSTRAINT own ON public.b depends on it, and would have to be dropped)',
    )
  } finally {
    await pair.drop()
  }
})

test('a function is not replaced without a review where something has stored what it returned', async () => {
  const functions = ['index', 'check', 'column', 'part', 'stat', 'excl', 'op', 'nested', 'dom', 'free'].map(
    (name) => `f_${name}`,
  )
  const schema = (body: string) => `
    ${functions.map((name) => `CREATE FUNCTION ${name}(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ${body}';`).join('\n')}
    CREATE FUNCTION eq(a int, b int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT a = b AND f_op(1) > -9';
    CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = eq);
    CREATE FUNCTION outer_one(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT public.f_nested(a)';
    CREATE DOMAIN d AS int CHECK (f_dom(VALUE) > 0);
    CREATE TABLE t (id int CHECK (f_check(id) > 0), g int GENERATED ALWAYS AS (f_column(id)) STORED, v int DEFAULT f_free(1),
      CONSTRAINT o CHECK (id === id), EXCLUDE USING btree (f_excl(id) WITH =));
    CREATE TABLE p (id int) PARTITION BY LIST (f_part(id));
    CREATE INDEX i ON t (f_index(id)); CREATE INDEX n ON t (outer_one(id));
    CREATE STATISTICS s ON (f_stat(id)), v FROM t;
    CREATE VIEW w AS SELECT f_free(id) FROM t;`
  const pair = await createDatabasePair({ sourceSql: schema('a + 1'), targetSql: schema('a') })
  try {
    const diff = await diffOf(pair)
    const lines = linesOf(diff)
    expect(lines.filter((line) => line.endsWith('(safe)'))).toEqual([
      'FUNCTION public.f_free(integer): is defined differently (safe)',
    ])
    expect(lines.map((line) => / is in (.*): each /.exec(line)?.[1] ?? '').sort()).toEqual(
      [
        '',
        'CONSTRAINT d_check ON DOMAIN public.d',
        'CONSTRAINT t_f_excl_excl ON public.t',
        'INDEX public.i',
        'INDEX public.n',
        'STATISTICS public.s',
      ].concat(Array(4).fill(expect.stringMatching(/TABLE public.[tp]/))),
    )
    const script = diff.differences.flatMap(({ changes }) =>
      changes.flatMap(({ statements }) => statements.within ?? []),
    )
    expect(script.filter((sql) => sql.startsWith('REINDEX')).sort()).toEqual([
      'REINDEX INDEX public.i',
      'REINDEX INDEX public.n',
      'REINDEX INDEX public.t_f_excl_excl',
    ])
  } finally {
    await pair.drop()
  }
})

test('checks of domains are compared, also those that were created apart', async () => {
  const check = (name: string, rest = '') => `ALTER DOMAIN d ADD CONSTRAINT ${name} CHECK (VALUE > 0)${rest};`
  const pair = await createDatabasePair({
    sourceSql: `CREATE DOMAIN d AS int; CREATE DOMAIN same AS int; ALTER DOMAIN same ADD CONSTRAINT s CHECK (VALUE > 1) NOT VALID;
      ${check('missing', ' NOT VALID')} ${check('valid')} ${check('other', ' NOT VALID')} ${check('less', ' NOT VALID')}`,
    targetSql: `CREATE DOMAIN d AS int; CREATE DOMAIN same AS int; ALTER DOMAIN same ADD CONSTRAINT s CHECK (VALUE > 1) NOT VALID;
      ${check('valid', ' NOT VALID')} ${check('other', ' NOT VALID').replace('0', '7')} ${check('less')} ${check('extra', ' NOT VALID')}`,
  })
  try {
    const before = await diffOf(pair)
    const left = [
      'DOMAIN public.d: check extra is only in the target (only the target has this rule)',
      'DOMAIN public.d: check less is validated, but is not in the source (the target would know less of its values)',
    ]
    expect(linesOf(before).sort()).toEqual(
      [
        ...left,
        'DOMAIN public.d: check missing is missing (safe)',
        'DOMAIN public.d: check other is defined differently (safe)',
        'DOMAIN public.d: check valid is not validated, but is in the source (safe)',
      ].sort(),
    )
    await applySafe(pair.target.client, before)
    expect(linesOf(await diffOf(pair)).sort()).toEqual(left)
  } finally {
    await pair.drop()
  }
})

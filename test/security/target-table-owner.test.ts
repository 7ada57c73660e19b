import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  asSuperuser,
  connect,
  createDatabasePair,
  createRole,
  type DatabasePair,
  giveOwnership,
} from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'

const TABLES = `
  CREATE SCHEMA evil;
  CREATE FUNCTION evil.is_few() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
  CREATE DOMAIN evil.few AS int CHECK (evil.is_few()); CREATE TYPE evil.both AS (few evil.few, v text);
  CREATE TABLE keyed (id int PRIMARY KEY, v text, few evil.few, fews evil.few[], both_of evil.both);
  CREATE TABLE keyless (v text);
  CREATE TABLE child (id int PRIMARY KEY, keyed int REFERENCES keyed);
  CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE plain (id int PRIMARY KEY, v text);`

const SOURCE_ROWS = `
  INSERT INTO keyed VALUES (1, 'same', 1, '{1}', '(1,a)'), (2, 'new', 2, '{2,NULL}', NULL), (4, 'added', 4, NULL, '(,"b,""c")');
  INSERT INTO keyless VALUES ('same'), ('added'), ('added'); INSERT INTO child VALUES (1, 1), (2, 4);
  INSERT INTO parted VALUES (1, 'new'), (2, 'added'); INSERT INTO plain VALUES (1, 'new')`

const TARGET_ROWS = `
  INSERT INTO keyed VALUES (1, 'same', 1, '{1}', '(1,a)'), (2, 'old', 2, '{2}', NULL), (3, 'gone', 3, '{3}', '(3,c)');
  INSERT INTO keyless VALUES ('same'), ('gone'); INSERT INTO child VALUES (1, 3);
  INSERT INTO parted VALUES (1, 'old'); INSERT INTO plain VALUES (1, 'old')`

/** Notes with whose rights it runs, and tries to get others, for itself and for what comes after it in the session. */
const codeOf = (attacker: string) => `
  CREATE TABLE evil.seen (what text, who text);
  CREATE FUNCTION evil.note(what text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN
    INSERT INTO evil.seen VALUES (what, current_user);
    BEGIN RESET ROLE; INSERT INTO evil.seen VALUES (what || ' after RESET ROLE', current_user); EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN RESET SESSION AUTHORIZATION; INSERT INTO evil.seen VALUES (what || ' after RESET SESSION', current_user); EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN ALTER ROLE ${attacker} SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN CREATE TEMP VIEW pg_class AS SELECT evil.late(oid)::oid AS oid, relname, relnamespace, relkind, relowner FROM pg_catalog.pg_class; EXCEPTION WHEN OTHERS THEN NULL; END;
    PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', false);
    BEGIN EXECUTE 'DECLARE evil_cursor CURSOR WITH HOLD FOR SELECT evil.late(1::oid)'; EXCEPTION WHEN OTHERS THEN NULL; END;
  END $f$;
  CREATE FUNCTION evil.late(o oid) RETURNS oid LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO evil.seen VALUES ('late', current_user); RETURN o; END $f$;
  CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO evil.seen VALUES ('now', current_user); RETURN pg_catalog.now(); END $f$;
  CREATE FUNCTION evil.is_good(what text) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN PERFORM evil.note(what); RETURN true; END $f$;
  CREATE FUNCTION evil.as_is(what text, v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM evil.note(what); RETURN v; END $f$;
  CREATE FUNCTION evil.fire() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM evil.note('trigger'); RETURN coalesce(new, old); END $f$;
  GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT ALL ON evil.seen TO PUBLIC;
  ALTER TABLE public.keyed ADD CONSTRAINT c CHECK (evil.is_good('check'));
  CREATE OR REPLACE FUNCTION evil.is_few() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN RETURN evil.is_good('domain'); END $f$;
  CREATE INDEX ON public.keyed (evil.as_is('index', v));
  CREATE INDEX ON public.keyed ((evil.as_is('folded', 'x') || v));
  ALTER TABLE public.keyed ADD noted boolean DEFAULT evil.is_good('default');
  CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON public.keyed FOR EACH ROW EXECUTE FUNCTION evil.fire();
  ALTER TABLE public.keyed ENABLE ALWAYS TRIGGER t;
  ALTER TABLE public.keyless ADD CONSTRAINT c CHECK (evil.is_good('check of keyless'));
  CREATE INDEX ON public.keyless ((evil.as_is('folded of keyless', 'x') || v));
  ALTER TABLE public.parted_1 ADD CONSTRAINT c CHECK (evil.is_good('check of partition'));`

const READ = `SELECT (SELECT array_agg((id, v, few, fews, both_of)::text ORDER BY id) FROM keyed) AS keyed, (SELECT array_agg(v ORDER BY v) FROM keyless) AS keyless,
  (SELECT array_agg((id, keyed)::text ORDER BY id) FROM child) AS child, (SELECT array_agg((id, v)::text ORDER BY id) FROM parted) AS parted,
  (SELECT array_agg((id, v)::text) FROM plain) AS plain`

describe('tables whose owner on staging has given them code, written by a superuser', () => {
  let pair: DatabasePair
  let attacker: string

  beforeAll(async () => {
    pair = await createDatabasePair({ sourceSql: TABLES + SOURCE_ROWS, targetSql: TABLES + TARGET_ROWS })
    attacker = await createRole(inject('targetUrl'))
    await giveOwnership(pair.target, attacker)
    await pair.target.client.query(`ALTER FUNCTION evil.is_few() OWNER TO ${attacker}`)
    const client = await connect(pair.target.urlFor(attacker, attacker))
    await client.query(codeOf(attacker))
    await client.end()
    await asAttacker('TRUNCATE evil.seen')
  })
  afterAll(() => pair?.drop())

  test('its code runs with the rights of the owner alone, and the rows arrive exactly', async () => {
    const before = await readTarget()
    const { tables } = await runSync(pair, { profile: { exclude: [] }, tables: ['public.*'] })
    const after = await readTarget()
    expect(after).toEqual((await pair.source.client.query(READ)).rows)
    expect(tables.find(({ table }) => table.name === 'keyed')).toMatchObject({
      inserted: 1,
      updated: 1,
      deleted: 1,
      unchanged: 1,
    })
    expect(await ranAs()).toEqual({
      others: [],
      codes: expect.arrayContaining([
        'check',
        'check of keyless',
        'check of partition',
        'default',
        'domain',
        'index',
      ]),
    })
    await expectNothingLeft()

    await pair.source.client.query(
      `UPDATE keyed SET v = 'newer' WHERE id = 2; DELETE FROM keyed WHERE id = 1 AND false; INSERT INTO keyless VALUES ('more')`,
    )
    await runSync(pair, { tables: ['public.*'] })
    expect(await readTarget()).toEqual((await pair.source.client.query(READ)).rows)
    expect((await ranAs()).others).toEqual([])

    await runRollback(pair)
    expect(await readTarget()).toEqual(after)
    await runRollback(pair)
    expect(await readTarget()).toEqual(before)
    expect((await ranAs()).others).toEqual([])
    await expectNothingLeft()
  })

  test('an owner who has revoked its own privileges is refused, and no code runs', async () => {
    await asAttacker(`TRUNCATE evil.seen; REVOKE INSERT ON public.keyed FROM ${attacker}`)
    await expect(runSync(pair, { tables: ['public.*'] })).rejects.toThrow(
      /public\.keyed: its checks.* must run with the rights of its owner .* revoked its own privileges/,
    )
    expect((await ranAs()).others).toEqual([])
    await asAttacker(`GRANT INSERT ON public.keyed TO ${attacker}`)
  })

  /** As a superuser, this very query would run the code. */
  async function readTarget() {
    return (await asAttacker(READ)).rows
  }

  async function asAttacker(sql: string) {
    const client = await connect(pair.target.urlFor(attacker, attacker))
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  async function ranAs() {
    const { rows } = await pair.target.client.query('SELECT DISTINCT what, who FROM evil.seen ORDER BY 1, 2')
    return {
      codes: [...new Set(rows.filter(({ who }) => who === attacker).map(({ what }) => what))],
      others: rows.filter(({ who }) => who !== attacker),
    }
  }

  async function expectNothingLeft() {
    const { rows } = await asSuperuser(inject('targetUrl'), (admin) =>
      admin.query('SELECT rolsuper FROM pg_roles WHERE rolname = $1', [attacker]),
    )
    expect(rows).toEqual([{ rolsuper: false }])
    const left = await pair.target.client.query(
      `SELECT nspname FROM pg_namespace WHERE nspname ~ '^mbsync' AND has_schema_privilege($1, oid, 'USAGE')
       UNION ALL SELECT relname FROM pg_class WHERE relnamespace IN ('mbsync_undo'::regnamespace, 'mbsync_landing'::regnamespace) AND relkind = 'r' AND has_table_privilege($1, oid, 'SELECT')`,
      [attacker],
    )
    // Every role may see where rows came from, in mbsync.sources.
    expect(left.rows).toEqual([{ nspname: 'mbsync' }])
  }
})

/** Each runs code that no cast and no function in the stored expression shows. */
const HIDDEN = [
  [
    'JSON_VALUE that returns a domain',
    `CREATE DOMAIN evil.dom AS int CHECK (evil.is_seen()); ALTER TABLE item ADD CHECK (JSON_VALUE(d, '$.a' RETURNING evil.dom) > 0)`,
  ],
  [
    'JSON_QUERY that returns a composite of a domain',
    `CREATE DOMAIN evil.dom AS int CHECK (evil.is_seen()); CREATE TYPE evil.pair AS (a evil.dom);
     ALTER TABLE item ADD CHECK (JSON_QUERY(d, '$' RETURNING evil.pair) IS NOT NULL)`,
  ],
  [
    'an index on an expression of a range type',
    `CREATE FUNCTION evil.difference(int, int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
       $f$ BEGIN PERFORM evil.is_seen(); RETURN $1 - $2; END $f$;
     CREATE TYPE evil.span AS RANGE (subtype = int4, subtype_diff = evil.difference);
     CREATE INDEX ON item USING gist ((CASE id % 4 WHEN 0 THEN '[1,2)'::evil.span WHEN 1 THEN '[3,90)'::evil.span
       WHEN 2 THEN '(,7)'::evil.span ELSE '[44,55]'::evil.span END))`,
  ],
] as const

test.each(HIDDEN)('%s runs with the rights of the owner alone', async (_, code) => {
  const table = 'CREATE TABLE item (id int PRIMARY KEY, d jsonb);'
  const pair = await createDatabasePair({
    sourceSql: `${table} INSERT INTO item SELECT i, '{"a": 1}' FROM generate_series(1, 1500) i`,
    targetSql: `${table} CREATE SCHEMA evil`,
  })
  const attacker = await createRole(inject('targetUrl'))
  await pair.target.client.query(
    `ALTER TABLE item OWNER TO ${attacker}; ALTER SCHEMA evil OWNER TO ${attacker}; GRANT CREATE, USAGE ON SCHEMA public TO ${attacker}`,
  )
  const client = await connect(pair.target.urlFor(attacker, attacker))
  await client.query(`SET search_path = public; CREATE TABLE evil.seen (who text); GRANT ALL ON evil.seen TO PUBLIC; GRANT USAGE ON SCHEMA evil TO PUBLIC;
    CREATE FUNCTION evil.is_seen() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO evil.seen VALUES (current_user); RETURN true; END $f$; ${code}`)
  await client.end()
  await runSync(pair)
  const { rows } = await pair.target.client.query('SELECT DISTINCT who FROM evil.seen')
  expect(rows).toEqual([{ who: attacker }])
  expect((await pair.target.client.query('SELECT count(*)::int AS n FROM item')).rows).toEqual([{ n: 1500 }])
  await pair.drop()
  await asSuperuser(inject('targetUrl'), (admin) => admin.query(`DROP ROLE ${attacker}`))
})

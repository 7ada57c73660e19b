import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { expectSameContent } from '../support/database-content.ts'
import { createDatabasePair, createRole, type DatabasePair } from '../support/databases.ts'
import { PLANTED_SCHEMA_SQL } from '../support/planted-schema.ts'
import { runExport, runImport, scriptsOf } from '../support/run-dump.ts'
import { runHere } from '../support/run-mbsync.ts'
import { runScripts } from '../support/run-script.ts'
import { patternOf, runRollback, runSync } from '../support/run-sync.ts'
import { TARGET_MODES, targetFor } from '../support/target-modes.ts'

const CONFIG = `
databases:
  production: { url: "\${PRODUCTION_DATABASE_URL}" }
  staging: { url: "\${STAGING_DATABASE_URL}" }
profiles:
  nightly: { from: production, to: staging, include: ["public.*"] }
`
/** Rows that move, keep a column of the target, cascade, have no key, or are checked at the end. */
const SCHEMA = `
  CREATE TABLE parent (id int PRIMARY KEY, u int UNIQUE, v text);
  CREATE TABLE child (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE, at timestamptz, n numeric);
  CREATE TABLE later (id int PRIMARY KEY, u int, UNIQUE (u) DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE keyless (a text, b int[]);
  CREATE TABLE parted (id int PRIMARY KEY, v "char") PARTITION BY HASH (id);
  CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);`
const ROWS = `
  INSERT INTO parent SELECT n, n, 'v' || n FROM generate_series(1, 20) n;
  INSERT INTO child (p, at, n) SELECT n, now(), n / 3.0 FROM generate_series(1, 20) n;
  INSERT INTO later SELECT n, n FROM generate_series(1, 20) n;
  INSERT INTO keyless SELECT 'a' || n % 3, ARRAY[n % 2] FROM generate_series(1, 20) n;
  INSERT INTO parted SELECT n, 'x' FROM generate_series(1, 20) n;`
const CHANGES = `
  UPDATE parent SET u = -u; UPDATE parent SET u = CASE u WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE -u END; DELETE FROM parent WHERE id = 5;
  UPDATE child SET n = 9 WHERE id = 3; UPDATE later SET u = 21 - id; DELETE FROM keyless WHERE a = 'a1'; UPDATE parted SET v = 'y' WHERE id < 4;
  DELETE FROM parted WHERE id = 7`

test.each(TARGET_MODES)(
  'twins of all that is in pg_catalog, which come before it in the search path, are not met by what %s runs',
  async (mode) => {
    const folder = mkdtempSync(join(tmpdir(), 'mbsync-search-path-'))
    const pair = await createDatabasePair({ sourceSql: `${SCHEMA} ${ROWS}`, targetSql: SCHEMA })
    try {
      await pair.target.client.query(`ALTER TABLE parent ADD mark text DEFAULT 'kept'`)
      const to = await targetFor(pair, mode)
      for (const { client, name } of [pair.source, pair.target]) {
        // They belong to a superuser, whom every role trusts.
        await client.query(PLANTED_SCHEMA_SQL)
        await client.query(`ALTER DATABASE ${name} SET search_path = evil, pg_catalog, public`)
      }
      const profile = { to, exclude: [patternOf('evil.*')] }
      await runSync(pair, { profile })
      await pair.source.client.query(CHANGES)
      await runSync(pair, { profile })
      await expectSameContent(pair.source.client, pair.target.client, ['evil.ran'])
      await runRollback(pair, { profile })
      const dump = join(folder, 'dump')
      await runExport(pair, dump, { excluded: ['evil.*'] })
      await runImport(pair, dump, { to })
      await expectSameContent(pair.source.client, pair.target.client, ['evil.ran'])
      await pair.target.client.query(
        'TRUNCATE public.parent, public.child, public.later, public.keyless, public.parted',
      )
      await runScripts(pair.target, scriptsOf(dump))
      await expectSameContent(pair.source.client, pair.target.client, ['evil.ran'])
      for (const { client } of [pair.source, pair.target])
        expect((await client.query('SELECT DISTINCT what FROM evil.ran')).rows).toEqual([])
    } finally {
      await pair.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
  120_000,
)

describe('a schema of the search path in which another role may create', () => {
  const TABLES = `CREATE SCHEMA open; CREATE TABLE open.seen (who text); GRANT ALL ON SCHEMA open TO PUBLIC; GRANT ALL ON open.seen TO PUBLIC;
    CREATE FUNCTION public.norm(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN helper($1); END $$;
    CREATE TABLE public.item (id int PRIMARY KEY, v text, n text GENERATED ALWAYS AS (norm(v)) STORED);`
  const PLANTED = `CREATE FUNCTION open.helper(text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO open.seen VALUES (current_user); RETURN $1; END $$`
  const HELPER = `CREATE SCHEMA lib; CREATE FUNCTION lib.helper(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1 || '!' $$`
  const URLS = (pair: DatabasePair, target: string) => ({
    env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: target },
    files: { 'mbsync.yaml': CONFIG },
  })

  test.each(TARGET_MODES)(
    'is left out for %s, named by check, and nothing planted there runs',
    async (mode) => {
      const pair = await createDatabasePair({
        sourceSql: `${TABLES} ALTER TABLE item ALTER n DROP EXPRESSION; INSERT INTO item VALUES (1, 'a'); ALTER TABLE item DROP n`,
        targetSql: TABLES,
      })
      try {
        const to = await targetFor(pair, mode)
        const attacker = await createRole(inject('targetUrl'))
        const { client, name } = pair.target
        await client.query(`SET ROLE ${attacker}; ${PLANTED}; RESET ROLE`)
        await client.query(`ALTER DATABASE ${name} SET search_path = open, public, lib`)
        const surroundings = URLS(pair, to.url)
        const checked = await runHere(['check'], surroundings)
        expect(checked.stdout).toContain(
          'may create objects in schema "open", so runs leave it out of the search path; functions may need it: public.norm(text) (public.item, generated column "n")',
        )
        const failed = await runHere(['sync'], surroundings)
        expect(failed.exitCode).toBe(1)
        expect(failed.stderr).toContain(
          'function public.norm(text) (line 1) failed: function helper(text) does not exist; every role may create objects in schema',
        )
        // What is planted there must not be what the hint leads to.
        expect(failed.stderr).toContain('REVOKE CREATE ON SCHEMA')
        expect(failed.stderr).not.toContain('ALTER FUNCTION')
        await client.query(HELPER)
        await client.query('GRANT USAGE ON SCHEMA lib TO PUBLIC')
        expect((await runHere(['sync'], surroundings)).exitCode).toBe(0)
        expect((await client.query('SELECT n FROM item')).rows).toEqual([{ n: 'a!' }])
        expect((await client.query('SELECT * FROM open.seen')).rows).toEqual([])
      } finally {
        await pair.drop()
      }
    },
  )
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabasePair, type DatabasePair } from '../support/databases.ts'
import { runHere } from '../support/run-mbsync.ts'

/** As real projects have it: unaccent in an index and in generated columns. Servers from 17 on build no index with such a function, so it is changed afterwards. */
const SCHEMA = `
  CREATE EXTENSION unaccent;
  CREATE TEXT SEARCH CONFIGURATION fr (COPY = french);
  ALTER TEXT SEARCH CONFIGURATION fr ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
  CREATE FUNCTION without_accents(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT public.unaccent('public.unaccent', $1) $$;
  CREATE FUNCTION slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN regexp_replace(lower(unaccent($1)), '[^a-z0-9]+', '-', 'g'); END $$;
  CREATE TABLE products (id serial PRIMARY KEY, name text NOT NULL, price int);
  CREATE INDEX products_name_idx ON products (lower(without_accents(name)));
  CREATE TABLE articles (id int PRIMARY KEY, title text,
    searchable tsvector GENERATED ALWAYS AS (to_tsvector('fr', coalesce(title, ''))) STORED, slug text GENERATED ALWAYS AS (slug(title)) STORED);
  CREATE OR REPLACE FUNCTION without_accents(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT unaccent('unaccent', $1) $$;`
const ROWS = `INSERT INTO products (name, price) SELECT 'Café ' || n, n FROM generate_series(1, 20) n;
  INSERT INTO articles (id, title) SELECT n, 'Été ' || n FROM generate_series(1, 10) n`

let pair: DatabasePair
beforeAll(async () => {
  pair = await createDatabasePair({ sourceSql: SCHEMA + ROWS, targetSql: SCHEMA })
})
afterAll(() => pair?.drop())

const surroundings = () => ({
  env: { PRODUCTION_DATABASE_URL: pair.source.url, STAGING_DATABASE_URL: pair.target.url },
})

test('functions that name things without a schema need no configuration', async () => {
  const { source, target } = pair
  for (const command of [['check'], ['sync'], ['verify']])
    expect((await runHere(command, surroundings())).exitCode, command.join(' ')).toBe(0)
  await source.client.query(
    `UPDATE articles SET title = 'À côté' WHERE id = 1; DELETE FROM products WHERE id = 1`,
  )
  for (const command of [['sync'], ['verify'], ['rollback'], ['sync']])
    expect((await runHere(command, surroundings())).exitCode, command.join(' ')).toBe(0)
  const { rows } = await target.client.query('SELECT slug, searchable::text FROM articles WHERE id = 1')
  expect(rows[0].slug).toBe('a-cote')
}, 120_000)

test('one that names what is not there is named by check and by the run, with the cure', async () => {
  const { source, target } = pair
  await target.client.query(`CREATE SCHEMA ext; ALTER EXTENSION unaccent SET SCHEMA ext`)
  await source.client.query(`UPDATE products SET price = price + 1; UPDATE articles SET title = title || '!'`)
  await target.client.query('DROP INDEX products_name_idx')
  await target.client.query(
    'SET search_path = public, ext; ALTER TABLE products ADD plain text CHECK (without_accents(plain) <> plain)',
  )
  const checked = await runHere(['check'], surroundings())
  expect(checked.stdout).toContain(
    'public.products (constraint "products_plain_check"): function public.without_accents(text) failed: function unaccent(unknown, text) does not exist',
  )
  expect(checked.stdout).toContain(
    'In the target: ALTER FUNCTION public.without_accents(text) SET search_path = "public", "ext", pg_temp.',
  )
  const failed = await runHere(['sync', '--table', 'public.articles'], surroundings())
  expect(failed.exitCode).toBe(1)
  expect(failed.stderr).toContain(
    'function public.slug(text) (line 1) failed: function unaccent(text) does not exist',
  )
  expect(failed.stderr).toContain('ALTER FUNCTION public.slug(text) SET search_path = ')
  await target.client.query('ALTER FUNCTION public.slug(text) SET search_path = public, ext, pg_temp')
  const cured = await runHere(['sync', '--table', 'public.articles'], surroundings())
  expect(cured.exitCode).toBe(0)

  await target.client.query(`CREATE FUNCTION refuse(text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', $1; END $$;
    ALTER TABLE articles ADD CHECK (refuse(title)) NOT VALID`)
  await source.client.query(`UPDATE articles SET title = 'a secret'`)
  const refused = await runHere(['sync', '--table', 'public.articles'], surroundings())
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr.replaceAll('\\"', '"')).toContain(
    'public.articles (constraint "articles_title_check"): function public.refuse(text) (line 1) failed: a function on the server raised an error (SQLSTATE P0001)',
  )
  expect(refused.stderr).not.toContain('a secret')
}, 120_000)

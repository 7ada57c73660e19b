import { expect, test } from 'vitest'
import { exactSql, isSameSql } from '../../../src/schema/exact-sql.ts'
import { keepUnnamed } from '../../../src/schema/unnamed-columns.ts'

test.each([
  [
    `SELECT u.a\n FROM ( SELECT t.a, t.b\n FROM t\nUNION ALL\n SELECT DISTINCT ON (x.c) NULL::integer, (x.c)::text\n FROM x) u`,
    `SELECT u.a\n FROM ( SELECT t.a, t.b\n FROM t\nUNION ALL\n SELECT DISTINCT ON (x.c) NULL::integer AS "?column?", (x.c)::text AS "?column?"\n FROM x) u`,
    `SELECT u.a\n FROM ( SELECT t.a, t.b\n FROM t\nUNION ALL\n SELECT DISTINCT ON (x.c) NULL::integer AS int4, (x.c)::text AS text\n FROM x) u`,
  ],
  [
    `(EXISTS ( SELECT 'a'::public."Own Type", ARRAY[1]::timestamp(3) with time zone[], '1'::numeric(3,1)))`,
    `(EXISTS ( SELECT 'a'::public."Own Type" AS "?column?", ARRAY[1]::timestamp(3) with time zone[] AS "?column?", '1'::numeric(3,1) AS "?column?"))`,
    `(EXISTS ( SELECT 'a'::public."Own Type" AS "Own Type", ARRAY[1]::timestamp(3) with time zone[] AS timestamptz, '1'::numeric(3,1) AS "numeric"))`,
  ],
])('a column without a name stays one: %s', (written, kept, restored) => {
  expect(keepUnnamed(written)).toBe(kept)
  expect(keepUnnamed(kept)).toBe(kept)
  expect(isSameSql(kept, restored)).toBe(true)
})

test.each([
  `SELECT a.b, (a.c)::text AS c, count(*) AS count FROM a WHERE (a.d = 'x'::text)`,
  `CREATE POLICY p ON t FOR SELECT TO r USING ((a)::text)`,
  `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a'::text FROM t $$`,
  `CHECK ((a = ('SELECT x::text'::text)))`,
  `SELECT ((a.b)::text || 'x'::text), CASE WHEN a THEN 'x'::text ELSE NULL::text END AS "case" FROM a`,
])('what needs no name is left: %s', (sql) => {
  expect(keepUnnamed(sql)).toBe(sql)
})

test('a field that was written in capitals stays so', () => {
  const written = `SELECT EXTRACT(YEAR FROM now()) AS y, EXTRACT(epoch FROM now()) AS e, 'EXTRACT(YEAR FROM x)'::text AS t`
  const kept = `SELECT EXTRACT('YEAR' FROM now()) AS y, EXTRACT(epoch FROM now()) AS e, 'EXTRACT(YEAR FROM x)'::text AS t`
  expect(exactSql(written)).toBe(kept)
  expect(isSameSql(kept, written.replace('YEAR', 'year'))).toBe(true)
  expect(isSameSql(kept, written.replace('YEAR', 'month'))).toBe(false)
})

import { expect, test } from 'vitest'
import { quoteNewNames } from '../../../src/core/new-names.ts'
import { exactSql, isSameSql } from '../../../src/schema/exact-sql.ts'

test('the marks of a cycle are constants that a server reads', () => {
  const clause =
    "SEARCH DEPTH FIRST BY a SET ord CYCLE a, b SET is_c TO 'Y'::text DEFAULT 'it''s'::character varying USING path"
  const query = `WITH RECURSIVE r(a) AS ( SELECT 1 UNION SELECT (r_1.a + 1) FROM r r_1 ) ${clause}\n SELECT r.a FROM r`
  const read = clause
    .replace("'Y'::text", "text 'Y'")
    .replace("'it''s'::character varying", "character varying 'it''s'")
  expect(exactSql(query)).toBe(query.replace(clause, () => read))
  const others = [
    "ALTER TABLE cycle ALTER a SET DEFAULT 'x'::text",
    'CYCLE a SET is_cycle USING path',
    'CREATE SEQUENCE s CYCLE',
  ]
  for (const sql of others) expect(exactSql(sql)).toBe(sql)
})

test('names that are keywords only of newer servers are quoted where these would read something else', () => {
  expect(quoteNewNames("CHECK (((system_user)::text <> 'system_user'::text))")).toBe(
    `CHECK ((("system_user")::text <> 'system_user'::text))`,
  )
  expect(quoteNewNames('CREATE TYPE x AS (j json, k json.kind, l public.json_array)')).toBe(
    'CREATE TYPE x AS (j json, k "json".kind, l public."json_array")',
  )
  expect(quoteNewNames('SELECT SYSTEM_USER, "system_user", json FROM t')).toBe(
    'SELECT SYSTEM_USER, "system_user", json FROM t',
  )
})

test('literals that name an object are compared without the quotes of newer servers', () => {
  expect(isSameSql(`nextval('"json".s'::regclass)`, `nextval('json.s'::regclass)`)).toBe(true)
  expect(isSameSql(`'"json".s'::text`, `'json.s'::text`)).toBe(false)
})

import { expect, test } from 'vitest'
import { castElements, keepArrayTypes } from '../../../src/schema/array-casts.ts'

test.each([
  [
    `CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b])::text[]'::character varying])::text[])))`,
    `CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b])::text[]'::character varying]::character varying[])::text[])))`,
    `CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b])::text[]'::character varying)::text])))`,
  ],
  [
    `((ARRAY['a'::character varying(3)])::text[] || (ARRAY['x'::public."Own ""Type"""])::character varying[])`,
    `((ARRAY['a'::character varying(3)]::character varying[])::text[] || (ARRAY['x'::public."Own ""Type"""]::public."Own ""Type"""[])::character varying[])`,
    `(ARRAY[('a'::character varying(3))::text] || ARRAY[('x'::public."Own ""Type""")::character varying])`,
  ],
  [
    `(ARRAY['a'::character varying, f.x])::text[]`,
    `(ARRAY['a'::character varying, f.x]::character varying[])::text[]`,
    `ARRAY[('a'::character varying)::text, (f.x)::text]`,
  ],
  [`(ARRAY[a])::numeric(3,1)[]`, `(ARRAY[a])::numeric(3,1)[]`, `ARRAY[(a)::numeric(3,1)]`],
  [`(ARRAY[a, f(b, c)])::text[]`, `(ARRAY[a, f(b, c)])::text[]`, `ARRAY[(a)::text, (f(b, c))::text]`],
])('an array that is cast keeps its type: %s', (written, kept, compared) => {
  expect(keepArrayTypes(written)).toBe(kept)
  expect(keepArrayTypes(kept)).toBe(kept)
  expect([castElements(written), castElements(kept)]).toEqual([compared, compared])
})

test.each([
  `SELECT f(ARRAY['a'::character varying])::text[]`,
  `AS $$ SELECT (ARRAY['a'::character varying])::text[] $$`,
  `DEFAULT '(ARRAY[''a''::character varying])::text[]'`,
  `(ARRAY['a'::text, 'b'::text])`,
  `(ARRAY[1, 2])[1]`,
  `(ARRAY['a'::character varying] || x)::text[]`,
  `(ARRAY['a'::character varying])::public.own, ARRAY[]::text[]`,
  `(ARRAY['a'::character varying])::public.own AND (x(1)[1] IS NULL)`,
])('nothing else is touched: %s', (sql) => {
  expect([keepArrayTypes(sql), castElements(sql)]).toEqual([sql, sql])
})

test('an array of columns alone has their type, if it is one', () => {
  const types = new Map([
    ['a', 'character varying(20)'],
    ['"B"', 'character varying(20)'],
    ['c', 'text'],
    ['d', 'character varying[]'],
  ])
  const keep = (sql: string) => keepArrayTypes(sql, (name) => types.get(name))
  expect(keep('(ARRAY[a, old."B"])::text[]')).toBe('(ARRAY[a, old."B"]::character varying(20)[])::text[]')
  for (const sql of ['(ARRAY[a, c])::text[]', '(ARRAY[d])::text[]', '(ARRAY[x])::text[]', 'ARRAY[a]'])
    expect(keep(sql)).toBe(sql)
})

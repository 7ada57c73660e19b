import { expect, test } from 'vitest'
import { newestFunction } from '../../../../src/schema/read/newer-functions.ts'

test.each([
  ['CREATE TABLE public.t (id uuid DEFAULT uuidv7() NOT NULL)', 180000, 'a call of uuidv7()'],
  [
    'CREATE VIEW public.v AS SELECT any_value(t.a), pg_catalog.array_sort(t.b) FROM public.t',
    180000,
    'a call of array_sort()',
  ],
  [
    `CREATE VIEW public.v AS SELECT JSON_VALUE(t.j, '$.a' RETURNING text) FROM public.t`,
    170000,
    'a call of json_value()',
  ],
])('%s needs PostgreSQL %i', (sql, version, feature) => {
  expect(newestFunction([sql])).toEqual({ version, feature })
})

test.each([
  'CREATE TABLE public.t (id uuid DEFAULT public.uuidv7() NOT NULL)',
  `CREATE FUNCTION public.f() RETURNS uuid LANGUAGE sql AS $f$SELECT uuidv7()$f$`,
  `COMMENT ON TABLE public.t IS 'ids are uuidv7(), it''s said'`,
  'CREATE TABLE public."uuidv7(" (a integer)',
  'CREATE VIEW public.v AS SELECT t.uuidv7 FROM public.t',
])('%s needs no newer server', (sql) => {
  expect(newestFunction([sql])).toBeUndefined()
})

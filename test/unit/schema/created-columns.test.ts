import { expect, test } from 'vitest'
import { createdColumns } from '../../../src/schema/created-columns.ts'

test.each([
  [
    'CREATE TABLE public.t (\n    id integer NOT NULL,\n    "a ""b"", (c" numeric(8,2) DEFAULT 0\n)',
    ['id', 'a "b", (c'],
  ],
  [
    "CREATE UNLOGGED TABLE public.t (\n    a text,\n    CONSTRAINT c CHECK ((a <> 'x, y'::text))\n)\nPARTITION BY LIST (a)",
    ['a'],
  ],
  ['CREATE TABLE public.t (\n)', []],
  ['CREATE TABLE public.t (\n    a integer\n)\nINHERITS (public.u)', undefined],
  ['CREATE TABLE public.t OF public.pair (\n    a WITH OPTIONS NOT NULL\n)', undefined],
  ['CREATE VIEW public.t AS\n SELECT 1', undefined],
])('the columns that a statement creates: %s', (statement, expected) => {
  expect(createdColumns([statement])).toEqual(expected)
})

import { expect, test } from 'vitest'
import { comparable } from '../../../src/schema/diff/comparable.ts'
import type { SchemaObject } from '../../../src/schema/schema-object.ts'

const OLD = 150000
const NEW = 180000

const isSame = (old: string, other: string) =>
  comparable(view(old), OLD, NEW) === comparable(view(other), NEW, OLD)

test('a view over one relation is the same with and without the name of that relation before its columns', () => {
  expect(
    isSame(
      'SELECT t.a,\n    count(t.b) AS n\n   FROM public.t\n  WHERE t.a > 1',
      'SELECT a,\n    count(b) AS n\n   FROM public.t\n  WHERE a > 1',
    ),
  ).toBe(true)
  expect(isSame(`SELECT x.a, 't.a' AS s FROM public.t x`, `SELECT a, 't.a' AS s FROM public.t x`)).toBe(true)
})

test('a name that is a keyword only of a newer server is the same with and without quotes', () => {
  expect(isSame('SELECT t.json, t.a FROM public.t', 'SELECT "json", a FROM public.t')).toBe(true)
  expect(isSame(`SELECT t.a AS "x y" FROM public.t`, 'SELECT a AS x y FROM public.t')).toBe(false)
})

test('another column, another literal and whole rows make another view', () => {
  expect(isSame('SELECT t.a FROM public.t', 'SELECT b FROM public.t')).toBe(false)
  expect(isSame(`SELECT 't.a' AS s FROM public.t`, `SELECT 'a' AS s FROM public.t`)).toBe(false)
  expect(isSame('SELECT t.*::public.t AS r FROM public.t', 'SELECT t.*::public.t AS r FROM public.t')).toBe(
    true,
  )
})

test('columns of joins and of subqueries are named by their relation on both sides', () => {
  const join = 'SELECT t.a, u.a AS b FROM public.t JOIN public.u ON t.id = u.id'
  expect(isSame(join, join)).toBe(true)
  expect(isSame(join, join.replace('t.a, u.a', 'u.a, t.a'))).toBe(false)
  const old = 'SELECT t.a FROM public.t WHERE (EXISTS ( SELECT 1 FROM public.u WHERE u.id = t.id))'
  expect(isSame(old, old.replace('SELECT t.a', 'SELECT a'))).toBe(true)
})

function view(query: string): SchemaObject {
  const create = [`CREATE VIEW public.v AS\n ${query}`]
  const base = {
    id: '1',
    kind: 'view',
    identity: 'VIEW public.v',
    schema: 'public',
    section: 'pre-data',
  } as const
  return { ...base, create, describe: [], owner: undefined, grants: [], dependsOn: [] }
}

import { expect, test } from 'vitest'
import { mayCall } from '../../../src/schema/calls-by-name.ts'

const CALLED = 'FUNCTION app.f(text)'
const OVERLOADS = [
  CALLED,
  'FUNCTION app.f(integer)',
  'FUNCTION app.f(text, integer[])',
  'FUNCTION other.f(text)',
]

function callsIt(body: string, parameters = 'a text, n int', overloads = OVERLOADS): boolean {
  const caller = {
    identity: 'FUNCTION app.caller(text, integer)',
    create: [
      `CREATE FUNCTION app.caller(${parameters})\n RETURNS integer\n LANGUAGE sql\nAS $function$ ${body} $function$\n`,
    ],
  }
  return mayCall(caller, CALLED, overloads)
}

test('a function calls the overload that has the types of the arguments in its text', () => {
  expect(callsIt('SELECT app.f($1)')).toBe(true)
  expect(callsIt('SELECT F ( a )')).toBe(true)
  expect(callsIt("SELECT f('x'::varchar(3)::text)")).toBe(true)
  expect(callsIt('SELECT app.f($2)')).toBe(false)
  expect(callsIt('SELECT app.f(n)')).toBe(false)
  expect(callsIt('SELECT app.f(7) + app.f(n::int4)')).toBe(false)
  expect(callsIt('SELECT app.f(7) + app.f(a)')).toBe(true)
})

test('a function calls the overload that has as many arguments', () => {
  const others = [
    CALLED,
    'FUNCTION app.f()',
    'FUNCTION app.f(text, text)',
    'PROCEDURE app.f(IN text, IN text, OUT text)',
  ]
  expect(callsIt('SELECT app.f()', undefined, others)).toBe(false)
  expect(callsIt("SELECT app.f(g('a', 2), x[1, 2])", undefined, others)).toBe(false)
  expect(callsIt('SELECT app.f(x, y, z)', undefined, [CALLED])).toBe(false)
  expect(callsIt('SELECT app.f(g(x, y))', undefined, others)).toBe(true)
  expect(callsIt('SELECT app.f()', undefined, [CALLED]), 'it may have a default').toBe(true)
})

test('a call whose types are not in its text may be of each overload', () => {
  expect(callsIt('SELECT app.f(t.x)')).toBe(true)
  expect(callsIt('SELECT app.f(b::bigint)')).toBe(true)
  expect(callsIt('SELECT app.f(a || n::int)')).toBe(true)
})

test('a name of another schema, another name and a text that is no call are no call of it', () => {
  expect(callsIt('SELECT other.f(a)')).toBe(false)
  expect(callsIt('SELECT "App".f(a)')).toBe(false)
  expect(callsIt('SELECT APP.f(a)')).toBe(true)
  expect(callsIt('SELECT app.ff(a), "f"(a), f, a.f')).toBe(false)
})

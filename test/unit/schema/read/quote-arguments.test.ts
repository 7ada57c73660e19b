import { expect, test } from 'vitest'
import { quoteArguments } from '../../../../src/schema/read/quote-arguments.ts'

test.each([
  ['f(json json)', 'f("json" json)'],
  ['f(json)', 'f(json)'],
  ["f(json DEFAULT '{}'::json)", "f(json DEFAULT '{}'::json)"],
  [
    'f(a json[], INOUT json_value text, VARIADIC json json[])',
    'f(a json[], INOUT "json_value" text, VARIADIC "json" json[])',
  ],
  ["f(a text DEFAULT ', json text'::text, b json)", "f(a text DEFAULT ', json text'::text, b json)"],
  [
    'f(a text)\n RETURNS TABLE(json json, "json" text)',
    'f(a text)\n RETURNS TABLE("json" json, "json" text)',
  ],
  ['f(character varying, json double precision)', 'f(character varying, "json" double precision)'],
])('the arguments of %s are written as %s', (before, after) => {
  const text = (head: string) =>
    `CREATE FUNCTION public.${head}\n LANGUAGE sql\nAS $f$SELECT (json text, json json)$f$`
  expect(quoteArguments(text(before))).toBe(text(after))
})

import { expect, test } from 'vitest'
import { definitionKey } from '../../../src/transfer/validate/same-definition.ts'

test.each([
  [
    `CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b (c)'::character varying])::text[])))`,
    `CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b (c)'::character varying)::text])))`,
  ],
  ['CHECK ((a > 0)) NO INHERIT NOT VALID', 'CHECK ((a > 0))'],
  ['EXCLUDE USING gist (q WITH &&) DEFERRABLE INITIALLY DEFERRED', 'EXCLUDE USING gist (q WITH &&)'],
  [`CHECK ((lower((s)::text) = 'x'::text))`, `CHECK ((lower(s) = 'x'::text))`],
])('%s means the same as %s', (a, b) => {
  expect(definitionKey(a)).toBe(definitionKey(b))
})

test.each([
  [`CHECK ((s = 'a'::text))`, `CHECK ((s = 'b'::text))`],
  [`CHECK ((s = '(a)'::text))`, `CHECK ((s = 'a'::text))`],
  ['CHECK (((a > 0) AND ((b > 0) OR (c > 0))))', 'CHECK ((((a > 0) AND (b > 0)) OR (c > 0)))'],
  ['CHECK ((lower(s) = s))', 'CHECK ((upper(s) = s))'],
  [`CHECK (((s)::character varying(3) = 'abc'))`, `CHECK ((s = 'abc'))`],
])('%s does not mean the same as %s', (a, b) => {
  expect(definitionKey(a)).not.toBe(definitionKey(b))
})

import { expect, test } from 'vitest'
import { widenType } from '../../../src/core/widen-type.ts'

test.each([
  ['character varying(50)', 'character varying(255)', 'same text'],
  ['character varying(50)', 'character varying', 'same text'],
  ['character varying(50)', 'text', 'same text'],
  ['text', 'character varying', 'same text'],
  ['name', 'character varying(63)', 'same text'],
  ['smallint', 'bigint', 'same text'],
  ['bigint', 'numeric', 'same text'],
  ['bigint', 'numeric(19,0)', 'same text'],
  ['integer', 'numeric(12,2)', 'other text'],
  ['numeric(8,2)', 'numeric(12,2)', 'same text'],
  ['numeric(8,2)', 'numeric(12,4)', 'other text'],
  ['numeric(8,2)', 'numeric', 'same text'],
  ['numeric(3,-2)', 'numeric(5,0)', 'same text'],
  ['real', 'double precision', 'cast'],
  ['character(3)', 'character(5)', 'other text'],
  ['character(3)', 'bpchar', 'same text'],
  ['character(3)', 'character varying(3)', 'cast'],
  ['character(3)[]', 'text[]', 'cast'],
  ['timestamp(3) without time zone', 'timestamp without time zone', 'same text'],
  ['time(0) with time zone', 'time(6) with time zone', 'same text'],
  ['bit(8)', 'bit varying(8)', 'same text'],
  ['integer[]', 'bigint[]', 'same text'],
] as const)('%s widens to %s: %s', (source, target, expected) => {
  expect(widenType(source, target)).toBe(expected)
})

test.each([
  ['character varying(50)', 'character varying(49)'],
  ['character varying', 'character varying(50)'],
  ['text', 'character varying(1000)'],
  ['name', 'character varying(62)'],
  ['bigint', 'integer'],
  ['bigint', 'numeric(18,0)'],
  ['integer', 'double precision'],
  ['integer', 'bigint[]'],
  ['numeric', 'numeric(1000,500)'],
  ['numeric(8,2)', 'numeric(8,3)'],
  ['numeric(8,2)', 'numeric(8,1)'],
  ['numeric(3,-2)', 'numeric(4,0)'],
  ['real', 'numeric'],
  ['double precision', 'real'],
  ['bpchar', 'character(9)'],
  ['character(4)', 'character varying(3)'],
  ['text', 'character(9)'],
  ['bit varying', 'bit varying(9)'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp(6) with time zone', 'timestamp(3) with time zone'],
  ['date', 'timestamp without time zone'],
  ['json', 'jsonb'],
  ['public.constructor', 'text'],
  ['constructor', 'text'],
])('%s does not widen to %s', (source, target) => {
  expect(widenType(source, target)).toBeUndefined()
})

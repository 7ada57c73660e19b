import { expect, test } from 'vitest'
import { callerIn } from '../../../src/transfer/merge/explain-unresolved.ts'

test.each([
  ['PL/pgSQL function public.slug(text) line 3 at RETURN', { signature: 'public.slug(text)', line: '3' }],
  [
    'PL/pgSQL function inner(text,integer) line 1 at assignment\nPL/pgSQL function public.outer(text) line 2 at RETURN',
    { signature: 'inner(text,integer)', line: '1' },
  ],
  ['SQL function "without_accents" during inlining', { signature: 'without_accents', line: undefined }],
  [
    'SQL function "f" statement 1\nPL/pgSQL function g() line 1 at RETURN',
    { signature: 'f', line: undefined },
  ],
  ['SQL function "of a validator"', { signature: 'of a validator', line: undefined }],
])('the innermost function in %j is found', (where, caller) => {
  expect(callerIn(where)).toEqual(caller)
})

test.each(['', 'SQL statement "SELECT secret"', 'COPY t, line 1, column a: "PL/pgSQL function secret"'])(
  'no function is found in %j',
  (where) => {
    expect(callerIn(where)).toBeUndefined()
  },
)

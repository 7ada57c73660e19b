import { expect, test } from 'vitest'
import { addSearchIndex } from '../../../src/config/write/add-search-index.ts'
import { addMasks } from '../../../src/jobs/write-masks.ts'

const FOUND = [
  {
    table: { schema: 'public', name: 'users' },
    column: 'email',
    type: 'text',
    kind: 'e-mail address',
    reasons: [],
    suggestion: 'email',
  },
]

test('what a profile shares by an alias becomes its own before it is written to, and the others keep theirs', () => {
  const q = 'q: { mask: &m { public.users: { name: name } } }'
  expect(addMasks(`profiles:\n  ${q}\n  p: { mask: *m }\n`, 'p', FOUND)).toBe(
    `profiles:\n  ${q}\n  p: { mask: { public.users: { name: name, email: email } } }\n`,
  )
  expect(
    addMasks(
      `profiles:\n  p: { mask: &m { public.users: { name: name } } } # own\n  q: { mask: *m }\n`,
      'p',
      FOUND,
    ),
  ).toBe(`profiles:\n  p: { mask: { public.users: { name: name, email: email } } } # own\n  ${q}\n`)
  expect(
    addMasks(
      'profiles:\n  q: { mask: { public.a: &u { name: name } } }\n  p: { mask: { public.users: *u } }\n',
      'p',
      FOUND,
    ),
  ).toBe(
    'profiles:\n  q: { mask: { public.a: &u { name: name } } }\n  p: { mask: { public.users: { name: name, email: email } } }\n',
  )
  expect(addMasks('profiles:\n  p: { mask: }\n', 'p', FOUND)).toContain('{ public.users: { email: email } }')
  expect(addMasks('profiles:\n  q: &q { to: t }\n  p: *q\n', 'p', FOUND)).toContain('q: &q { to: t }')
  const index = { type: 'typesense', query: 'SELECT 1', schema: { fields: [] } } as const
  const written = addSearchIndex('profiles:\n  q: { search: &s [a] }\n  p: { search: *s }\n', 'b', index, 'p')
  expect(written).toContain('q: { search: &s [ a ] }')
  expect(written).toContain('p: { search: [ a, b ] }')
})

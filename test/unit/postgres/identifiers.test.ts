import { expect, test } from 'vitest'
import { columnList, identifier, literal, relation } from '../../../src/postgres/identifiers.ts'

test.each([
  ['users', '"users"'],
  ['Order', '"Order"'],
  ['select', '"select"'],
  ['two words', '"two words"'],
  ['a.b', '"a.b"'],
  ['say "hi"', '"say ""hi"""'],
  ['"', '""""'],
  ['x"; DROP TABLE users; --', '"x""; DROP TABLE users; --"'],
  ["it's", '"it\'s"'],
  ['back\\slash', '"back\\slash"'],
  ['line\nbreak', '"line\nbreak"'],
  ['größe 💡', '"größe 💡"'],
])('the identifier %j is quoted as %j', (name, quoted) => {
  expect(identifier(name)).toBe(quoted)
})

test('the two halves of a relation are quoted each on its own', () => {
  expect(relation({ schema: 'my.schema', name: 'say "hi"' })).toBe('"my.schema"."say ""hi"""')
})

test('a list of columns is in the order given', () => {
  expect(columnList(['b', 'A"', 'c,d'])).toBe('"b", "A""", "c,d"')
})

test('every column of a list stands behind the prefix', () => {
  expect(columnList(['id', 'name'], 'l.')).toBe('l."id", l."name"')
})

test('a list of no columns is empty', () => {
  expect(columnList([], 'l.')).toBe('')
})

test.each([
  ['', "''"],
  ['text', "'text'"],
  ["it's", "'it''s'"],
  ["''", "''''''"],
  ['say "hi"', `'say "hi"'`],
  ["x'; DROP TABLE users; --", "'x''; DROP TABLE users; --'"],
  ["\\'", "'\\'''"],
  ['line\nbreak', "'line\nbreak'"],
])('the literal %j is quoted as %j', (text, quoted) => {
  expect(literal(text)).toBe(quoted)
})

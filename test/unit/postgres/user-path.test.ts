import { expect, test } from 'vitest'
import { parsePath } from '../../../src/postgres/user-path.ts'

test.each([
  ['"$user", public', ['$user', 'public']],
  ['Public,"Mixed Case" ,  lib', ['public', 'Mixed Case', 'lib']],
  ['"a""b", "with, comma"', ['a"b', 'with, comma']],
  ['""', []],
  ['', []],
])('the names of %s are those that PostgreSQL finds in it', (setting, names) => {
  expect(parsePath(setting)).toEqual(names)
})

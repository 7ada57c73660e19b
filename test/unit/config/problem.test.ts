import { expect, test } from 'vitest'
import { displayProblem } from '../../../src/config/read/problem.ts'

test.each([
  [[], 'is wrong'],
  [['profiles', 'prod-to-staging', 'include', 0], 'profiles.prod-to-staging.include[0]: is wrong'],
  [['profiles', 'a b', 'where', 'public."Event"'], `profiles['a b'].where['public."Event"']: is wrong`],
  [['databases', 'postgres://u:s3cret@h/d'], "databases['…']: is wrong"],
])('a problem at %j is shown with its path', (path, expected) => {
  expect(displayProblem({ path, message: 'is wrong' })).toBe(expected)
})

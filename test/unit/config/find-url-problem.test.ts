import { expect, test } from 'vitest'
import { findUrlProblem } from '../../../src/config/find-url-problem.ts'

test.each([
  'postgres://user:password@host:5432/database',
  'postgresql://host/database',
  'postgres:///database?host=/var/run/postgresql',
  'postgres://user:p%40ss%2Fword@[::1]/database',
  'postgres://host/database?schema=public&pgbouncer=true',
  'postgres://host/db?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem',
  'postgres://host/db?connect_timeout=5&application_name=nightly',
])('%s is fine', (url) => {
  expect(findUrlProblem(url)).toBeUndefined()
})

test.each([
  '',
  'host=db password=s3cret',
  'mysql://u:s3cret@h/d',
  ' postgres://u:s3cret@h/d',
  'POSTGRES://h/d',
])('%j is no PostgreSQL URL', (url) => {
  expect(findUrlProblem(url)).toMatch(/^must be a URL such as/)
})

test.each([
  'postgres://u:s3cret#1@h/d',
  'postgres://u:12#s3cret@h/d',
  'postgres://u:12/s3cret@h/d',
  'postgres://u:12?s3cret@h/d',
  'postgres://u:s3cret%@h/d',
  'postgres://u:s3cret%zz@h/d',
  'postgres://u:s3cret@h:port/d',
])('%s has to be percent-encoded, which is said without quoting it', (url) => {
  expect(findUrlProblem(url)).toContain('percent-encode')
  expect(findUrlProblem(url)).not.toContain('s3cret')
})

test('an unknown sslmode is told with those that are known', () => {
  expect(findUrlProblem('postgres://h/d?sslmode=no-verify')).toBe(
    'has an unknown sslmode; use one of disable, allow, prefer, require, verify-ca, verify-full',
  )
})

test('a connect_timeout is a number of seconds', () => {
  expect(findUrlProblem('postgres://h/d?connect_timeout=5s')).toBe(
    'has a connect_timeout that is not a whole number of seconds',
  )
})

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
  'postgres://user:p@/db?host=/cloudsql/project:region:instance',
  'postgres://user:p@:6432/db?host=/run/postgresql',
  'postgres://user:p@%2Fcloudsql%2Fproject:5432/db',
  'postgres:///db?user=me&password=s3cret&dbname=other&port=6543',
  'postgres://u:p@ep-x-pooler.neon.tech/db?sslmode=require&channel_binding=require&options=endpoint%3Dep-x',
  'postgres://host/db?ssl=true',
  'postgres://host/db?target_session_attrs=any&gssencmode=disable&client_encoding=UTF8',
  'postgres://host/db?keepalives=1&keepalives_idle=20',
  'postgres://host/db?sslrootcert=system',
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

test.each([
  'service=prod',
  'servicefile=/etc/pg_service.conf',
  'passfile=/root/.pgpass',
  'hostaddr=10.0.0.1',
  'target_session_attrs=read-write',
  'load_balance_hosts=random',
  'require_auth=scram-sha-256',
  'requirepeer=postgres',
  'sslnegotiation=direct',
  'sslcrldir=/crl',
  'replication=database',
  'gssencmode=require',
  'tcp_user_timeout=1000',
  'keepalives_count=3',
  'client_encoding=LATIN1',
  'max_protocol_version=3.2',
  'scram_client_key=s3cret',
  'oauth_client_secret=s3cret',
])('a parameter that libpq would act on is refused by its name: %s', (parameter) => {
  const problem = findUrlProblem(`postgres://host/db?${parameter}`)
  expect(problem).toContain(`has the parameter ${parameter.split('=')[0]}, which mbsync does not support`)
  expect(problem).not.toContain('s3cret')
})

test('a parameter in another case would be ignored, and so would what it asks for', () => {
  expect(findUrlProblem('postgres://host/db?SSLMODE=verify-full')).toMatch(/lower case: sslmode$/)
  expect(findUrlProblem('postgres://host/db?Host=other')).toMatch(/lower case: host$/)
})

test.each([
  'postgres://a:5432,b:5432/db',
  'postgres://u:s3cret@a,b/db?target_session_attrs=read-write',
  'postgres:///db?host=a,b',
])('several hosts are not supported: %s', (url) => {
  expect(findUrlProblem(url)).toMatch(/^names several hosts/)
})

test('ssl knows one value, and no-verify has a name in libpq', () => {
  expect(findUrlProblem('postgres://h/d?ssl=false')).toContain('use sslmode')
  expect(findUrlProblem('postgres://h/d?sslmode=no-verify')).toContain('write require')
  expect(findUrlProblem('postgres://h/d?sslmode=require&sslrootcert=system')).toContain('use verify-full')
})

test('the last of several parameters with one name counts', () => {
  expect(findUrlProblem('postgres://h/d?sslmode=verify-full&sslmode=none')).toContain('unknown sslmode')
})

test('an unknown sslmode is told with those that are known', () => {
  expect(findUrlProblem('postgres://h/d?sslmode=none')).toBe(
    'has an unknown sslmode; use one of disable, allow, prefer, require, verify-ca, verify-full',
  )
})

test('a connect_timeout is a number of seconds', () => {
  expect(findUrlProblem('postgres://h/d?connect_timeout=5s')).toBe(
    'has a connect_timeout that is not a whole number of seconds',
  )
})

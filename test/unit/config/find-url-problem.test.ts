import { expect, test } from 'vitest'
import { findUrlProblem } from '../../../src/config/read/find-url-problem.ts'

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
  'postgres://a:5432,b:5432/db',
  'postgres://u:s3cret@a,b:2/db?target_session_attrs=read-write&load_balance_hosts=random',
  'postgres:///db?host=a,b',
  'postgres:///db?host=/run/postgresql&user=me@example.com',
  'postgres://?service=prod&servicefile=/etc/pg_service.conf',
  'postgres://me@h/d?passfile=/root/.pgpass',
  'postgres://h/d?sslmode=no-verify',
  'postgres://h/d?ssl=no-verify',
  'postgres://h/d?ssl=true&sslmode=verify-full',
  'postgres://h/d?ssl=false',
  'host=db.example.com dbname=app user=me sslmode=verify-full',
  "service=prod password='it\\'s'",
])('%s is fine', (url) => {
  expect(findUrlProblem(url)).toBeUndefined()
})

test.each([
  ['jdbc:postgresql://h/d', 'without the name of a driver'],
  ['postgresql+psycopg2://u@h/d', 'without the name of a driver'],
  ['postgis://u@h/d', 'without the name of a driver'],
  ["'postgres://u@h/d'", 'without quotes around it'],
  [' postgres://u@h/d', 'without blanks before it'],
  ['host=h user', 'each keyword needs = and a value, and each quote its end'],
  ["host=h password='x", 'each quote its end'],
  ['postgres://u@/d?host=@abstract', 'name the directory of a socket, or a host'],
  ['mysql://u@h/d', '/database'],
])('what stands around %s is named', (url, said) => {
  expect(findUrlProblem(url)?.endsWith(said)).toBe(true)
})

test.each([
  '',
  'staging',
  "host=db password='s3cret",
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
  'hostaddr=10.0.0.1',
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

test.each([
  'postgres://u:s3cret@127.0.0.1:99999/d',
  'postgres://u:s3cret@a:5432,b:65536/d',
  'postgres://a:0/d',
  'postgres:///d?host=a&port=123456',
  'host=a,b port=5432,70000 password=s3cret',
  'host=a port=x',
])('a port that no server can have is refused: %s', (url) => {
  expect(findUrlProblem(url)).toBe('has an invalid port: the port must be 1 to 65535')
})

test('a parameter in another case would be ignored, and so would what it asks for', () => {
  expect(findUrlProblem('postgres://host/db?SSLMODE=verify-full')).toMatch(/lower case: sslmode$/)
  expect(findUrlProblem('postgres://host/db?Host=other')).toMatch(/lower case: host$/)
})

test('what contradicts itself is refused', () => {
  expect(findUrlProblem('postgres://a,b:1,c:2/d')).toBeUndefined()
  expect(findUrlProblem('host=a,b,c port=1,2')).toBe('must name as many ports as hosts')
  expect(findUrlProblem('postgres://h/d?ssl=s3cret')).toBe(
    'has an unknown value of ssl: use true, or sslmode',
  )
  expect(findUrlProblem('postgres://h/d?ssl=true&sslmode=disable')).toContain('contradict each other')
  expect(findUrlProblem('postgres://h/d?ssl=verify-full&sslmode=require')).toContain('contradict each other')
  expect(findUrlProblem('postgres://h/d?sslmode=require&sslrootcert=system')).toContain('use verify-full')
  expect(findUrlProblem('postgres://h/d?ssl=no-verify&sslrootcert=system')).toContain('use verify-full')
})

test.each(['DATABASE_URL=postgres://me:s3cret@h/d', 'export DATABASE_URL="postgresql://me:s3cret@h/d"'])(
  'a line of .env is not the value of a variable: %s',
  (text) => {
    expect(findUrlProblem(text)).toMatch(/without the name of a variable and = before it$/)
  },
)

test.each(['Host=h;Username=me;Password=s3cret', 'host=h schema=s3cret', 's3cret=1'])(
  'keywords that libpq does not know are refused, as no other library has such texts: %s',
  (text) => {
    expect(findUrlProblem(text)).toMatch(/keyword that libpq does not know|lower case/)
    expect(findUrlProblem(text)).not.toContain('s3cret')
  },
)

test('the last of several parameters with one name counts', () => {
  expect(findUrlProblem('postgres://h/d?sslmode=verify-full&sslmode=none')).toContain('unknown sslmode')
})

test('an unknown sslmode is told with those that are known', () => {
  expect(findUrlProblem('postgres://h/d?sslmode=none')).toBe(
    'has an unknown sslmode; use one of disable, allow, prefer, no-verify, require, verify-ca, verify-full',
  )
})

test('a NUL is in no name', () => {
  expect(findUrlProblem('postgres://h/src%00x')).toBe(
    'has %00, which nothing in PostgreSQL can be named with',
  )
})

test('a connect_timeout is a number of seconds', () => {
  expect(findUrlProblem('postgres://h/d?connect_timeout=5s')).toBe(
    'has a connect_timeout that is not a whole number of seconds',
  )
})

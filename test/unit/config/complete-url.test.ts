import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeUrl } from '../../../src/config/read/complete-url.ts'
import { parseDatabaseUrl } from '../../../src/core/database-url.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mbsync-services-'))
  writeFileSync(join(folder, '.pg_service.conf'), SERVICES)
  writeFileSync(join(folder, 'pg_service.conf'), '[of_system]\nhost=system\nuser=s\npassword=s\ndbname=d')
})
afterAll(() => rmSync(folder, { recursive: true }))

const SERVICES = `
# comment
[other]
host=elsewhere
[prod]
host=db.example.com
port=6543
user=reader
password=s3cret=1
sslmode=verify-full
host=ignored
[wrong]
sslmode=s3cret
[nested]
service=prod
[ldap]
ldap://s3cret
[unknown]
Host=x
[high]
port=99999
`

function completed(text: string, env: Record<string, string> = {}): Record<string, string> {
  const result = completeUrl(text, new Map(Object.entries({ HOME: folder, ...env })))
  if ('problem' in result) throw new Error(result.problem)
  return Object.fromEntries(parseDatabaseUrl(result.url) ?? [])
}

function problem(text: string, env: Record<string, string> = {}): string {
  const result = completeUrl(text, new Map(Object.entries({ HOME: folder, ...env })))
  return 'problem' in result ? result.problem : ''
}

test('a URL that says all is left as it is written', () => {
  const url = 'postgres://u:p@h:5432/d?schema=x'
  expect(completeUrl(url, new Map())).toEqual({ url })
})

test('variables of libpq fill in what a URL leaves out, and nothing else', () => {
  const env = {
    PGHOST: 'other',
    PGPORT: '6000',
    PGDATABASE: 'other',
    PGUSER: 'other',
    PGPASSWORD: 'from env',
    PGSSLMODE: 'require',
    PGOPTIONS: '-c a=b',
    PGAPPNAME: '',
  }
  expect(completed('postgres://me@h/d', env)).toEqual({
    user: 'me',
    host: 'h',
    dbname: 'd',
    port: '6000',
    password: 'from env',
    sslmode: 'require',
    options: '-c a=b',
  })
  expect(completed('postgres://me:p@h:1/d?ssl=true', env)).toMatchObject({
    password: 'p',
    port: '1',
    ssl: 'true',
  })
  expect(completed('postgres://me:p@h:1/d?ssl=true', env)).not.toHaveProperty('sslmode')
})

test('who is named nowhere is the user of this machine, and a database that is named nowhere stays unnamed', () => {
  expect(completed('postgres://h')).toEqual({
    host: 'h',
    user: userInfo().username,
    passfile: join(folder, '.pgpass'),
  })
  expect(completed('postgres://h', { PGPASSFILE: '/p' }).passfile).toBe('/p')
  expect(completed('postgres://h?passfile=/q', { PGPASSFILE: '/p' }).passfile).toBe('/q')
  expect(completed('postgres://h?passfile=/q', { PGPASSWORD: 'p' })).not.toHaveProperty('passfile')
})

test('a service comes before variables, after what the URL says, and from the file that is named first', () => {
  const env = { PGHOST: 'h', PGDATABASE: 'app' }
  const prod = {
    host: 'db.example.com',
    port: '6543',
    user: 'reader',
    password: 's3cret=1',
    sslmode: 'verify-full',
    dbname: 'app',
  }
  expect(completed('service=prod', env)).toEqual(prod)
  expect(completed('postgres://?service=prod', env)).toEqual(prod)
  expect(completed('postgres://me@/', { ...env, PGSERVICE: 'prod' })).toEqual({ ...prod, user: 'me' })
  expect(completed('service=of_system', { PGSYSCONFDIR: folder }).host).toBe('system')
  const file = join(folder, 'pg_service.conf')
  expect(completed(`postgres://?service=of_system&servicefile=${file}`).host).toBe('system')
  expect(completed('service=of_system', { PGSERVICEFILE: file }).host).toBe('system')
})

test.each([
  ['service=nowhere', {}, /^names a service that is not defined in .*\.pg_service\.conf$/],
  [
    'postgres://h/d',
    { PGSERVICE: 'nowhere' },
    /^is completed by the variable PGSERVICE, which names a service/,
  ],
  ['service=prod', { PGSERVICEFILE: '/no/file' }, /the service file \/no\/file, which cannot be read/],
  ['service=wrong', {}, /that has an unknown sslmode.* \(line 13\)$/],
  ['service=nested', {}, /names another service \(line 15\)/],
  [
    'postgres://h/d',
    { PGPORT: '65536' },
    /^is completed by the variable PGPORT, which has an invalid port: the/,
  ],
  ['service=high', {}, /has an invalid port: the port must be 1 to 65535 \(line 21\)$/],
  ['service=ldap', {}, /asks an LDAP server/],
  ['service=unknown', {}, /lower case: host/],
  [
    'postgres://h/d',
    { PGSSLMODE: 's3cret' },
    /^is completed by the variable PGSSLMODE, which has an unknown sslmode/,
  ],
  [
    'postgres://h/d',
    { PGREQUIREPEER: 's3cret' },
    /^is completed by the variable PGREQUIREPEER, which has the parameter/,
  ],
  ['postgres:///d', { PGHOSTADDR: '10.0.0.1' }, /PGHOSTADDR, which has the parameter hostaddr/],
  ['postgres://me:s3cret@h/d', { PGHOSTADDR: '10.0.0.1' }, /PGHOSTADDR, which has the parameter hostaddr/],
  ['postgres:///d?host=/tmp', { PGHOSTADDR: '10.0.0.1' }, /PGHOSTADDR, which has the parameter hostaddr/],
  ['postgres://h/d?sslmode=require', { PGSSLROOTCERT: 'system' }, /sslrootcert=system with a weaker sslmode/],
  ['mysql://h', {}, /^must be a URL/],
])('%s with %j is a problem', (text, env, expected) => {
  expect(problem(text, env)).toMatch(expected)
  expect(problem(text, env)).not.toContain('s3cret')
})

import type { ClientConfig } from 'pg'
import { describe, expect, test } from 'vitest'
import { connectionOptions } from '../../../src/postgres/connection-options.ts'

const options = (url: string) => {
  const { servers, ...rest } = connectionOptions(url, 10_000)
  const [{ client }] = servers
  return { ...rest, servers, client }
}
const passwordOf = ({ password }: ClientConfig) => (typeof password === 'function' ? password() : password)

describe('sslmode means what it means to libpq', () => {
  test.each([
    ['disable', false],
    ['allow', false],
  ])('%s begins without TLS', (mode, ssl) => {
    expect(options(`postgres://h/db?sslmode=${mode}`).client.ssl).toBe(ssl)
  })
  test.each(['prefer', 'require'])('%s encrypts without checking', (mode) => {
    expect(options(`postgres://h/db?sslmode=${mode}`).client.ssl).toMatchObject({ rejectUnauthorized: false })
  })
  test('verify-ca checks the authority, not the name', () => {
    const { ssl } = options('postgres://h/db?sslmode=verify-ca').client
    expect(ssl).toMatchObject({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) })
  })
  test('verify-full checks both', () => {
    const { ssl } = options('postgres://h/db?sslmode=verify-full').client
    expect(ssl).toEqual({ rejectUnauthorized: true })
  })
  test('the default is prefer', () => {
    expect(options('postgres://h/db').sslMode).toBe('prefer')
  })
})

test('credentials are decoded, and the place names none', () => {
  const { client, place } = options('postgres://us%40er:p%2Fw@db.example.com:6543/my%20db')
  expect(client).toMatchObject({ user: 'us@er', port: 6543, database: 'my db' })
  expect(passwordOf(client)).toBe('p/w')
  expect(place).toBe('db.example.com:6543/my db')
})

test('a socket directory and an IPv6 address are hosts', () => {
  expect(options('postgres:///db?host=/run/postgresql').client).toMatchObject({
    host: '/run/postgresql',
    ssl: false,
  })
  expect(options('postgres://[::1]/db').client.host).toBe('::1')
})

test('a host may be missing behind credentials, as in the URLs of Cloud SQL', () => {
  const { client } = options('postgres://me:pw@/app?host=/cloudsql/project:region:instance')
  expect(client).toMatchObject({
    host: '/cloudsql/project:region:instance',
    user: 'me',
    database: 'app',
  })
  expect(options('postgres://me@:6543/app').client).toMatchObject({ host: 'localhost', port: 6543 })
})

test('parameters come before the parts of the URL, the last one of a name first, and a plus sign is one', () => {
  const { client } = options(
    'postgres://u:p@h:1/d?user=a&user=b&password=x%2By+z&host=k&port=2&dbname=e&options=-c%20a%3Db',
  )
  expect(client).toMatchObject({
    user: 'b',
    host: 'k',
    port: 2,
    database: 'e',
    options: '-c a=b',
  })
  expect(passwordOf(client)).toBe('x+y+z')
})

test('a connection string says the same as a URL, also with blanks and quotes in its values', () => {
  const { client, place } = options(
    `host=db.example.com  port = 6543 dbname=app user='o\\'neil' password='p w\\\\'`,
  )
  expect(client).toMatchObject({ host: 'db.example.com', port: 6543, user: "o'neil" })
  expect(passwordOf(client)).toBe('p w\\')
  expect(place).toBe('db.example.com:6543/app')
})

test('several hosts are several servers, with a port for each or one for all', () => {
  const { servers, place, sessionAttributes } = options(
    'postgres://u@a:1,[::1]:2,%2Frun/db?target_session_attrs=primary&sslmode=require',
  )
  expect(servers.map(({ client: { host, port, ssl } }) => [host, port, ssl !== false])).toEqual([
    ['a', 1, true],
    ['::1', 2, true],
    ['/run', 5432, false],
  ])
  expect(place).toBe('a:1,::1:2,/run:5432/db')
  expect(sessionAttributes).toBe('primary')
  const { servers: behindOnePort } = options('host=a,b port=6432 dbname=db')
  expect(behindOnePort.map(({ place }) => place)).toEqual(['a:6432/db', 'b:6432/db'])
})

test('what node-postgres would take from the environment is given, so that it looks nowhere', () => {
  const { client } = options('postgres://h/d')
  expect(client).toMatchObject({ options: '', sslnegotiation: 'postgres', host: 'h', port: 5432 })
  expect(typeof client.password).toBe('function')
})

test('ssl=true asks for TLS, the authorities of the system for the name, and channel binding is passed on', () => {
  expect(options('postgres://h/d?ssl=true').sslMode).toBe('require')
  expect(options('postgres://h/d?sslrootcert=system').sslMode).toBe('verify-full')
  expect(options('postgres://h/d?ssl=true&sslrootcert=system').sslMode).toBe('verify-full')
  expect(options('postgres://h/d?ssl=no-verify').client.ssl).toMatchObject({ rejectUnauthorized: false })
  expect(options('postgres://h/d?ssl=false').sslMode).toBe('disable')
  expect(options('postgres://h/d?ssl=1&sslmode=verify-ca').sslMode).toBe('verify-ca')
  expect(options('postgres://h/d?channel_binding=require').client.enableChannelBinding).toBe(true)
  expect(options('postgres://h/d?ssl_min_protocol_version=TLSv1.3').client.ssl).toMatchObject({
    minVersion: 'TLSv1.3',
  })
})

test('a URL without a user has that of the machine', () => {
  expect(options('postgres://h:5432/d').client.user).toBeTruthy()
})

test('what is no URL is refused without being repeated', () => {
  expect(() => options('mysql://me:hunter2@h/db')).toThrow(/not a valid postgres/)
  expect(() => options('mysql://me:hunter2@h/db')).not.toThrow(/hunter2/)
})

test('a certificate file that cannot be read is named', () => {
  expect(() => options('postgres://h/db?sslmode=verify-ca&sslrootcert=/nowhere/root.crt')).toThrow(
    '/nowhere/root.crt',
  )
})

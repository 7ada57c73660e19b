import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { connectionOptions } from '../../../src/postgres/connection-options.ts'

const options = (url: string) => connectionOptions(url, 10_000)

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
  expect(client).toMatchObject({ user: 'us@er', password: 'p/w', port: 6543, database: 'my db' })
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
    password: 'pw',
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
    password: 'x+y+z',
    host: 'k',
    port: 2,
    database: 'e',
    options: '-c a=b',
  })
})

test('ssl=true asks for TLS, the authorities of the system for the name, and channel binding is passed on', () => {
  expect(options('postgres://h/d?ssl=true').sslMode).toBe('require')
  expect(options('postgres://h/d?sslrootcert=system').sslMode).toBe('verify-full')
  expect(options('postgres://h/d?channel_binding=require').client.enableChannelBinding).toBe(true)
  expect(options('postgres://h/d?ssl_min_protocol_version=TLSv1.3').client.ssl).toMatchObject({
    minVersion: 'TLSv1.3',
  })
})

test('a URL without a user leaves it to the environment and the machine', () => {
  expect(options('postgres://h:5432/d').client).not.toHaveProperty('user')
  expect(pg.defaults.user).toBeTruthy()
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

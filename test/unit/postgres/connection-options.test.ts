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

test('what is no URL is refused without being repeated', () => {
  expect(() => options('mysql://me:hunter2@h/db')).toThrow(/not a valid postgres/)
  expect(() => options('mysql://me:hunter2@h/db')).not.toThrow(/hunter2/)
})

test('a certificate file that cannot be read is named', () => {
  expect(() => options('postgres://h/db?sslmode=verify-ca&sslrootcert=/nowhere/root.crt')).toThrow(
    '/nowhere/root.crt',
  )
})

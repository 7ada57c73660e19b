import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readPasswordFile } from '../../../src/postgres/read-password-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'mbsync-pgpass-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'pgpass')
const CONNECTION = { host: 'db.example.com', port: 5432, database: 'app', user: 'me' }

function passwordIn(text: string, wanted: Partial<typeof CONNECTION> = {}): string | undefined {
  writeFileSync(path, text, { mode: 0o600 })
  return readPasswordFile(path, { ...CONNECTION, ...wanted }).password
}

test('the first line that fits counts, with stars and backslashes as in libpq', () => {
  expect(
    passwordIn('# db.example.com:5432:app:me:no\n*:*:*:other:no\n*:5432:app:me:first\r\n*:*:*:*:no'),
  ).toBe('first')
  expect(passwordIn('::1:5432:app:me:no\n\\:\\:1:5432:app:me:a\\:b\\\\c', { host: '::1' })).toBe('a:b\\c')
  expect(passwordIn('*:*:a\\:b:*:x:y', { database: 'a:b' })).toBe('x')
  expect(passwordIn('localhost:*:*:*:local', { host: '/run/postgresql' })).toBe('local')
  expect(passwordIn('db.example.com:5432:app:me')).toBeUndefined()
  expect(passwordIn('db.example.com:6000:app:me:no')).toBeUndefined()
})

test('a file that others may read is not used, and neither is what is no file; one that is absent is no problem', () => {
  passwordIn('*:*:*:*:s3cret')
  chmodSync(path, 0o640)
  const problemOf = (file: string) => {
    const found = readPasswordFile(file, CONNECTION)
    return 'problem' in found ? found.problem : undefined
  }
  expect(problemOf(path)).toEqual({
    what: `the password file ${path} was not read, because other users have access to it`,
    hint: expect.stringContaining('chmod 600'),
  })
  mkdirSync(join(folder, 'directory'))
  expect(problemOf(join(folder, 'directory'))?.hint).not.toContain('chmod')
  chmodSync(path, 0o600)
  expect(passwordIn('localhost:5432:app:me:s3cret')).toBeUndefined()
  expect(problemOf(path)).toEqual({
    what: `no line of the password file ${path} is for host db.example.com, port 5432, database app and user me`,
    hint: expect.stringContaining('host:port:database:user:password'),
  })
  expect(readPasswordFile(join(folder, 'absent'), CONNECTION)).toEqual({})
})

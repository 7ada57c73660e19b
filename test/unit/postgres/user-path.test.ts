import { expect, test } from 'vitest'
import type { Session } from '../../../src/postgres/session.ts'
import { parsePath, withCreatingPath } from '../../../src/postgres/user-path.ts'

test.each([
  ['"$user", public', ['$user', 'public']],
  ['Public,"Mixed Case" ,  lib', ['public', 'Mixed Case', 'lib']],
  ['"a""b", "with, comma"', ['a"b', 'with, comma']],
  ['""', []],
  ['', []],
])('the names of %s are those that PostgreSQL finds in it', (setting, names) => {
  expect(parsePath(setting)).toEqual(names)
})

test('a failure goes on only when the statement after it is answered: a COPY lets no more than one wait', async () => {
  const answered: string[] = []
  const session = {
    execute: async (sql: string) => {
      await new Promise((resolve) => setImmediate(resolve))
      answered.push(sql)
    },
    queryOne: async () => ({ schemas: [], setting: '', path: '' }),
    query: async () => [],
  } as unknown as Session
  const failing = withCreatingPath(session, [], () => Promise.reject(new Error('COPY failed')))
  await expect(failing).rejects.toThrow('COPY failed')
  expect(answered).toHaveLength(2)
})

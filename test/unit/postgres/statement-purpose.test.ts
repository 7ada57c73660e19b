import { expect, test } from 'vitest'
import { statementPurpose } from '../../../src/postgres/statements.ts'

test.each([
  ['SELECT 1', 'SELECT ?'],
  ["SET statement_timeout = '5s'", 'SET statement_timeout = ?'],
  [
    `COPY (SELECT "id" FROM public."Us'er" WHERE mail = 'a''b' AND n > 42.5) TO STDOUT`,
    `COPY (SELECT "id" FROM public."Us'er" WHERE mail = ? AND n > ?) TO STDOUT`,
  ],
  [String.raw`SELECT E'it\'s secret', e'\\', x`, 'SELECT ?, ?, x'],
  ['DO $$ secret $$', 'DO ?'],
  ['SELECT $a$ secret $$ still $a$, $1::int4, t1.c2', 'SELECT ?, $1::int4, t1.c2'],
  ["SELECT 1 -- secret 'x\nFROM /* 'secret */ t", 'SELECT ? FROM t'],
  ["INSERT INTO t VALUES ('secret that does not end", 'INSERT INTO t VALUES (?'],
  ['SELECT $$ secret that does not end', 'SELECT ?'],
  ['SELECT /* secret that does not end', 'SELECT'],
])('%s is told as %s', (sql, purpose) => {
  expect(statementPurpose(sql)).toBe(purpose)
})

test('only the beginning is told, and a literal across its end is not', () => {
  const purpose = statementPurpose(`SELECT ${'a, '.repeat(1000)}`)
  expect(purpose).toHaveLength(160)
  expect(purpose).toMatch(/^SELECT a, a, .*…$/)
  expect(statementPurpose(`SELECT '${'secret'.repeat(1000)}'`)).toBe('SELECT ?')
})

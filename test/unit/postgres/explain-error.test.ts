import pg from 'pg'
import { expect, test } from 'vitest'
import { DatabaseError, explainError } from '../../../src/postgres/explain-error.ts'

function serverError(code: string, message: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, ...more })
}

function explained(error: unknown): DatabaseError {
  const result = explainError(error, 'staging', 'db.example.com:5432/app')
  if (!(result instanceof DatabaseError)) throw new Error('not explained')
  return result
}

test.each([
  serverError('22P02', 'invalid input syntax for type integer: "hunter2"'),
  serverError('23505', 'duplicate key value violates unique constraint "once"', {
    detail: 'Key (a)=(hunter2) already exists.',
  }),
  serverError('22001', 'value too long', { where: 'COPY run_1_table_1, line 3, column name: "hunter2"' }),
  serverError('P0001', 'I will not take hunter2'),
  serverError('XX000', 'tuple hunter2 is broken'),
])('values in a server error never pass ($code)', (error) => {
  const { message, hint } = explained(error)
  expect(`${message} ${hint}`).not.toContain('hunter2')
})

test('the place of a refused value passes, without the value', () => {
  const where = 'COPY run_1_table_1, line 3, column name: "hunter2"'
  expect(explained(serverError('22001', 'value too long', { where })).message).toBe(
    'staging: a value is too long for its column in line 3 of a COPY, column "name" (SQLSTATE 22001)',
  )
})

test.each([
  ['ECONNREFUSED', 'connection to db.example.com:5432/app refused'],
  ['ENOTFOUND', 'the host of db.example.com:5432/app was not found'],
  ['ECONNRESET', 'the connection to db.example.com:5432/app was lost'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate of db.example.com:5432/app could not be verified'],
])('a connection that fails with %s says where it leads, and what to do', (code, message) => {
  const error = explained(Object.assign(new Error('raw'), { code }))
  expect(error.message).toBe(`staging: ${message}`)
  expect(error.hint).toBeTruthy()
  expect(error.isConnectionLost).toBe(true)
})

test('an error that is not of PostgreSQL stays what it is', () => {
  const error = new TypeError('a bug')
  expect(explainError(error, 'staging', 'here')).toBe(error)
})

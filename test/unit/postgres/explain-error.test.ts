import pg from 'pg'
import { expect, test } from 'vitest'
import type { ErrorSituation } from '../../../src/postgres/error-situation.ts'
import { DatabaseError, explainError } from '../../../src/postgres/explain-error.ts'

function serverError(code: string, message: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, ...more })
}

const SITUATION: ErrorSituation = {
  database: 'staging',
  place: 'db.example.com:5432/app',
  origin: 'execution',
  sql: 'COPY mbsync_landing.run_1_table_1 ("name") FROM STDIN',
}

function explained(error: unknown, situation: Partial<ErrorSituation> = {}): DatabaseError {
  const result = explainError(error, { ...SITUATION, ...situation })
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

test('a socket that is not there is named by its file', () => {
  const address = '/cloudsql/proj:region:inst/.s.PGSQL.5432'
  const error = Object.assign(new Error(`connect ENOENT ${address}`), { code: 'ENOENT', address })
  const { message } = explained(error, { place: '/cloudsql/proj:region:inst:5432/neon' })
  expect(message).toBe(`staging: no server socket at ${address}`)
})

test('the place of a refused value passes, without the value', () => {
  const where = 'COPY run_1_table_1, line 3, column name: "hunter2"'
  expect(explained(serverError('22001', 'value too long', { where })).message).toBe(
    'staging: a value is too long for its column in line 3 of a COPY, column "name" (SQLSTATE 22001)',
  )
})

test.each([
  serverError('42P01', 'relation "hunter2" does not exist'),
  serverError('42704', 'role "hunter2" does not exist'),
  serverError('42501', 'permission denied for schema hunter2'),
  serverError('42601', 'syntax error in tsquery: "hunter2"'),
  serverError('58P01', 'could not open file "hunter2": No such file or directory'),
  serverError('55000', 'hunter2'),
  serverError('53100', 'hunter2'),
  serverError('23514', 'hunter2', {
    schema: 'hunter2',
    table: 'hunter2',
    constraint: 'hunter2',
    file: 'pl_exec.c',
  }),
  serverError('23502', 'hunter2', {
    column: 'hunter2',
    table: 'hunter2',
    schema: 'hunter2',
    file: 'plpy_elog.c',
  }),
])('nor do they in any other class, or in a field that a function filled ($code $message)', (error) => {
  const { message, hint } = explained(error)
  expect(`${message} ${hint}`).not.toContain('hunter2')
})

test('the words of the server pass if all of them are in the statement', () => {
  const sql = 'LOCK TABLE ONLY "public"."order", ONLY "sales"."Line" IN ACCESS SHARE MODE'
  const message = (code: string, text: string) => explained(serverError(code, text), { sql }).message
  expect(message('42501', 'permission denied for table Line')).toBe(
    'staging: permission denied for table Line',
  )
  expect(message('42P01', 'relation "sales.Line" does not exist')).toContain(
    'relation "sales.Line" does not exist',
  )
  expect(message('42501', 'permission denied for database app')).toContain('for database app')
  expect(message('42501', 'permission denied for table hunter2')).toBe(
    'staging: a privilege is missing (SQLSTATE 42501)',
  )
})

test.each([
  serverError('XX000', 'invalid memory alloc request size 1200000003', { file: 'mcxt.c' }),
  serverError('54000', 'out of memory', { file: 'stringinfo.c' }),
])('a value that no message can hold is named as one, with its table ($code)', (error) => {
  const { message, hint } = explained(error).inTable('public.big')
  expect(message).toMatch(/^public\.big: staging: a value or a row is longer than 1 GB as text/)
  expect(hint).toContain('exclude the table')
})

test('a constraint is named by what checked it', () => {
  const facts = { schema: 'public', table: 'order', constraint: 'order_total_check', file: 'execMain.c' }
  expect(explained(serverError('23514', 'new row …', facts)).message).toBe(
    'staging: a row violates a check constraint "order_total_check" of public.order (SQLSTATE 23514)',
  )
})

test('what a server says while a connection opens, or of a statement that it analyzes, passes: no row can be in it', () => {
  const refused = serverError('XX000', 'Tenant or user not found')
  expect(explained(refused, { origin: 'connection' }).message).toBe('staging: Tenant or user not found')
  const wrong = serverError('42883', 'operator does not exist: integer = text')
  expect(explained(wrong, { origin: 'analysis' }).message).toContain('integer = text')
})

test.each(['connection', 'analysis', 'execution'] as const)('a long message is cut off (%s)', (origin) => {
  const { message } = explained(serverError('42601', 'x'.repeat(50_000_000)), { origin })
  expect(message.length).toBeLessThan(500)
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
  expect(explainError(error, SITUATION)).toBe(error)
})

test.each([
  ['28000', 'role "root" does not exist', /the user of this machine is taken/],
  ['28000', 'role "endpoint" does not exist', /the user of this machine is taken/],
  ['22023', 'role "nosuch" does not exist', /^Check `options`/],
  ['22023', 'invalid value for parameter "work_mem": "lots"', /^Check `options`/],
  ['42704', 'unrecognized configuration parameter "nosuch"', /^Check `options`/],
  ['42501', 'permission denied to set role "app_owner"', /^Check `options`/],
  ['28P01', 'password authentication failed for user "app"', /^Check user and password/],
])(
  'what a server does not take while a connection opens is about the URL (%s, %s)',
  (code, message, hint) => {
    expect(explained(serverError(code, message), { origin: 'connection' }).hint).toMatch(hint)
    expect(explained(serverError(code, message)).hint).not.toMatch(/options|this machine/)
  },
)

import type pg from 'pg'
import { displayName } from '../core/table-name.ts'
import type { ErrorSituation } from './error-situation.ts'

/** Longer ones come from no server that means well. */
const LONGEST = 400

/** What may be shown of a server's message: see {@link ErrorSituation.origin}. One line, without row values. */
export function publicMessage(error: pg.DatabaseError, sqlState: string, situation: ErrorSituation): string {
  if (situation.origin === 'connection') return oneLine(withoutSecrets(error.message, situation))
  const text = oneLine(error.message)
  if (situation.origin === 'analysis' && !isOfUserCode(error)) return text
  if (situation.origin === 'definition') return ofDefinition(error, text)
  const { sql = '', place } = situation
  if (consistsOf(error.message, `${sql} ${place}`)) return text
  const condition = isTooLong(error) ? 'a value or a row is longer than 1 GB as text' : conditionOf(sqlState)
  return `${condition}${placeOf(error, sql)} (SQLSTATE ${sqlState})`
}

/**
 * Whether a value or a row takes more than 1 GB as text, of which the server has no SQLSTATE: it fails where memory is asked for.
 * The first text is never translated (`palloc` in mcxt.c); the second is raised by the one function that appends to a text.
 */
export function isTooLong({ code, file, message }: pg.DatabaseError): boolean {
  if (code === 'XX000') return message.startsWith('invalid memory alloc request size')
  return code === '54000' && (file ?? '').endsWith('stringinfo.c')
}

/** No row has been read, so whatever a function says of it can be shown. */
function ofDefinition(error: pg.DatabaseError, text: string): string {
  const name = functionOf(error)
  return name === undefined ? text : `function ${name} refused what mbsync defines: ${text}`
}

/** The function in which an error was raised, by the first line of its context, which the server writes. */
export function functionOf({ where = '' }: pg.DatabaseError): string | undefined {
  const lines = where
    .split('\n')
    .flatMap(
      (line) => /^(?:PL\/\w+|SQL) function "?([^"]+?)"?(?: (?:line|statement) \d+.*)?$/.exec(line)?.[1] ?? [],
    )
  return lines.at(-1)?.slice(0, LONGEST)
}

function oneLine(text: string): string {
  const line = text
    .slice(0, LONGEST * 2)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** A pooler may repeat what it was sent. */
function withoutSecrets(text: string, { secrets = new Set() }: ErrorSituation): string {
  const forms = Array.from(secrets).flatMap((secret) => [secret, encodeURIComponent(secret)])
  return forms.reduce((shown, form) => shown.replaceAll(form, '***'), text.slice(0, LONGEST * 3))
}

/** Classes that functions of users raise: P0 of PL/pgSQL, 38 and 39 of external routines. */
function isOfUserCode({ code = '' }: pg.DatabaseError): boolean {
  return /^(P0|38|39)/.test(code)
}

const WORDS = /[^\s"'`.,:;/()[\]{}«»„“”]+/gu

/** Words of the server's own that say nothing by themselves. */
const VOCABULARY = new Set(
  `a access already at be because being by canceling cannot column could constraint database denied does due error exist
  exists for function in index is it language lock materialized member must near not obtain of on operator or owner parameter permission
  relation role row schema sequence set statement such syntax table the timeout to transaction type unknown unrecognized user view`.split(
    /\s+/,
  ),
)

/** Whether every word of a message is in the text that it is about, or in the vocabulary. */
export function consistsOf(message: string, source: string): boolean {
  if (message.length > LONGEST) return false
  const known = new Set(source.match(WORDS))
  return (message.match(WORDS) ?? []).every((word) => VOCABULARY.has(word) || known.has(word))
}

/**
 * Whether PostgreSQL itself has filled the fields that name a table, a column and a constraint. A function of a user can fill them, too, so
 * only those are believed that come from the parts of the server that check constraints.
 */
export function isOfConstraintCheck({ file = '' }: pg.DatabaseError): boolean {
  return CONSTRAINT_CHECKS.has(file.replace(/^.*[\\/]/, ''))
}

/** The table, column and constraint that a row violates, or the line of a COPY. */
function placeOf(error: pg.DatabaseError, sql: string): string {
  const { schema, table, column, constraint, dataType } = error
  if (isOfConstraintCheck(error)) {
    const of = table !== undefined && schema !== undefined ? displayName({ schema, name: table }) : dataType
    const what =
      constraint !== undefined
        ? ` "${constraint}"`
        : column !== undefined
          ? ` of column "${column}"`
          : undefined
    if (what !== undefined && of !== undefined) return `${what} of ${of}`
    return of === undefined ? '' : ` in ${of}`
  }
  const line = /^COPY .*?, line (\d+)(?:, column ([^:]+))?/.exec(error.where ?? '')
  if (line === null) return ''
  const isNamed = line[2] !== undefined && sql.includes(`"${line[2].replaceAll('"', '""')}"`)
  return ` in line ${line[1]} of a COPY${isNamed ? `, column "${line[2]}"` : ''}`
}

const CONSTRAINT_CHECKS = new Set([
  'domains.c',
  'execExprInterp.c',
  'execIndexing.c',
  'execMain.c',
  'execPartition.c',
  'execUtils.c',
  'nbtinsert.c',
  'ri_triggers.c',
  'tablecmds.c',
  'tuplesort.c',
  'tuplesortvariants.c',
  'typecmds.c',
])

function conditionOf(sqlState: string): string {
  return CONDITIONS[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? 'the statement failed'
}

/** What a SQLSTATE means. */
const CONDITIONS: Readonly<Record<string, string>> = {
  22001: 'a value is too long for its column',
  22003: 'a number is out of range for its column',
  22007: 'a date or time has an invalid form',
  22008: 'a date or time is out of range',
  22012: 'a division by zero',
  22021: 'a text has bytes that are not valid in the encoding',
  22030: 'a JSON object has duplicate keys',
  '22P02': 'a value has an invalid form for its column type',
  '22P03': 'a value has an invalid binary form',
  '22P04': 'the COPY data does not fit the columns',
  '22P05': "a text has a character that the other side's encoding cannot hold",
  '2200N': 'an XML value is not well formed',
  23502: 'a row violates a NOT NULL constraint',
  23503: 'a row violates a foreign key',
  23505: 'a row violates a unique constraint',
  23514: 'a row violates a check constraint',
  '23P01': 'a row violates an exclusion constraint',
  25006: 'the database or the transaction is read-only',
  '3D000': 'a database does not exist',
  '3F000': 'a schema does not exist',
  40001: 'the transaction conflicts with another one',
  '40P01': 'a deadlock with another session',
  42501: 'a privilege is missing',
  42601: 'a syntax error',
  42703: 'a column does not exist',
  42704: 'an object does not exist',
  42883: 'a function or an operator does not exist',
  '42P01': 'a table or a view does not exist',
  53100: 'the disk of the server is full',
  53200: 'the server is out of memory',
  53300: 'the server has no free connection',
  '55P03': 'a lock was not available in time',
  57014: 'the statement was cancelled',
  '57P01': 'the server ended the connection',
  '57P02': 'the server crashed',
  '57P03': 'the server does not accept connections now',
  P0001: 'a function on the server raised an error',
  XX001: 'the server found damaged data',
  XX002: 'the server found a damaged index',
}

/** What all SQLSTATEs of a class have in common. */
const CLASSES: Readonly<Record<string, string>> = {
  22: 'a value was refused',
  23: 'a row violates a constraint',
  28: 'the role is not allowed to do this',
  42: 'a statement or a name in it is not valid',
  53: 'the server lacks resources',
  54: 'a limit of PostgreSQL is exceeded',
  55: 'an object is not in the state that the statement needs',
  57: 'the server ended the statement',
  58: 'a file or another resource of the system could not be used',
  '0A': 'the server does not support this',
  P0: 'a function on the server raised an error',
  38: 'a function on the server raised an error',
  39: 'a function on the server raised an error',
  XX: 'the server met an internal error',
}

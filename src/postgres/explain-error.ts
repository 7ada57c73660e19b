import pg from 'pg'
import { FailedError, MbsyncError } from '../core/errors.ts'
import type { TableName } from '../core/table-name.ts'
import { isOfConstraintCheck, isTooLong, publicMessage } from './public-message.ts'

/** The SQLSTATE of a lock that NOWAIT did not get, or that lock_timeout gave up. */
export const LOCK_NOT_AVAILABLE = '55P03'

/** Whether a SQLSTATE says that a name leads nowhere: a schema, a relation, a column, a function or an operator, or another object. */
export function isUnresolvedName(sqlState: string | undefined): boolean {
  return UNRESOLVED.includes(sqlState ?? '')
}

const UNRESOLVED = ['3F000', '42P01', '42703', '42704', '42883']

/** The rule of a database that refused a row, by the names that PostgreSQL gives beside the message. */
export interface ViolatedRule {
  readonly constraint: string
  /** The table or partition, or else the domain. */
  readonly relation: TableName | undefined
}

/** A failure that PostgreSQL or the way to it reported, told without row values. */
export class DatabaseError extends FailedError {
  /** PostgreSQL's SQLSTATE, absent when the connection itself failed. */
  readonly sqlState: string | undefined
  /** Whether the connection is gone, so that the outcome of a COMMIT is unknown. */
  readonly isConnectionLost: boolean
  /** The constraint that refused a row, and its table or domain. */
  readonly violated: ViolatedRule | undefined
  /** The partitioned table that has no partition for a row. */
  readonly withoutPartition: TableName | undefined

  constructor(
    message: string,
    options: {
      hint?: string
      cause: unknown
      sqlState?: string | undefined
      isConnectionLost?: boolean
      violated?: ViolatedRule | undefined
      withoutPartition?: TableName | undefined
    },
  ) {
    super(message, { cause: options.cause, ...(options.hint === undefined ? {} : { hint: options.hint }) })
    this.sqlState = options.sqlState
    this.isConnectionLost = options.isConnectionLost ?? false
    this.violated = options.violated
    this.withoutPartition = options.withoutPartition
  }

  /** The same, with the table that was being copied in front, unless it is named already. */
  inTable(table: string): DatabaseError {
    if (this.message.includes(table)) return this
    const { hint, cause, sqlState, isConnectionLost, violated, withoutPartition } = this
    const facts = { cause, sqlState, isConnectionLost, violated, withoutPartition }
    return new DatabaseError(`${table}: ${this.message}`, hint === undefined ? facts : { ...facts, hint })
  }
}

/** Where the text of a server's message can come from. */
export type MessageOrigin =
  /** The answer to a startup packet: no row has been touched. */
  | 'connection'
  /** The analysis of a statement: the text of the statement, written by mbsync or in the configuration. */
  | 'analysis'
  /** The execution of a statement: whatever the rows and the functions of users hold. */
  | 'execution'

/** What was asked of which server when an error came. */
export interface ErrorSituation {
  /** The name of the database in the configuration. */
  readonly database: string
  /** Its host, port and database name. */
  readonly place: string
  readonly origin: MessageOrigin
  /** The statement that was running, if one was. */
  readonly sql?: string
}

/**
 * Turns what node-postgres throws into an error that says what happened on which database and what to do.
 * A message may quote anything that a row or a function of a user holds, whatever its SQLSTATE (`CAST (secret AS regclass)` is 42P01). So the
 * server's words are passed on only where no row can be in them; those of a running statement only if all of them are in the statement or
 * in a short vocabulary. DETAIL, HINT and CONTEXT never are.
 */
export function explainError(error: unknown, situation: ErrorSituation): unknown {
  if (error instanceof MbsyncError) return error
  if (error instanceof pg.DatabaseError && error.code !== undefined)
    return explainServerError(error, situation)
  return explainConnectionError(error, situation)
}

function explainServerError(error: pg.DatabaseError, situation: ErrorSituation): DatabaseError {
  const sqlState = error.code ?? 'XX000'
  const advice = ADVICE.find(({ states }) => states.some((state) => sqlState.startsWith(state)))
  return new DatabaseError(`${situation.database}: ${publicMessage(error, sqlState, situation)}`, {
    cause: error,
    sqlState,
    isConnectionLost: ['57P01', '57P02', '57P03', '08006', '08003'].includes(sqlState),
    violated: violatedRule(error, sqlState),
    withoutPartition: withoutPartition(error, sqlState),
    hint: isTooLong(error)
      ? TOO_LONG_HINT
      : (advice?.hint ?? `PostgreSQL reported SQLSTATE ${sqlState}; its log has the details.`),
  })
}

function violatedRule(error: pg.DatabaseError, sqlState: string): ViolatedRule | undefined {
  const { constraint, schema, table, dataType } = error
  if (!sqlState.startsWith('23') || constraint === undefined || !isOfConstraintCheck(error)) return undefined
  const name = table ?? dataType
  return { constraint, relation: schema === undefined || name === undefined ? undefined : { schema, name } }
}

/** Its constraint would be named if it were that of a partition. */
function withoutPartition(error: pg.DatabaseError, sqlState: string): TableName | undefined {
  const { constraint, schema, table, file = '' } = error
  const isRouting = sqlState === '23514' && constraint === undefined && /\bexecPartition\.c$/.test(file)
  return isRouting && schema !== undefined && table !== undefined ? { schema, name: table } : undefined
}

const TOO_LONG_HINT =
  'PostgreSQL cannot send or take more than 1 GB of text at once: exclude the table, or leave the row out with a `where`.'

const ADVICE: readonly { readonly states: readonly string[]; readonly hint: string }[] = [
  {
    states: ['28P01', '28000'],
    hint: 'Check user and password in the database URL, and pg_hba.conf: if it says "no encryption", add sslmode=require to the URL.',
  },
  { states: ['3D000'], hint: 'Check the database name at the end of the URL.' },
  { states: ['53300'], hint: 'The server has no free connection: lower `jobs`, or raise max_connections.' },
  {
    states: ['53100'],
    hint: 'The disk of the server is full: free space there, then run again. A run needs room for a copy of the synced tables, and for the rows that change.',
  },
  {
    states: ['53200'],
    hint: 'The server is out of memory or of lock slots: lower `jobs`, or raise max_locks_per_transaction.',
  },
  {
    states: ['55P03'],
    hint: 'Another session holds a lock on the table: wait for it or end it (see pg_locks and pg_stat_activity), or raise `timeouts.lock`.',
  },
  { states: ['40P01'], hint: 'Two sessions waited for each other; run again.' },
  {
    states: ['40001'],
    hint: 'On a standby, set hot_standby_feedback = on or raise max_standby_streaming_delay; then run again.',
  },
  {
    states: ['57014'],
    hint: 'The statement was cancelled on the server, by a person or by a timeout set there.',
  },
  {
    states: ['57P01', '57P02'],
    hint: 'The server ended the connection (a restart, a failover or pg_terminate_backend); run again when it is back.',
  },
  { states: ['57P03'], hint: 'The server is starting up or shutting down; run again when it is ready.' },
  {
    states: ['42501'],
    hint: 'The role lacks a privilege; `mbsync check` lists every privilege that a run needs.',
  },
  {
    states: ['25006'],
    hint: 'The database is read-only: point the profile at a primary that accepts writes.',
  },
  {
    states: ['23503', '23505', '23514', '23502', '23P01'],
    hint: "The target refuses the source's rows: compare the constraint on both sides (`mbsync check`). If the target has rows of its own in tables that the profile leaves out, include those tables.",
  },
  {
    states: ['22021', '22P05'],
    hint: "Compare the encodings of both databases (`SHOW server_encoding`); the target must be able to hold the source's characters.",
  },
  { states: ['22'], hint: "Compare the column types on both sides; the server's log names the value." },
  {
    states: ['08P01'],
    hint: 'If the URL points at a pooler such as PgBouncer, use the direct connection string of the database.',
  },
  {
    states: ['42P01', '42703', '42704', '42883'],
    hint: 'The schema changed while the run was under way, or a `where` names something that PostgreSQL does not find (its search_path is empty: qualify names); run `mbsync check`.',
  },
]

function explainConnectionError(error: unknown, { database, place }: ErrorSituation): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const known = CONNECTION_PROBLEMS.find(({ test }) => test.test(`${code} ${error.message}`))
  if (known === undefined) return error
  return new DatabaseError(`${database}: ${known.message(place)}`, {
    cause: error,
    hint: known.hint,
    isConnectionLost: true,
  })
}

const CONNECTION_PROBLEMS: readonly {
  readonly test: RegExp
  readonly message: (place: string) => string
  readonly hint: string
}[] = [
  {
    test: /ECONNREFUSED/,
    message: (place) => `connection to ${place} refused`,
    hint: 'Check host and port in the URL, and that the server is running and listens there.',
  },
  {
    test: /ENOTFOUND|EAI_AGAIN/,
    message: (place) => `the host of ${place} was not found`,
    hint: 'Check the host name in the URL and the DNS of this machine.',
  },
  {
    test: /ENOENT/,
    message: (place) => `no server socket at ${place}`,
    hint: 'Check the socket directory in the URL, and that the server is running.',
  },
  {
    test: /timeout expired|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Connection terminated due to connection timeout/,
    message: (place) => `no answer from ${place} in time`,
    hint: 'Check host, port and firewall, or raise `timeouts.connect`.',
  },
  {
    test: /does not support SSL/,
    message: (place) => `the server at ${place} does not offer TLS`,
    hint: 'Use sslmode=disable (or prefer) in the URL, or switch TLS on at the server.',
  },
  {
    test: /ERR_TLS_CERT_ALTNAME_INVALID/,
    message: (place) => `the certificate of ${place} is for another host name`,
    hint: 'Use the host name that the certificate is issued for, or sslmode=verify-ca.',
  },
  {
    test: /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_|DEPTH_ZERO/,
    message: (place) => `the certificate of ${place} could not be verified`,
    hint: "Give the authority's certificate with sslrootcert=/path/to/root.crt in the URL, or check that it is not expired.",
  },
  {
    test: /SASL|password must be a string|no password/i,
    message: () => 'the server asks for a password and the URL has none that it accepts',
    hint: 'Put the password into the URL (percent-encoded) or into ~/.pgpass.',
  },
  {
    // What pg-protocol says of a message that it cannot read, and what a program that is no PostgreSQL server makes of it.
    test: /received invalid response|Unknown authenticationOk message type|unreadable message/i,
    message: (place) => `the answer of ${place} is not PostgreSQL's protocol`,
    hint: 'Check host and port in the URL. If a proxy or a pooler is in between, connect without it.',
  },
  {
    test: /ECONNRESET|EPIPE|Connection terminated|Client has encountered a connection error|socket hang up|closed the connection|not queryable/,
    message: (place) => `the connection to ${place} was lost`,
    hint: "Check the network and the server's log, then run again.",
  },
]

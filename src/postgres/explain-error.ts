import pg from 'pg'
import { FailedError, MbsyncError } from '../core/errors.ts'
import { displayName, type TableName } from '../core/table-name.ts'

/** The SQLSTATE of a lock that NOWAIT did not get, or that lock_timeout gave up. */
export const LOCK_NOT_AVAILABLE = '55P03'

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

  constructor(
    message: string,
    options: {
      hint?: string
      cause: unknown
      sqlState?: string | undefined
      isConnectionLost?: boolean
      violated?: ViolatedRule | undefined
    },
  ) {
    super(message, { cause: options.cause, ...(options.hint === undefined ? {} : { hint: options.hint }) })
    this.sqlState = options.sqlState
    this.isConnectionLost = options.isConnectionLost ?? false
    this.violated = options.violated
  }
}

/**
 * Turns what node-postgres throws into an error that says what happened on which database and what to do.
 * `database` is its name in the configuration, `place` its host, port and database name.
 * PostgreSQL's DETAIL and CONTEXT hold row values, and so do the messages of data exceptions: they are never passed on.
 */
export function explainError(error: unknown, database: string, place: string): unknown {
  if (error instanceof MbsyncError) return error
  if (error instanceof pg.DatabaseError) return explainServerError(error, database)
  return explainConnectionError(error, database, place)
}

function explainServerError(error: pg.DatabaseError, database: string): DatabaseError {
  const sqlState = error.code ?? 'XX000'
  const advice = ADVICE.find(({ states }) => states.some((state) => sqlState.startsWith(state)))
  const message = `${database}: ${mayQuoteValues(sqlState) ? withoutValues(error, sqlState) : error.message}`
  return new DatabaseError(message, {
    cause: error,
    sqlState,
    isConnectionLost: ['57P01', '57P02', '57P03', '08006', '08003'].includes(sqlState),
    violated: violatedRule(error, sqlState),
    hint: advice?.hint ?? `PostgreSQL reported SQLSTATE ${sqlState}; its log has the details.`,
  })
}

function violatedRule(error: pg.DatabaseError, sqlState: string): ViolatedRule | undefined {
  const { constraint, schema, table, dataType } = error
  if (!sqlState.startsWith('23') || constraint === undefined) return undefined
  const name = table ?? dataType
  return { constraint, relation: schema === undefined || name === undefined ? undefined : { schema, name } }
}

/** Classes whose messages quote the offending value (22, XML, JSON) or come from user code (P0, 38, 39). */
function mayQuoteValues(sqlState: string): boolean {
  return ['22', '2200', 'P0', '38', '39', 'XX', '21', '2F'].some((state) => sqlState.startsWith(state))
}

function withoutValues(error: pg.DatabaseError, sqlState: string): string {
  const kind = CONDITIONS[sqlState] ?? 'a value was refused'
  const line = /^COPY .*?, line (\d+)(?:, column ([^:]+))?/m.exec(error.where ?? '')
  const place =
    error.table !== undefined && error.schema !== undefined
      ? ` in ${displayName({ schema: error.schema, name: error.table })}`
      : line
        ? ` in line ${line[1]} of a COPY${line[2] === undefined ? '' : `, column "${line[2]}"`}`
        : ''
  return `${kind}${place} (SQLSTATE ${sqlState})`
}

const CONDITIONS: Readonly<Record<string, string>> = {
  '22001': 'a value is too long for its column',
  '22003': 'a number is out of range for its column',
  '22007': 'a date or time has an invalid form',
  '22008': 'a date or time is out of range',
  '22021': 'a text has bytes that are not valid in the encoding',
  '22P02': 'a value has an invalid form for its column type',
  '22P03': 'a value has an invalid binary form',
  '22P04': 'the COPY data does not fit the columns',
  '22P05': "a text has a character that the other side's encoding cannot hold",
  '2200N': 'an XML value is not well formed',
  '22030': 'a JSON object has duplicate keys',
  '22012': 'a division by zero',
  P0001: 'a function on the server raised an error',
}

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
    states: ['42704', '22023'],
    hint: 'If the URL points at a pooler such as PgBouncer, use the direct connection string of the database.',
  },
  {
    states: ['08P01'],
    hint: 'If the URL points at a pooler such as PgBouncer, use the direct connection string of the database.',
  },
  {
    states: ['42P01', '42703', '42883'],
    hint: 'The schema changed while the run was under way, or a `where` names something that PostgreSQL does not find (its search_path is empty: qualify names); run `mbsync check`.',
  },
]

function explainConnectionError(error: unknown, database: string, place: string): unknown {
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
    test: /ECONNRESET|EPIPE|Connection terminated|Client has encountered a connection error|socket hang up|closed the connection|not queryable/,
    message: (place) => `the connection to ${place} was lost`,
    hint: "Check the network and the server's log, then run again.",
  },
]

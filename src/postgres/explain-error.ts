import pg from 'pg'
import { FailedError, MbsyncError } from '../core/errors.ts'
import type { TableName } from '../core/table-name.ts'
import { connectionAdvice, UNKNOWN_ANSWER } from './connection-advice.ts'
import type { ErrorSituation } from './error-situation.ts'
import { explainConnectionProblem } from './explain-connection-problem.ts'
import { functionOf, isOfConstraintCheck, isTooLong, publicMessage } from './public-message.ts'
import { NoServerError } from './try-servers.ts'

/** The SQLSTATE of a lock that NOWAIT did not get, or that lock_timeout gave up. */
export const LOCK_NOT_AVAILABLE = '55P03'

/** The SQLSTATE of a statement that is refused because one before it in the transaction has failed. */
export const IN_FAILED_TRANSACTION = '25P02'

/** Whether a SQLSTATE says that a name leads nowhere: a schema, a relation, a column, a function or an operator, or another object. */
export function isUnresolvedName(sqlState: string | undefined): boolean {
  return UNRESOLVED.includes(sqlState ?? '')
}

/** Whether a failure is one of the connection or of the server, whatever was asked for. */
export function isOfConnection({ sqlState = '' }: DatabaseError): boolean {
  return sqlState === '' || /^(?:08|57|53)/.test(sqlState)
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
  /** The function of a user that refused a definition, as PostgreSQL names it. */
  readonly raisedIn: string | undefined

  constructor(
    message: string,
    options: {
      hint?: string
      cause: unknown
      sqlState?: string | undefined
      isConnectionLost?: boolean
      violated?: ViolatedRule | undefined
      withoutPartition?: TableName | undefined
      raisedIn?: string | undefined
    },
  ) {
    super(message, { cause: options.cause, ...(options.hint === undefined ? {} : { hint: options.hint }) })
    this.sqlState = options.sqlState
    this.isConnectionLost = options.isConnectionLost ?? false
    this.violated = options.violated
    this.withoutPartition = options.withoutPartition
    this.raisedIn = options.raisedIn
  }

  /** The same, with the table that was being copied in front, unless it is named already. */
  inTable(table: string): DatabaseError {
    if (this.message.includes(table)) return this
    const { hint, cause, sqlState, isConnectionLost, violated, withoutPartition, raisedIn } = this
    const facts = { cause, sqlState, isConnectionLost, violated, withoutPartition, raisedIn }
    return new DatabaseError(`${table}: ${this.message}`, hint === undefined ? facts : { ...facts, hint })
  }
}

/**
 * Turns what node-postgres throws into an error that says what happened on which database and what to do.
 * A message may quote anything that a row or a function of a user holds, whatever its SQLSTATE (`CAST (secret AS regclass)` is 42P01). So the
 * server's words are passed on only where no row can be in them; those of a running statement only if all of them are in the statement or
 * in a short vocabulary. DETAIL, HINT and CONTEXT never are.
 */
export function explainError(error: unknown, situation: ErrorSituation): unknown {
  if (error instanceof MbsyncError) return error
  if (error instanceof NoServerError) return explainNoServer(error, situation)
  if (error instanceof pg.DatabaseError && error.code !== undefined)
    return explainServerError(error, situation)
  return explainConnectionError(error, situation)
}

/** Why none of several servers will do, one after the other. */
function explainNoServer({ failures }: NoServerError, situation: ErrorSituation): DatabaseError {
  const { database } = situation
  const causes = failures.map(({ server: { place }, error }) => {
    const explained = explainError(error, { ...situation, place })
    const text =
      explained instanceof Error ? explained.message.replace(`${database}: `, '') : String(explained)
    return { explained, text: text.includes(place) ? text : `${place}: ${text}` }
  })
  const last = causes.at(-1)?.explained
  const facts = last instanceof DatabaseError ? { sqlState: last.sqlState } : {}
  const hint = (last instanceof MbsyncError ? last.hint : undefined) ?? UNKNOWN_ANSWER
  const message = `${database}: no server of the URL can be used: ${causes.map(({ text }) => text).join('; ')}`
  return new DatabaseError(message, { cause: last, hint, isConnectionLost: true, ...facts })
}

function explainConnectionError(error: unknown, { database, place }: ErrorSituation): unknown {
  const problem = explainConnectionProblem(error, place)
  if (problem === undefined) return error
  const { message, hint } = problem
  return new DatabaseError(`${database}: ${message}`, { cause: error, hint, isConnectionLost: true })
}

function explainServerError(error: pg.DatabaseError, situation: ErrorSituation): DatabaseError {
  const sqlState = error.code ?? 'XX000'
  return new DatabaseError(`${situation.database}: ${publicMessage(error, sqlState, situation)}`, {
    cause: error,
    sqlState,
    isConnectionLost: ['57P01', '57P02', '57P03', '08006', '08003'].includes(sqlState),
    violated: violatedRule(error, sqlState),
    withoutPartition: withoutPartition(error, sqlState),
    raisedIn: situation.origin === 'definition' ? functionOf(error) : undefined,
    hint: adviceFor(error, sqlState, situation),
  })
}

function adviceFor(error: pg.DatabaseError, sqlState: string, { origin }: ErrorSituation): string {
  if (isTooLong(error)) return TOO_LONG_HINT
  if (origin === 'definition' && functionOf(error) !== undefined) return EVENT_TRIGGER_HINT
  const own = origin === 'connection' ? connectionAdvice(error.message, sqlState) : undefined
  const unknown =
    origin === 'connection'
      ? UNKNOWN_ANSWER
      : `PostgreSQL reported SQLSTATE ${sqlState}; its log has the details.`
  return own ?? sqlStateAdvice(sqlState) ?? unknown
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

const EVENT_TRIGGER_HINT =
  'An event trigger of the target calls it (see \\dy in psql): let it pass the schemas mbsync, mbsync_landing and mbsync_undo, or disable it while mbsync runs.'

const TOO_LONG_HINT =
  'PostgreSQL cannot send or take more than 1 GB of text at once: exclude the table, or leave the row out with a `where`.'

/** What to do about an error of a SQLSTATE, or of a class of them; undefined if nothing is known of it. */
function sqlStateAdvice(sqlState: string): string | undefined {
  return ADVICE.find(({ states }) => states.some((state) => sqlState.startsWith(state)))?.hint
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
    hint: 'Another session or a timeout on the server cancelled the statement; run again.',
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
  {
    states: ['22'],
    hint: "A value does not fit a column, or what is computed from it. Compare the column types on both sides, and look at what computes there: a `where`, `keep` or mask of the profile, and the target's generated columns, checks and indexes over expressions. The server's log names the value and the statement.",
  },
  {
    states: ['08P01'],
    hint: 'If the URL points at a pooler such as PgBouncer, use the direct connection string of the database.',
  },
  {
    states: ['42P01', '42703', '42704', '42883'],
    hint: 'The schema changed while the run was under way, or a `where` names something that PostgreSQL does not find (its search_path is empty: qualify names); run `mbsync check`.',
  },
]

import { setTimeout as sleep } from 'node:timers/promises'
import { RefusedError } from '../core/errors.ts'
import { connect } from './connect.ts'
import { type ConnectionOptions, connectionOptions } from './connection-options.ts'
import { explainError } from './explain-error.ts'
import { type EndedStatement, Session } from './session.ts'
import {
  NO_VIEWS_SQL,
  NOTICE_LOST_CLIENT_SQL,
  type SessionRole,
  sessionSettingsSql,
} from './session-settings.ts'

/** How to reach a database and what its sessions may do. */
export interface DatabaseOptions {
  /** Its name in the configuration, used in messages. */
  readonly name: string
  /** Holds credentials: never printed. */
  readonly url: string
  readonly role: SessionRole
  readonly connectMs: number
  readonly lockMs: number
  /** When it aborts, running statements are cancelled on the server and no new one starts. */
  readonly signal: AbortSignal
  /** Told of every statement of a session. */
  readonly onStatement?: (statement: EndedStatement) => void
}

/** Opens a database for the length of `use`; every session it opened is closed at the end. */
export async function withDatabase<T>(
  options: DatabaseOptions,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const database = new Database(options)
  const cancel = () => void database.cancelRunning()
  options.signal.addEventListener('abort', cancel)
  try {
    return await use(database)
  } finally {
    await database.close()
    options.signal.removeEventListener('abort', cancel)
  }
}

/** A session that nobody takes again in that time is closed: idle connections are lost on the way, and counted on the server. */
const SPARE_MS = 10_000

/** A database and the sessions that are open on it. */
export class Database {
  readonly name: string
  readonly role: SessionRole
  readonly lockMs: number
  readonly #options: DatabaseOptions
  readonly #connection: ConnectionOptions
  readonly #sessions = new Set<Session>()
  readonly #spare = new Map<Session, NodeJS.Timeout>()

  constructor(options: DatabaseOptions) {
    this.name = options.name
    this.role = options.role
    this.lockMs = options.lockMs
    this.#options = options
    this.#connection = connectionOptions(options.url, options.connectMs)
  }

  /** Opens a pinned session, or takes one that was given back. It is closed with the database, or earlier by its own `end()`. */
  async session(): Promise<Session> {
    this.#options.signal.throwIfAborted()
    for (const [session, timer] of this.#spare) {
      clearTimeout(timer)
      this.#spare.delete(session)
      if (session.isOpen) return session
    }
    return this.#open(this.#options.signal)
  }

  /** Keeps a session for whoever asks for the next one. It must be as it was opened: nothing set, locked or begun on it. */
  giveBack(session: Session): void {
    const timer = setTimeout(() => {
      this.#spare.delete(session)
      void session.end()
    }, SPARE_MS)
    this.#spare.set(session, timer.unref())
  }

  /** Closes the sessions that nobody uses, without waiting for it: the server takes its time with those that have read much. */
  endSpare(): void {
    for (const [session, timer] of this.#spare) {
      clearTimeout(timer)
      void session.end()
    }
    this.#spare.clear()
  }

  /**
   * Runs `use` on a session that works even after an abort: to write down how a run ended. On that of `idle` if it answers and nobody uses
   * it now, as opening another takes its time; not after an abort, as the cancellation of what it was doing may still be on its way.
   */
  async withClosingSession<T>(use: (session: Session) => Promise<T>, idle?: Session): Promise<T> {
    const { signal } = this.#options
    const ready = idle === undefined || signal.aborted ? undefined : await readyToClose(idle)
    if (ready !== undefined) return use(ready)
    const session = await this.#open(undefined)
    try {
      return await use(session)
    } finally {
      await session.end()
      this.#sessions.delete(session)
    }
  }

  /**
   * Cancels every running statement of a session that heeds an abort, again and again until none runs: a cancel that arrives
   * just before its statement starts would otherwise be lost.
   */
  async cancelRunning(): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const running = [...this.#sessions].filter((session) => session.isRunning && session.heedsAbort)
      const pids = running.map((session) => session.pid)
      if (pids.length === 0) return
      await this.withClosingSession((session) =>
        session.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [pids]),
      ).catch(() => undefined)
      await sleep(250)
    }
  }

  /** Closes every session. Never throws. */
  async close(): Promise<void> {
    this.endSpare()
    await Promise.all([...this.#sessions].map((session) => session.end()))
    this.#sessions.clear()
  }

  /** Two open connections that reach one backend prove a pooler in transaction mode: settings, locks and snapshots would not hold. */
  #refuseSharedBackend(pid: number): void {
    if (![...this.#sessions].some((session) => session.isOpen && session.pid === pid)) return
    throw new RefusedError(`${this.name}: the URL leads through a pooler in transaction mode`, {
      hint: 'Use the direct connection string of the database, or a pooler in session mode.',
    })
  }

  async #open(signal: AbortSignal | undefined): Promise<Session> {
    const { name, role, lockMs } = this.#options
    const { place } = this.#connection
    const client = await connect(this.#connection).catch((error: unknown) => {
      throw explainError(error, name, place)
    })
    try {
      // A default of the database or role must not cut even the first question short.
      await client.query('SET statement_timeout = 0')
      const { rows } = await client.query<{ pid: number; version: number }>(
        `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version`,
      )
      const { pid = 0, version = 0 } = rows[0] ?? {}
      this.#refuseSharedBackend(pid)
      await client.query(sessionSettingsSql(role, version, lockMs))
      if (version >= 140000) await client.query(NOTICE_LOST_CLIENT_SQL).catch(() => undefined)
      if (role === 'source') await client.query(NO_VIEWS_SQL).catch(() => undefined)
      const session = new Session({
        client,
        pid,
        serverVersion: version,
        database: name,
        place,
        signal,
        onStatement: this.#options.onStatement,
      })
      this.#sessions.add(session)
      return session
    } catch (error) {
      // An open connection would keep the process from ending.
      await client.end().catch(() => undefined)
      throw explainError(error, name, place)
    }
  }
}

/** What has been idle for longer may be lost on the way, and the question whether it is would wait for an answer. */
async function readyToClose(session: Session): Promise<Session | undefined> {
  if (!session.isOpen || session.isRunning || session.idleMs > SPARE_MS) return undefined
  const own = session.withoutAbort()
  const answers = await own.query('SELECT').then(
    () => true,
    () => false,
  )
  return answers ? own : undefined
}

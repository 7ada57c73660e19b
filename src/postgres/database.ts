import { setTimeout as sleep } from 'node:timers/promises'
import { RefusedError } from '../core/errors.ts'
import { type ConnectionOptions, connectionOptions } from './connection-options.ts'
import { explainError } from './explain-error.ts'
import { pooledError, proveSessionMode } from './prove-session-mode.ts'
import { openServedConnection, type ServedConnection } from './served-connection.ts'
import { type EndedStatement, Session } from './session.ts'
import { pinSession, type SessionRole } from './session-settings.ts'

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
  #first: Promise<ServedConnection> | undefined
  /** Of the pooler that the URL leads through, if it does. */
  #isSessionMode = false

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

  async #open(signal: AbortSignal | undefined): Promise<Session> {
    const { name, role, lockMs, onStatement } = this.#options
    const { place, applicationName } = this.#connection
    const { client, pid, version, isDirect } = await this.#connect(signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw explainError(error, name, place)
    })
    const session = new Session({
      client,
      pid,
      serverVersion: version,
      isPooled: !isDirect,
      database: name,
      place,
      signal,
      onStatement,
    })
    try {
      this.#refuseSharedBackend(pid)
      this.#sessions.add(session)
      await pinSession(client, version, { role, lockMs, applicationName })
      return session
    } catch (error) {
      this.#sessions.delete(session)
      // An open connection would keep the process from ending.
      await session.end()
      throw explainError(error, name, place)
    }
  }

  /** Whether a URL leads through a pooler is found out with the first connection; all others wait for that. */
  async #connect(signal: AbortSignal | undefined): Promise<ServedConnection> {
    if (this.#first !== undefined) {
      await this.#first
      return this.#connectOwn(signal)
    }
    const first = this.#connectOwn(signal)
    this.#first = first
    first.catch((error: unknown) => {
      if (!(error instanceof RefusedError)) this.#first = undefined
    })
    return first
  }

  /** @throws RefusedError if the backend may serve others between two transactions */
  async #connectOwn(signal: AbortSignal | undefined): Promise<ServedConnection> {
    const limitMs = this.#connection.client.connectionTimeoutMillis ?? this.#options.connectMs
    const open = (waitMs: number) => openServedConnection(this.#connection, waitMs, signal)
    const connection = await open(limitMs)
    if (connection.isDirect || this.#isSessionMode) return connection
    try {
      await proveSessionMode(connection, { name: this.name, open, limitMs, signal })
      this.#isSessionMode = true
      return connection
    } catch (error) {
      await connection.client.end().catch(() => undefined)
      throw error
    }
  }

  /** The proof of a pooler's mode is made of chances: two open sessions that reach one backend refute it. */
  #refuseSharedBackend(pid: number): void {
    if ([...this.#sessions].some((session) => session.isOpen && session.pid === pid))
      throw pooledError(this.name)
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

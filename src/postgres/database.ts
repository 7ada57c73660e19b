import { setMaxListeners } from 'node:events'
import { FailedError } from '../core/errors.ts'
import { answerWithin } from './answer-within.ts'
import { endBackend } from './ask-backend.ts'
import { isOutOfRoom } from './await-room.ts'
import { connectionOptions } from './connection-options.ts'
import { Connector } from './connector.ts'
import { DatabaseError, explainError } from './explain-error.ts'
import { explainNoRoom } from './explain-no-room.ts'
import { pooledError } from './prove-session-mode.ts'
import { Session } from './session.ts'
import type { SessionNeed } from './session-need.ts'
import { pinSession, type SessionRole } from './session-settings.ts'
import type { EndedStatement } from './statements.ts'
import { stopSessions } from './stop-sessions.ts'
import { watchSilence } from './watch-silence.ts'
import { Wire } from './wire.ts'
import { NoAnswerError, within } from './within.ts'

/** How to reach a database and what its sessions may do. */
export interface DatabaseOptions {
  /** Its name in the configuration, used in messages. */
  readonly name: string
  /** Holds credentials: never printed. */
  readonly url: string
  /** The database to connect to instead of the one that the URL names. */
  readonly database?: string
  /** How the server's databases are created and renamed; undefined for the same way by which it is reached. Holds credentials. */
  readonly maintenanceUrl?: string | undefined
  readonly role: SessionRole
  /** Whether other runs write the database that is only read here. */
  readonly isTarget?: boolean
  /** The roles whose code may run with mbsync's rights; undefined if the configuration says nothing about it. */
  readonly trustedRoles?: readonly string[] | undefined
  readonly connectMs: number
  readonly lockMs: number
  /** For how long a server may be silent before it is asked whether it still works. */
  readonly silenceMs: number
  /** When it aborts, running statements are cancelled on the server and no new one starts. */
  readonly signal: AbortSignal
  /** The sessions that the work opens at once, for the message when there is no room for them. */
  readonly need?: SessionNeed | undefined
  /** Told of every statement of a session. */
  readonly onStatement?: (statement: EndedStatement) => void
}

/** Opens a database for the length of `use`; every session it opened is closed at the end. */
export async function withDatabase<T>(
  options: DatabaseOptions,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  // Whatever waits on the database listens, and that is no leak.
  setMaxListeners(0, options.signal)
  const database = new Database(options)
  const stop = () => database.stop()
  options.signal.addEventListener('abort', stop)
  try {
    options.signal.throwIfAborted()
    return await use(database)
  } finally {
    options.signal.removeEventListener('abort', stop)
    await database.close()
  }
}

/** Opens another database of the same server for the length of `use`, in the same way. */
export async function withDatabaseBeside<T>(
  database: Database,
  name: string,
  use: (other: Database) => Promise<T>,
): Promise<T> {
  return withDatabase({ ...database.options, database: name }, use)
}

/** A session that has answered within that time need not be asked whether it does. */
const JUST_NOW_MS = 500

/** A session that nobody takes again in that time is closed: idle connections are lost on the way, and counted on the server. */
const SPARE_MS = 10_000

/** A database and the sessions that are open on it. */
export class Database {
  readonly name: string
  readonly role: SessionRole
  /** Whether other runs write the database that is only read here. */
  readonly isTarget?: boolean
  readonly lockMs: number
  /** For how long a server may be silent before it is asked whether it still works. */
  readonly silenceMs: number
  /** How it was opened. Holds credentials: never printed. */
  readonly options: DatabaseOptions
  readonly #connector: Connector
  readonly #sessions = new Set<Session>()
  readonly #spare = new Map<Session, NodeJS.Timeout>()
  /** Those that are being opened for later callers. */
  readonly #coming: Promise<Session>[] = []
  /** Aborts when even the end of a run is no longer waited for. */
  readonly #leaving = new AbortController()
  readonly #endWatch: () => void
  #endStopping: (() => void) | undefined
  #isSilent = false
  #need: SessionNeed | undefined

  constructor(options: DatabaseOptions) {
    setMaxListeners(0, this.#leaving.signal)
    this.name = options.name
    this.role = options.role
    this.lockMs = options.lockMs
    this.silenceMs = options.silenceMs
    this.options = options
    this.#need = options.need
    const { name, url, connectMs, database } = options
    this.#connector = new Connector(name, connectionOptions(url, connectMs, database), connectMs)
    this.#endWatch = watchSilence({
      silenceMs: options.silenceMs,
      sessions: () => this.#sessions,
      answerMs: this.#connector.connectMs,
      onOtherSession: (ask) => this.withClosingSession(ask),
    })
  }

  /** Opens a pinned session, or takes one that was given back. It is closed with the database, or earlier by its own `end()`. */
  async session(): Promise<Session> {
    this.options.signal.throwIfAborted()
    for (const [session, timer] of this.#spare) {
      clearTimeout(timer)
      this.#spare.delete(session)
      if (session.isOpen) return session
    }
    return this.#coming.shift() ?? this.#open(this.options.signal)
  }

  /** Begins to open this number of sessions, which are soon asked for. */
  prepare(count: number): void {
    for (let opened = this.#spare.size + this.#coming.length; opened < count; opened += 1) {
      const coming = this.#open(this.options.signal)
      this.#coming.push(coming)
      const keep = (session: Session) => {
        const at = this.#coming.indexOf(coming)
        if (at === -1) return
        this.#coming.splice(at, 1)
        this.giveBack(session)
      }
      // The caller that asks for it gets the reason why it could not be opened.
      coming.then(keep, () => undefined)
    }
  }

  /** What follows opens this number of sessions at once. */
  expectNeed(need: SessionNeed): void {
    this.#need = need
  }

  /** From now on, event triggers do not fire for what mbsync defines. Its role must be allowed to set session_replication_role. */
  silenceEventTriggers(): void {
    this.#isSilent = true
  }

  /** The backends of all open sessions. */
  openPids(): number[] {
    return [...this.#sessions].flatMap(({ isOpen, pid }) => (isOpen ? pid : []))
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
    const { signal } = this.options
    const ready =
      idle === undefined || signal.aborted ? undefined : await readyToClose(idle, this.#connector.connectMs)
    if (ready !== undefined) return use(ready)
    const session = await this.#open(undefined)
    try {
      return await use(session)
    } finally {
      if (await session.end()) this.#sessions.delete(session)
    }
  }

  /** Stops what runs after an abort, in a few seconds. */
  stop(): void {
    const { reason } = this.options.signal
    this.#endStopping ??= stopSessions({
      reason,
      sessions: () => this.#sessions,
      onClosingSession: (use) => this.withClosingSession(use),
      leave: () => this.#leaving.abort(reason),
    })
  }

  /** Closes every session. Never throws. */
  async close(): Promise<void> {
    this.#endWatch()
    this.endSpare()
    await Promise.allSettled(this.#coming)
    await this.#endLeftBehind(await this.#endAll())
    this.#endStopping?.()
    // What the watch was about to ask is of no interest any more.
    this.#leaving.abort()
    this.#sessions.clear()
  }

  /** Ends every session, and returns those that the server may not know to have ended. */
  async #endAll(): Promise<Session[]> {
    const sessions = [...this.#sessions]
    const ended = await Promise.all(sessions.map((session) => session.end()))
    return sessions.filter((_, index) => ended[index] === false)
  }

  /** What stalls on the way may keep the server's side open, and with it a snapshot and locks. */
  async #endLeftBehind(sessions: readonly Session[]): Promise<void> {
    if (sessions.length === 0) return
    await this.withClosingSession((other) =>
      answerWithin(this.#connector.connectMs, other, async () => {
        for (const session of sessions) await endBackend(other, session)
      }),
    ).catch(() => undefined)
  }

  async #open(signal: AbortSignal | undefined): Promise<Session> {
    const { name, role, trustedRoles, lockMs, onStatement } = this.options
    const { applicationName, secrets } = this.#connector.options
    const until = signal ?? this.#leaving.signal
    try {
      const { client, pid, version, isDirect } = await this.#connector.connect(until)
      const session = new Session({
        wire: new Wire(client),
        pid,
        serverVersion: version,
        trustedRoles,
        isPooled: !isDirect,
        database: name,
        place: this.#connector.options.place,
        isSilent: () => this.#isSilent,
        signal,
        onStatement,
      })
      try {
        this.#refuseSharedBackend(pid)
        this.#sessions.add(session)
        await within(this.#connector.connectMs, until, () =>
          pinSession(client, version, { role, lockMs, applicationName }),
        )
        return session
      } catch (error) {
        this.#sessions.delete(session)
        // An open connection would keep the process from ending.
        client.connection.stream.destroy()
        throw error
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof NoAnswerError && this.#connector.isSessionMode) throw emptyPool(name, error)
      const explained = explainError(error, {
        database: name,
        place: this.#connector.options.place,
        origin: 'connection',
        secrets,
      })
      if (signal === undefined || !isOutOfRoom(error) || !(explained instanceof DatabaseError))
        throw explained
      throw await explainNoRoom(explained, { sessions: this.#sessions, need: this.#need })
    }
  }

  /** The proof of a pooler's mode is made of chances: two open sessions that reach one backend refute it. */
  #refuseSharedBackend(pid: number): void {
    if ([...this.#sessions].some((session) => session.isOpen && session.pid === pid))
      throw pooledError(this.name)
  }
}

/** What has been idle for longer may be lost on the way, and the question whether it is would wait for an answer. */
async function readyToClose(session: Session, answerMs: number): Promise<Session | undefined> {
  if (!session.isOpen || session.isRunning || session.idleMs > SPARE_MS) return undefined
  const own = session.withoutAbort()
  if (session.idleMs < JUST_NOW_MS) return own
  const answers = await answerWithin(answerMs, own, () => own.query('SELECT')).then(
    () => true,
    () => false,
  )
  return answers ? own : undefined
}

function emptyPool(name: string, cause: Error): FailedError {
  return new FailedError(`${name}: the pooler did not provide a connection in time`, {
    cause,
    hint: 'Lower `jobs`, enlarge the pool, or use the direct connection string of the database.',
  })
}

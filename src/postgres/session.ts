import type pg from 'pg'
import type { CopyStreamQuery, CopyToStreamQuery } from 'pg-copy-streams'
import { clearBackend } from './clear-backend.ts'
import { copyEachIn, copyEachOut, type TableCopy } from './copy-each.ts'
import type { CopyIn } from './copy-in-each.ts'
import type { CopiedOut } from './copy-out-each.ts'
import type { MessageOrigin } from './error-situation.ts'
import { identifier } from './identifiers.ts'
import { queryEach } from './query-each.ts'
import { runOne } from './run-one.ts'
import { type StatementParts, Statements } from './statements.ts'
import { Transactions } from './transactions.ts'
import type { Wire } from './wire.ts'

/** A row as it comes back from a query. Its columns are what the SQL at the call names. */
export type Row = Record<string, unknown>

const AS_REPLICA = 'SET LOCAL session_replication_role = replica'
const AS_ORIGIN = 'SET LOCAL session_replication_role = origin'

/** What a session is made of. */
interface SessionParts extends StatementParts {
  readonly wire: Wire
  readonly pid: number
  readonly serverVersion: number
  /** The roles that the configuration trusts; undefined if it says nothing about it. */
  readonly trustedRoles: readonly string[] | undefined
  /** Whether a pooler may give its backend to other clients when it has ended. */
  readonly isPooled: boolean
  /** Whether what mbsync defines is to be kept from event triggers. */
  readonly isSilent: () => boolean
}

/** One connection to a database, pinned for its role. Every error it throws is told without row values. */
export class Session {
  /** The backend's process id on the server. */
  readonly pid: number
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number
  /** The roles that the configuration trusts; undefined if it says nothing about it. */
  readonly trustedRoles: readonly string[] | undefined
  /** The name that the database has in messages. */
  readonly database: string
  readonly #parts: SessionParts
  readonly #wire: Wire
  readonly #statements: Statements
  readonly #transactions: Transactions
  readonly #openedAt = performance.now()
  #isOpen = true

  constructor(parts: SessionParts) {
    this.pid = parts.pid
    this.serverVersion = parts.serverVersion
    this.trustedRoles = parts.trustedRoles
    this.database = parts.database
    this.#parts = parts
    this.#wire = parts.wire
    this.#statements = new Statements(parts)
    this.#transactions = new Transactions(
      (sql) => this.execute(sql),
      () => this.#statements.count(() => this.#wire.send((client) => client.query('ROLLBACK'))),
    )
    this.#wire.client.once('end', () => {
      this.#isOpen = false
    })
  }

  /** Whether neither side has ended the session, as far as is known. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether a statement is under way. */
  get isRunning(): boolean {
    return this.#statements.isRunning
  }

  /** Where it leads, without credentials: fit for messages. */
  get place(): string {
    return this.#parts.place
  }

  /** Whether it starts nothing after an abort. */
  get heedsAbort(): boolean {
    return this.#parts.signal !== undefined
  }

  /** For how long it has been open, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#openedAt
  }

  /** For how long nothing has been asked of it, in milliseconds; 0 while a statement is under way. */
  get idleMs(): number {
    return this.#statements.idleMs
  }

  /** Whether what it defines is kept from event triggers. */
  get isSilent(): boolean {
    return this.#parts.isSilent()
  }

  /** The same connection, as a session that works even after an abort. */
  withoutAbort(): Session {
    return new Session({ ...this.#parts, signal: undefined })
  }

  /** Runs one statement with bound parameters and returns its rows. */
  async query<T extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
    const result = await this.#statements.run(sql, () =>
      this.#wire.send((client) => client.query<T>(sql, [...parameters])),
    )
    return result.rows
  }

  /** The same for many rows: returns what `read` makes of each, which is let go of as it comes. */
  async queryEach<T extends Row, R>(
    sql: string,
    parameters: readonly unknown[],
    read: (row: T) => R,
  ): Promise<R[]> {
    return this.#statements.run(sql, () =>
      this.#wire.send((client) => queryEach(client, sql, parameters, read)),
    )
  }

  /** Runs one statement that returns exactly one row. */
  async queryOne<T extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<T> {
    const [row] = await this.query<T>(sql, parameters)
    if (row === undefined) throw new Error(`A query that must return a row returned none: ${sql}`)
    return row
  }

  /**
   * The columns that a SELECT gives, with the numbers of their types. It must be one statement by itself, so that it is one within
   * another, too: what closes the parenthesis around it is refused.
   */
  async describe(
    select: string,
  ): Promise<{ readonly name: string; readonly typeOid: number; readonly typeModifier: number }[]> {
    await this.parse(select)
    const sql = `SELECT * FROM (${select}\n) AS described LIMIT 0`
    const { fields } = await this.#statements.run(sql, () => this.#wire.send((client) => client.query(sql)))
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => {
      return { name, typeOid: dataTypeID, typeModifier: dataTypeModifier }
    })
  }

  /**
   * Parses a single statement, which is neither planned nor run, so that no function of a user is called: the transaction has a lock on each
   * relation that it names.
   * @throws DatabaseError with the server's own words, as what they quote stands in the statement; also if there is more than one
   */
  async parse(statement: string): Promise<void> {
    // PREPARE runs nothing, and the extended protocol takes a single statement.
    const prepare: pg.QueryConfig & { queryMode: 'extended' } = {
      text: `PREPARE mbsync_parsed AS ${statement}`,
      queryMode: 'extended',
    }
    await this.#statements.run(
      prepare.text,
      () => this.#wire.send((client) => client.query(prepare)),
      'analysis',
    )
    await this.execute('DEALLOCATE mbsync_parsed')
  }

  /**
   * Plans a query without running it.
   * @throws DatabaseError with the server's own words, as no row is read
   */
  async plan(select: string): Promise<void> {
    const sql = `EXPLAIN ${select}`
    await this.#statements.run(sql, () => this.#wire.send((client) => client.query(sql)), 'analysis')
  }

  /** Runs one or more statements without parameters and returns how many rows the last one touched. */
  async execute(sql: string): Promise<number> {
    return (await this.executeEach([sql])).at(-1) ?? 0
  }

  /**
   * Runs statements that define objects and read no rows, so that what an event trigger says of them can be shown. Where the database is to, they
   * are run as on a replica, where event triggers do not fire.
   */
  async define(sql: string): Promise<void> {
    await this.#define(sql, 'definition')
  }

  /** The same for statements that make an object of rows. */
  async defineFrom(sql: string): Promise<void> {
    await this.#define(sql)
  }

  /** Runs statements without parameters in one message, and returns how many rows each has touched. */
  async executeEach(statements: readonly string[]): Promise<number[]> {
    const sql = statements.join(';\n')
    const result: pg.QueryResult | pg.QueryResult[] = await this.#statements.run(sql, () =>
      this.#wire.send((client) => client.query(sql)),
    )
    return [result].flat().map(({ rowCount }) => rowCount ?? 0)
  }

  /** Runs many `COPY … TO STDOUT` of few rows in one message: see {@link copyEachOut}. */
  copyOutEach(copies: readonly TableCopy[]): Promise<CopiedOut[] | undefined> {
    return copyEachOut(this.#statements, this.#wire, copies)
  }

  /** Runs many `COPY … FROM STDIN` in one message, and returns how many rows the server has counted of each. */
  copyInEach(copies: readonly (TableCopy & CopyIn)[]): Promise<number[]> {
    return copyEachIn(this.#statements, this.#wire, copies)
  }

  /** Runs a single statement of a user, and lets go of the rows that it gives. */
  async runOne(sql: string): Promise<void> {
    await this.#statements.run(sql, () => this.#wire.send((client) => runOne(client, sql)))
  }

  /** Runs statements that only read; within a transaction, the locks that they have taken are given back. */
  async readBriefly<T>(read: () => Promise<T>): Promise<T> {
    return this.#transactions.readBriefly(read)
  }

  /** The same within the transaction of a snapshot, which goes on if they fail. */
  async tryReading<T>(read: () => Promise<T>): Promise<T> {
    return this.#transactions.tryReading(read)
  }

  /**
   * Runs `work` in a transaction of the given kind: COMMIT at its end, ROLLBACK if it throws. `begin` may go on with other statements: they are sent
   * in one message.
   */
  async transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    return this.#transactions.run(begin, work)
  }

  /** The same for a transaction that only reads: neither its beginning nor its end is waited for. What `work` gives is from within it. */
  async readingTransaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    return this.#transactions.runReading(begin, work)
  }

  /** Starts `COPY … TO STDOUT` and returns its bytes. Pass errors through {@link explain}. */
  copyOut(sql: string): CopyToStreamQuery {
    return this.#wire.copyOut(sql)
  }

  /** The same, with the number of rows: see {@link Wire.copyOutCounted}. */
  copyOutCounted(sql: string): ReturnType<Wire['copyOutCounted']> {
    return this.#wire.copyOutCounted(sql)
  }

  /** Starts `COPY … FROM STDIN` and returns where its bytes go. Pass errors through {@link explain}. */
  copyIn(sql: string): CopyStreamQuery {
    return this.#wire.copyIn(sql)
  }

  /** Calls `receive` with whatever is sent to a channel of this database from now on, by anyone. */
  async listen(channel: string, receive: (payload: string) => void): Promise<void> {
    this.#wire.client.on('notification', (notification) => {
      if (notification.channel === channel) receive(notification.payload ?? '')
    })
    await this.execute(`LISTEN ${identifier(channel)}`)
  }

  /** Sends a text of less than 8000 bytes to whoever listens to a channel of this database. */
  async notify(channel: string, payload: string): Promise<void> {
    await this.query('SELECT pg_notify($1, $2)', [channel, payload])
  }

  /** The error as a person should read it. */
  explain(error: unknown): unknown {
    return this.#statements.explain(error)
  }

  /** Marks a statement that runs outside {@link query}, such as a COPY, so that an abort cancels it. */
  async busy<T>(sql: string, work: () => Promise<T>): Promise<T> {
    return this.#statements.run(sql, work)
  }

  /** For how long the server has owed an answer in silence: see {@link Wire.quietMs}. */
  quietMs(): number {
    return this.#wire.quietMs()
  }

  /** Takes the silence up to now for explained. */
  excuseSilence(): void {
    this.#wire.excuse()
  }

  /**
   * Closes the connection; whatever was open on it rolls back. A server that does not answer is not waited for. Never throws.
   * @returns whether the server has closed it, too
   */
  async end(): Promise<boolean> {
    this.#isOpen = false
    if (this.#parts.isPooled) await clearBackend(this.#wire.client)
    return this.#wire.end()
  }

  /** Breaks the connection at once: what runs on it fails with the error. */
  abandon(error: Error): void {
    this.#isOpen = false
    this.#wire.destroy(error)
  }

  /** Several statements in one message are one transaction, where none is open. */
  async #define(sql: string, origin?: MessageOrigin): Promise<void> {
    const text = this.#parts.isSilent() ? `${AS_REPLICA}; ${sql}; ${AS_ORIGIN}` : sql
    await this.#statements.run(sql, () => this.#wire.send((client) => client.query(text)), origin)
  }
}

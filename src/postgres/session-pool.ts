import type { TableName } from '../core/table-name.ts'
import { Turns } from '../core/turns.ts'
import { DatabaseError, LOCK_NOT_AVAILABLE } from './explain-error.ts'
import { relation } from './identifiers.ts'
import { tablesWithin } from './in-batches.ts'
import type { Session } from './session.ts'

/** Sessions that several works share: each has one to itself for a while, and who comes when none is left stands in line. */
export class SessionPool {
  /** Only for whoever knows that nobody else has one of them. */
  readonly all: readonly Session[]
  readonly #idle: Session[]
  readonly #line: {
    readonly resolve: (session: Session) => void
    readonly reject: (error: unknown) => void
  }[] = []
  #failure: { readonly error: unknown } | undefined

  /** Holds the locks of all tables, where the sessions of the pool do not. */
  readonly #holder: Session | undefined
  readonly #turnsOfHolder = new Turns()

  /** How many tables each session may read in one statement. */
  readonly tablesAtOnce: number

  /**
   * @param holder the session that holds the locks of all tables, if the others lock a table only while they read it
   * @param promisedLocks how many locks their server promises to have room for
   */
  constructor(sessions: readonly Session[], holder?: Session, promisedLocks = 0) {
    this.tablesAtOnce = tablesWithin(promisedLocks, sessions.length)
    this.all = sessions
    this.#idle = [...sessions]
    this.#holder = holder
  }

  /** A session, which must be given back. */
  take(): Promise<Session> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    const session = this.#idle.pop()
    if (session !== undefined) return Promise.resolve(session)
    if (this.all.length === 0) return Promise.reject(new Error('A pool without sessions'))
    return new Promise((resolve, reject) => this.#line.push({ resolve, reject }))
  }

  /** Whether each session holds the locks of all tables. */
  get areLocked(): boolean {
    return this.#holder === undefined
  }

  /**
   * Reads tables on a session of the pool, which gives back its locks with the next ones. Where another session waits to lock one of them whole,
   * it stands before this one and behind the holder of the locks, so that one alone can read.
   */
  async reading<T>(
    session: Session,
    tables: readonly TableName[],
    read: (session: Session) => Promise<T>,
  ): Promise<T> {
    const holder = this.#holder
    if (holder === undefined) return read(session)
    if (await lockAlone(session, tables)) return read(session)
    return this.#turnsOfHolder.take(() => read(holder))
  }

  /** Runs a statement on every session, once nobody has any of them. */
  async executeOnAll(sql: string): Promise<void> {
    const taken = await Promise.all(this.all.map(() => this.take()))
    // What is set after a savepoint does not outlive the return to it.
    const kept = this.#holder === undefined ? sql : `${RELEASE}; ${sql}; ${MARK}`
    const executing = [
      ...taken.map((session) => session.execute(kept)),
      ...(this.#holder === undefined ? [] : [this.#holder.execute(sql)]),
    ]
    await Promise.all(executing).catch((error: unknown) => {
      this.fail(error)
      throw error
    })
    for (const session of taken) this.giveBack(session)
  }

  giveBack(session: Session): void {
    const next = this.#line.shift()
    if (next === undefined) this.#idle.push(session)
    else next.resolve(session)
  }

  /** After a failure, a session may not come back: nobody waits for one any longer. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { reject } of this.#line.splice(0)) reject(error)
  }
}

const MARK = 'SAVEPOINT mbsync_unlocked'
const RELEASE = 'RELEASE SAVEPOINT mbsync_unlocked'
const RETURN = 'ROLLBACK TO SAVEPOINT mbsync_unlocked'

/** Prepares a session, in its transaction, to give back locks. */
export async function markUnlocked(session: Session): Promise<void> {
  await session.execute(MARK)
}

/** Gives back all locks since the mark, and locks tables; false if that would have to be waited for. */
async function lockAlone(session: Session, tables: readonly TableName[]): Promise<boolean> {
  const names = tables.map((table) => `ONLY ${relation(table)}`).join(', ')
  try {
    await session.execute(`${RETURN}; LOCK TABLE ${names} IN ACCESS SHARE MODE NOWAIT`)
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError && error.sqlState === LOCK_NOT_AVAILABLE)) throw error
    await session.execute(RETURN)
    return false
  }
}

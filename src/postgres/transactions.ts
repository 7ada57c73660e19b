import { settledInOrder } from '../core/settled-in-order.ts'

/** The transactions of a session, of which one can be open at a time. */
export class Transactions {
  readonly #execute: (sql: string) => Promise<unknown>
  readonly #rollBack: () => Promise<unknown>
  #isOpen = false

  /** @param rollBack sends ROLLBACK even after an abort */
  constructor(execute: (sql: string) => Promise<unknown>, rollBack: () => Promise<unknown>) {
    this.#execute = execute
    this.#rollBack = rollBack
  }

  /** Runs statements that only read; within a transaction, the locks that they have taken are given back. */
  async readBriefly<T>(read: () => Promise<T>): Promise<T> {
    return this.#isOpen ? this.tryReading(read) : read()
  }

  /** The same within an open transaction, also one that this class did not begin: it goes on if the statements fail. */
  async tryReading<T>(read: () => Promise<T>): Promise<T> {
    const [, result] = await settledInOrder([
      this.#execute('SAVEPOINT mbsync_briefly'),
      read(),
      this.#execute('ROLLBACK TO SAVEPOINT mbsync_briefly; RELEASE SAVEPOINT mbsync_briefly'),
    ])
    return result
  }

  /** Runs `work` in a transaction: COMMIT at its end, ROLLBACK if it throws. */
  async run<T>(begin: string, work: () => Promise<T>): Promise<T> {
    this.#expectNone()
    return this.#finish(
      async () => {
        await this.#execute(begin)
        return work()
      },
      () => this.#execute('COMMIT'),
    )
  }

  /** The same for a transaction that only reads: neither its beginning nor its end is waited for. */
  async runReading<T>(begin: string, work: () => Promise<T>): Promise<T> {
    this.#expectNone()
    const begun = this.#execute(begin)
    begun.catch(() => undefined)
    return this.#finish(
      async () => {
        const result = await work()
        await begun
        return result
      },
      async () => void this.#execute('COMMIT').catch(() => undefined),
    )
  }

  /** Statements of two transactions at once would be those of one. */
  #expectNone(): void {
    if (this.#isOpen) throw new Error('A transaction was begun within another')
  }

  async #finish<T>(work: () => Promise<T>, commit: () => Promise<unknown>): Promise<T> {
    this.#isOpen = true
    try {
      const result = await work()
      await commit()
      return result
    } catch (error) {
      // An error of the ROLLBACK (a lost connection) would hide the one that matters.
      await this.#rollBack().catch(() => undefined)
      throw error
    } finally {
      this.#isOpen = false
    }
  }
}

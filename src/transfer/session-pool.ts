import type { Session } from '../postgres/session.ts'

interface Waiting {
  readonly resolve: (session: Session) => void
  readonly reject: (error: unknown) => void
}

/** Sessions that several works share: each has one to itself for a while, and who comes when none is left stands in line. */
export class SessionPool {
  /** Only for whoever knows that nobody else has one of them. */
  readonly all: readonly Session[]
  readonly #idle: Session[]
  readonly #line: Waiting[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(sessions: readonly Session[]) {
    this.all = sessions
    this.#idle = [...sessions]
  }

  /** A session, which must be given back. */
  take(): Promise<Session> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    const session = this.#idle.pop()
    if (session !== undefined) return Promise.resolve(session)
    if (this.all.length === 0) return Promise.reject(new Error('A pool without sessions'))
    return new Promise((resolve, reject) => this.#line.push({ resolve, reject }))
  }

  /** Runs a statement on every session, once nobody has any of them. */
  async executeOnAll(sql: string): Promise<void> {
    const taken = await Promise.all(this.all.map(() => this.take()))
    await Promise.all(taken.map((session) => session.execute(sql))).catch((error: unknown) => {
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

import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import { SnapshotTaker } from '../progress/progress-snapshot.ts'
import { listenForWatchers, sendProgress } from '../state/progress-channel.ts'

const TICK_MS = 500
/** While nothing moves, too: whoever watches then knows that the run lives. */
const AT_LEAST_EVERY_MS = 2000
/** Whoever watches asks again before that. */
const WANTED_FOR_MS = 30_000

/**
 * Tells how far a run has come to those who watch it from elsewhere, over a session of its own: at most twice a second, and nothing while
 * nobody asks. What fails here ends the telling and nothing else.
 */
export class ProgressBroadcast {
  readonly #taker: SnapshotTaker
  /** The session that it tells over; undefined if there is none to be had. */
  readonly session: Promise<Session | undefined>
  readonly #timer: NodeJS.Timeout
  #wantedUntilMs = 0
  #sentMs = 0
  #hasNews = false
  #sending: Promise<void> | undefined

  constructor(target: Database, runId: number, profile: string) {
    this.#taker = new SnapshotTaker(runId, profile)
    this.session = this.#open(target)
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** Takes in an event of the run. */
  observe(event: ProgressEvent): void {
    // To tell of progress is a statement, too.
    if (event.type === 'statement') return
    this.#taker.observe(event, Date.now())
    this.#hasNews = true
  }

  /** Tells the last of it and lets the session go. Never throws. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sending
    const session = await this.session
    if (this.#isWanted()) await this.#send()
    void session?.end()
  }

  async #open(target: Database): Promise<Session | undefined> {
    try {
      const session = await target.session()
      // These transactions have nothing to lose.
      await session.execute('SET synchronous_commit = off')
      await listenForWatchers(session, () => {
        this.#wantedUntilMs = Date.now() + WANTED_FOR_MS
        this.#sentMs = 0
      })
      return session
    } catch {
      return undefined
    }
  }

  #tick(): void {
    const isDue = this.#hasNews || Date.now() - this.#sentMs >= AT_LEAST_EVERY_MS
    if (!isDue || !this.#isWanted() || this.#sending !== undefined) return
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  #isWanted(): boolean {
    return Date.now() < this.#wantedUntilMs
  }

  async #send(): Promise<void> {
    const session = await this.session
    if (session === undefined) return
    this.#sentMs = Date.now()
    this.#hasNews = false
    try {
      await sendProgress(session, this.#taker.take(Date.now()))
    } catch {
      // The session is gone, or the run is being stopped: nothing more can be told.
      this.#wantedUntilMs = 0
    }
  }
}

import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import type { ProgressEvent } from '../progress/progress.ts'
import { SnapshotTaker } from '../progress/progress-snapshot.ts'
import { listenForWatchers, sendProgress } from '../state/progress-channel.ts'

const TICK_MS = 500
/** A shorter run is over before anyone could watch it, and needs no session for that. */
const OPENED_AFTER_MS = 1000
/** Sent even while nothing moves, so that a watcher knows that the run is alive. */
const AT_LEAST_EVERY_MS = 2000
/** A watcher asks again before this time has passed. */
const WANTED_FOR_MS = 30_000

/**
 * Reports the progress of a run to watchers in other processes, over its own session: at most twice a second, and only while a watcher
 * asks. An error here ends the reports and nothing else.
 */
export class ProgressBroadcast {
  readonly #target: Database
  readonly #taker: SnapshotTaker
  readonly #timer: NodeJS.Timeout
  readonly #startedMs = Date.now()
  #session: Promise<Session | undefined> | undefined
  #wantedUntilMs = 0
  #sentMs = 0
  #hasNews = false
  #sending: Promise<void> | undefined

  constructor(target: Database, runId: number, profile: string) {
    this.#target = target
    this.#taker = new SnapshotTaker(runId, profile)
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** Gives the session that it reports over, and opens it if there is none yet; undefined if none could be opened. */
  session(): Promise<Session | undefined> {
    this.#session ??= this.#open()
    return this.#session
  }

  /** Takes in an event of the run. */
  observe(event: ProgressEvent): void {
    // A report of progress is a statement, too.
    if (event.type === 'statement') return
    this.#taker.observe(event, Date.now())
    this.#hasNews = true
  }

  /** Sends the last report and closes the session. Never throws. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sending
    const session = await this.#session
    if (this.#isWanted()) await this.#send()
    void session?.end()
  }

  async #open(): Promise<Session | undefined> {
    try {
      const session = await this.#target.session()
      // These transactions write nothing that could be lost.
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
    if (Date.now() - this.#startedMs >= OPENED_AFTER_MS) void this.session()
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
    const session = await this.session()
    if (session === undefined) return
    this.#sentMs = Date.now()
    this.#hasNews = false
    try {
      await sendProgress(session, this.#taker.take(Date.now()))
    } catch {
      // The session is lost, or the run is being stopped: no more reports are possible.
      this.#wantedUntilMs = 0
    }
  }
}

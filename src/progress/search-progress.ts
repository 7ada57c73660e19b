import type { SearchStep } from './phases.ts'
import type { ProgressEvent } from './progress.ts'
import type { SearchSnapshot } from './snapshots.ts'

/** How far the search indexes of a run have come. */
export class SearchProgress {
  /** The search index that is under way. */
  searchIndex: string | undefined
  /** What is done for it. */
  step: SearchStep | undefined
  /** Documents of it to send, and those that the server has answered. */
  planned = 0
  answered = 0
  rejected = 0
  deletions = 0
  deleted = 0
  /** Documents that the server works on, once everything was sent. */
  ingesting: number | undefined
  /** Of all search indexes of the run. */
  indexes = 0
  /** Those that could not be brought up to date. */
  failed = 0
  allAnswered = 0
  allRejected = 0
  allDeleted = 0
  #startedMs = 0

  observe(event: ProgressEvent, nowMs: number): void {
    if (event.type === 'search-step') {
      if (event.searchIndex !== this.searchIndex) this.#begin(event.searchIndex)
      this.step = event.step
    } else if (event.type === 'search-ended') {
      if (!event.isUpToDate) this.failed += 1
    } else if (event.type === 'documents-planned') {
      if (event.searchIndex === this.searchIndex) this.#sendAgain()
      else this.#begin(event.searchIndex)
      this.step = 'sending'
      this.planned = event.changed
      this.deletions = event.deletions
      this.answered = 0
      this.rejected = 0
      this.deleted = 0
      this.ingesting = undefined
      this.#startedMs = nowMs
    } else if (event.type === 'documents-answered') {
      this.step = 'sending'
      this.answered += event.indexed + event.rejected
      this.rejected += event.rejected
      this.allAnswered += event.indexed + event.rejected
      this.allRejected += event.rejected
    } else if (event.type === 'documents-deleted') {
      this.deleted += event.deleted
      this.allDeleted += event.deleted
    } else if (event.type === 'documents-ingesting') {
      this.ingesting = event.left
    }
  }

  #begin(searchIndex: string): void {
    this.indexes += 1
    this.searchIndex = searchIndex
    this.planned = 0
    this.rejected = 0
    this.deletions = 0
    this.ingesting = undefined
  }

  /** What one pass had rejected is sent again by the next, and counts once. */
  #sendAgain(): void {
    this.allAnswered -= this.rejected
    this.allRejected -= this.rejected
  }

  snapshot(nowMs: number): SearchSnapshot {
    return {
      ...(this.searchIndex === undefined ? {} : { searchIndex: this.searchIndex }),
      ...(this.step === undefined ? {} : { step: this.step }),
      ...(this.ingesting === undefined ? {} : { ingesting: this.ingesting }),
      ms: this.#startedMs === 0 ? 0 : nowMs - this.#startedMs,
      planned: this.planned,
      answered: this.answered,
      rejected: this.rejected,
      deletions: this.deletions,
      deleted: this.deleted,
      indexes: this.indexes,
      failed: this.failed,
      allAnswered: this.allAnswered,
      allRejected: this.allRejected,
      allDeleted: this.allDeleted,
    }
  }

  /** Goes on from a snapshot. */
  restore({ ms, searchIndex, step, ingesting, ...figures }: SearchSnapshot, nowMs: number): void {
    this.#startedMs = nowMs - ms
    this.searchIndex = searchIndex
    this.step = step
    this.ingesting = ingesting
    Object.assign(this, figures)
  }

  /** Whether documents are on their way, of which is known how many there are. */
  get isSending(): boolean {
    const isOnTheWay = this.step === 'sending' && this.ingesting === undefined
    return isOnTheWay && this.answered + this.deleted < this.planned + this.deletions
  }

  /** At the rate so far; undefined before anything was answered. */
  secondsLeft(nowMs: number): number | undefined {
    const done = this.answered + this.deleted
    if (done === 0) return undefined
    const left = this.planned + this.deletions - done
    return (left * (nowMs - this.#startedMs)) / done / 1000
  }
}

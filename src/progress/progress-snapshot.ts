import type { ProgressEvent } from './progress.ts'
import { RunProgress } from './run-progress.ts'
import type { PhaseSnapshot } from './snapshots.ts'

/** Something that a run told in words. */
export interface Note {
  /** Counts up from 1. */
  readonly number: number
  readonly type: 'info' | 'warning'
  readonly message: string
  readonly hint?: string | undefined
}

/** The whole progress of a run at one moment: whoever sees one needs none of those before. */
export interface ProgressSnapshot {
  readonly runId: number
  readonly profile: string
  /** Those that have ended, and the one that is under way. */
  readonly phases: readonly PhaseSnapshot[]
  /** The last few. */
  readonly notes: readonly Note[]
}

const MOST_NOTES = 5
const LONGEST_NOTE = 300

/** Adds up the events of a run, to tell at any moment how far it has come as a whole. */
export class SnapshotTaker {
  readonly #runId: number
  readonly #profile: string
  readonly #progress = new RunProgress()
  readonly #ended: PhaseSnapshot[] = []
  #notes: readonly Note[] = []

  constructor(runId: number, profile: string) {
    this.#runId = runId
    this.#profile = profile.slice(0, LONGEST_NOTE)
  }

  observe(event: ProgressEvent, nowMs: number): void {
    if (event.type === 'phase') this.#ended.push(...this.#current(nowMs))
    if (event.type === 'info' || event.type === 'warning') this.#note(event)
    this.#progress.observe(event, nowMs)
  }

  take(nowMs: number): ProgressSnapshot {
    return {
      runId: this.#runId,
      profile: this.#profile,
      phases: [...this.#ended, ...this.#current(nowMs)],
      notes: this.#notes,
    }
  }

  #current(nowMs: number): PhaseSnapshot[] {
    const snapshot = this.#progress.snapshot(nowMs)
    return snapshot === undefined ? [] : [snapshot]
  }

  #note({ type, message, hint }: ProgressEvent & { type: 'info' | 'warning'; hint?: string }): void {
    const note = {
      number: (this.#notes.at(-1)?.number ?? 0) + 1,
      type,
      message: message.slice(0, LONGEST_NOTE),
      ...(hint === undefined ? {} : { hint: hint.slice(0, LONGEST_NOTE) }),
    }
    this.#notes = [...this.#notes, note].slice(-MOST_NOTES)
  }
}

/** Turns the snapshots of a run back into events, for whoever shows them. */
export class SnapshotReplay {
  readonly #runId: number
  #phases = 0
  #note = 0

  constructor(runId: number) {
    this.#runId = runId
  }

  /** What a snapshot tells beyond those before; nothing if it is of another run, or older. */
  eventsOf({ runId, phases, notes }: ProgressSnapshot): ProgressEvent[] {
    if (runId !== this.#runId || phases.length < this.#phases) return []
    const events: ProgressEvent[] = []
    for (const [index, snapshot] of phases.entries()) {
      // The figures of a phase are told once more when the next one has begun: those are the last ones.
      if (index < this.#phases - 1) continue
      if (index >= this.#phases) events.push({ type: 'phase', phase: snapshot.phase })
      events.push({ type: 'snapshot', snapshot })
    }
    this.#phases = phases.length
    for (const { number, ...note } of notes) {
      if (number <= this.#note) continue
      this.#note = number
      const { type, message, hint } = note
      if (type === 'info') events.push({ type, message })
      else events.push({ type, message, ...(hint === undefined ? {} : { hint }) })
    }
    return events
  }
}

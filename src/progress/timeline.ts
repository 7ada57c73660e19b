import { displayName, nameKey, type TableName } from '../core/table-name.ts'
import type { Phase, Stage } from './phases.ts'
import type { ProgressEvent } from './progress.ts'
import { workKey } from './work-progress.ts'

/** What a run did when. Times are milliseconds since the run was opened. */
export interface Timeline {
  readonly phases: readonly PhaseSpan[]
  /** In the order they began. */
  readonly spans: readonly WorkSpan[]
  /** Totals up to a moment, at even distances. */
  readonly samples: readonly Sample[]
}

/** When a phase went on. */
export interface PhaseSpan {
  readonly phase: Phase
  readonly from: number
  readonly to: number
}

/** A piece of work: a part that was copied, indexes that were built, a table that was compared, rows that were kept for a rollback, changes that were written, documents that were sent. */
export interface WorkSpan {
  readonly kind: (typeof SPAN_KINDS)[number]
  /** Counts from 1: no two pieces of one worker and kind overlap. */
  readonly worker: number
  /** A table as people write it, or a search index; empty for changes that one statement wrote to all tables. */
  readonly name: string
  readonly part: number
  readonly parts: number
  readonly from: number
  readonly to: number
  readonly rows: number
  /** COPY bytes; 0 of what is not copied. */
  readonly bytes: number
}

/** COPY bytes and documents that had been moved by a moment. */
export interface Sample {
  readonly at: number
  readonly bytes: number
  readonly documents: number
}

/** What {@link WorkSpan} can be. */
export const SPAN_KINDS = ['copy', 'build', 'compare', 'keep', 'write', 'index'] as const
/** What of the stages stands in the timeline. */
const STAGE_SPANS: Readonly<Partial<Record<Stage, 'build' | 'keep'>>> = {
  index: 'build',
  check: 'build',
  keep: 'keep',
}
/** Times are rounded, and durations come from another clock. */
const ROUNDING_MS = 2

type Unassigned = Omit<WorkSpan, 'worker'>

const FIRST_SAMPLE_EVERY_MS = 250
const MOST_SAMPLES = 400
/** A run of more pieces keeps the longest of them. */
const MOST_SPANS = 1500

/** Notes from its events when a run did what. Its memory is bounded, however long the run. It has no clock: every call is told the time. */
export class TimelineRecorder {
  readonly #startedMs: number
  readonly #phases: { phase: Phase; from: number; to: number }[] = []
  readonly #running = new Map<string, number>()
  #spans: Unassigned[] = []
  #samples: Sample[] = []
  #sampleEveryMs = FIRST_SAMPLE_EVERY_MS
  #bytes = 0
  #documents = 0
  #index: { name: string; from: number; documents: number } | undefined
  #comparedUntil: number | undefined

  constructor(nowMs: number) {
    this.#startedMs = nowMs
  }

  observe(event: ProgressEvent, nowMs: number): void {
    const at = Math.round(nowMs - this.#startedMs)
    switch (event.type) {
      case 'phase':
        this.#endPhase(at)
        this.#phases.push({ phase: event.phase, from: at, to: at })
        break
      case 'part-started':
        this.#running.set(partKey(event), at)
        break
      case 'part-finished':
        this.#finishPart(event, at)
        break
      case 'work-started':
        this.#running.set(workKey(event), at)
        break
      case 'work-finished':
        this.#finishWork(event, at)
        break
      case 'bytes':
        this.#bytes += event.bytes
        this.#sample(at)
        break
      case 'table-compared':
        this.#comparedUntil = at
        this.#addUntil(at, 'compare', { rows: event.changedRows, ...event })
        break
      case 'rows-written':
        this.#comparedUntil = undefined
        this.#addUntil(at, 'write', event)
        break
      case 'documents-planned':
        this.#endIndex(at)
        this.#index = { name: event.searchIndex, from: at, documents: 0 }
        break
      case 'documents-answered':
        this.#addDocuments(event.indexed + event.rejected, at)
        break
      case 'documents-deleted':
        this.#addDocuments(event.deleted, at)
        break
    }
  }

  /** What has been noted, with everything that is under way ended now. */
  end(nowMs: number): Timeline {
    const at = Math.round(nowMs - this.#startedMs)
    this.#endPhase(at)
    return { phases: this.#phases, spans: assignWorkers(this.#spans), samples: this.#samples }
  }

  #addUntil(
    at: number,
    kind: 'compare' | 'write',
    { table, rows, durationMs }: { table: TableName; rows: number; durationMs: number },
  ): void {
    this.#add({
      kind,
      name: displayName(table),
      from: Math.max(0, Math.round(at - durationMs)),
      to: at,
      rows,
    })
  }

  #finishPart(event: ProgressEvent & { type: 'part-finished' }, at: number): void {
    const { part, parts, rows, bytes } = event
    const from = this.#running.get(partKey(event)) ?? at
    this.#running.delete(partKey(event))
    this.#add({ kind: 'copy', name: displayName(event.table), part, parts, from, to: at, rows, bytes })
  }

  #finishWork(event: ProgressEvent & { type: 'work-finished' }, at: number): void {
    const from = this.#running.get(workKey(event)) ?? at
    this.#running.delete(workKey(event))
    const kind = STAGE_SPANS[event.stage]
    if (kind !== undefined) this.#add({ kind, name: event.name, from, to: at, rows: 0 })
  }

  #addDocuments(count: number, at: number): void {
    this.#documents += count
    if (this.#index !== undefined) this.#index.documents += count
    this.#sample(at)
  }

  #endPhase(at: number): void {
    const phase = this.#phases.at(-1)
    if (phase === undefined) return
    phase.to = at
    // What moved since the last sample belongs to this phase, however long the next one is.
    this.#samples.push({ at, bytes: this.#bytes, documents: this.#documents })
    if (phase.phase === 'merge' && this.#comparedUntil !== undefined) {
      this.#add({ kind: 'write', name: '', from: this.#comparedUntil, to: at, rows: 0 })
      this.#comparedUntil = undefined
    }
    this.#endIndex(at)
  }

  #endIndex(at: number): void {
    const index = this.#index
    this.#index = undefined
    if (index === undefined) return
    this.#add({ kind: 'index', name: index.name, from: index.from, to: at, rows: index.documents })
  }

  #add(
    span: Omit<Unassigned, 'part' | 'parts' | 'bytes'> &
      Partial<Pick<Unassigned, 'part' | 'parts' | 'bytes'>>,
  ): void {
    this.#spans.push({ part: 1, parts: 1, bytes: 0, ...span })
    if (this.#spans.length >= 2 * MOST_SPANS) this.#spans = longest(this.#spans)
  }

  #sample(at: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && at - last.at < this.#sampleEveryMs) return
    this.#samples.push({ at, bytes: this.#bytes, documents: this.#documents })
    if (this.#samples.length < MOST_SAMPLES) return
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0)
    this.#sampleEveryMs *= 2
  }
}

function longest(spans: readonly Unassigned[]): Unassigned[] {
  return [...spans].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST_SPANS)
}

/** Pieces that overlap were done by different workers; each goes to the first one that is free. */
function assignWorkers(spans: readonly Unassigned[]): WorkSpan[] {
  const freeFrom: Record<string, number[]> = {}
  const inOrder = longest(spans).sort((a, b) => a.from - b.from || a.to - b.to)
  return inOrder.map((span) => {
    const workers = freeFrom[span.kind] ?? []
    freeFrom[span.kind] = workers
    const free = workers.findIndex((from) => from <= span.from + ROUNDING_MS)
    const worker = free === -1 ? workers.length : free
    workers[worker] = span.to
    return { worker: worker + 1, ...span }
  })
}

function partKey(event: ProgressEvent & { type: 'part-started' | 'part-finished' }): string {
  return `${event.part} ${nameKey(event.table)}`
}

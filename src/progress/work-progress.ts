import { sum } from '../core/sum.ts'
import type { Stage } from './phases.ts'
import type { ProgressEvent } from './progress.ts'
import type { WorkSnapshot } from './snapshots.ts'

/** A piece of work that is under way. */
export interface RunningWork {
  readonly stage: Stage
  /** A table as people write it, or what else is worked on. */
  readonly name: string
  readonly amount: number
  /** Since when, in milliseconds of the caller's clock. */
  readonly sinceMs: number
  /** What the server says, or what is to be expected by now: from 0 to 1. */
  readonly fraction: number
}

/** How far a stage has come at one moment. */
export interface StageState {
  readonly stage: Stage
  readonly done: number
  readonly total: number
  /** From 0 to 1. It never falls, and is 1 only when all is done. */
  readonly fraction: number
  /** Undefined until something shows how fast it goes. */
  readonly secondsLeft: number | undefined
}

interface Running {
  readonly stage: Stage
  readonly name: string
  readonly amount: number
  readonly sinceMs: number
  reported: number
}

/** What a second does before anything has shown it, by the unit of the stage: never too fast, so that a bar goes on moving. */
const USUAL_PER_SECOND: Readonly<Record<Stage, number>> = {
  compare: 150_000,
  keep: 100_000,
  write: 25_000,
  prove: 500_000,
  index: 20_000_000,
  check: 0.2,
  analyze: 1,
  refresh: 0.2,
  create: 200,
}

/** How much of a piece may be taken for done before the server says so. */
const LARGEST_UNFINISHED = 0.999
/** Up to this share of the time that is expected of it, a piece is taken to be going as expected; then it slows down. */
const STEADY = 0.8
/** So many pieces are told to those who watch from elsewhere. */
const MOST_TOLD = 8
const LONGEST_NAME = 100
/** What the server reports of less is too little to go by. */
const LEAST_REPORTED = 0.02
/** The share of a stage that must be done before its rate counts. */
const WORTH_MEASURING = 0.02
/** A countdown goes on by itself unless the new estimate is that much longer. */
const WORTH_CORRECTING = 1.25

/**
 * Adds up the stages of a phase: pieces of work whose size is known, one after the other or side by side. Within a piece, what the server reports
 * counts, and where it reports nothing, the time that such pieces have taken so far. It has no clock: every call is told the time.
 */
export class WorkProgress {
  readonly #stages = new Map<Stage, StageFigures>()
  readonly #running = new Map<string, Running>()
  #last: Stage | undefined

  observe(event: ProgressEvent, nowMs: number): void {
    switch (event.type) {
      case 'stage-planned':
        this.#last = event.stage
        this.#figuresOf(event.stage, nowMs).total += event.total
        break
      case 'work-started':
        this.#last = event.stage
        this.#start(event, nowMs)
        break
      case 'work-finished':
        this.#finish(event, nowMs)
        break
      case 'server-progress':
        for (const { stage, name, fraction } of event.works) {
          const running = this.#running.get(workKey({ stage, name }))
          if (running !== undefined) running.reported = Math.max(running.reported, fraction)
        }
        break
    }
  }

  /** The stage that is under way; undefined while there is none. */
  at(nowMs: number): StageState | undefined {
    const stage = this.#current()
    return stage === undefined ? undefined : this.stateOf(stage, nowMs)
  }

  /** How far a stage has come; undefined if it is none of the phase. */
  stateOf(stage: Stage, nowMs: number): StageState | undefined {
    const figures = this.#stages.get(stage)
    if (figures === undefined) return undefined
    const { total } = figures
    const done = figures.done + this.#doneWithin(stage, nowMs)
    const isDone = figures.done >= total
    const fraction = total === 0 ? 0 : isDone ? 1 : Math.min(LARGEST_UNFINISHED, done / total)
    figures.shown = Math.max(figures.shown, fraction)
    const secondsLeft = isDone ? 0 : figures.countDown(nowMs, this.#leftMs(stage, nowMs))
    return { stage, done: Math.min(total, Math.floor(done)), total, fraction: figures.shown, secondsLeft }
  }

  /** What is under way, in the order it began. */
  running(nowMs: number): readonly RunningWork[] {
    return [...this.#running.values()].map(({ reported: _, ...work }) => {
      return { ...work, fraction: this.#fractionOf(work.stage, workKey(work), nowMs) }
    })
  }

  snapshot(nowMs: number): WorkSnapshot | undefined {
    const stage = this.#current()
    const figures = stage === undefined ? undefined : this.#stages.get(stage)
    if (stage === undefined || figures === undefined) return undefined
    const own = [...this.#running.values()].filter((work) => work.stage === stage)
    const running = own.slice(0, MOST_TOLD).map(({ name, sinceMs, amount, reported }) => {
      return { name: name.slice(0, LONGEST_NAME), ms: nowMs - sinceMs, amount, reported }
    })
    const { done, total, startedMs, busyMs } = figures
    return { stage, ms: nowMs - startedMs, busyMs, done, total, running }
  }

  /** Goes on from a snapshot. */
  restore({ stage, ms, busyMs, done, total, running }: WorkSnapshot, nowMs: number): void {
    const figures = this.#figuresOf(stage, nowMs - ms)
    Object.assign(figures, { total, done, busyMs })
    this.#last = stage
    this.#running.clear()
    for (const { ms: tookMs, ...work } of running)
      this.#running.set(workKey({ stage, name: work.name }), { stage, sinceMs: nowMs - tookMs, ...work })
  }

  #start({ stage, name, amount }: ProgressEvent & { type: 'work-started' }, nowMs: number): void {
    this.#running.set(workKey({ stage, name }), { stage, name, amount, sinceMs: nowMs, reported: 0 })
  }

  #finish(event: ProgressEvent & { type: 'work-finished' }, nowMs: number): void {
    const key = workKey(event)
    const running = this.#running.get(key)
    this.#running.delete(key)
    if (running === undefined) return
    const figures = this.#figuresOf(event.stage, nowMs)
    figures.done += running.amount
    figures.busyMs += nowMs - running.sinceMs
  }

  /** The last one that began, as long as it has work left; else another that has. */
  #current(): Stage | undefined {
    const hasLeft = (stage: Stage) => {
      const { done = 0, total = 0 } = this.#stages.get(stage) ?? {}
      return done < total
    }
    if (this.#last !== undefined && hasLeft(this.#last)) return this.#last
    return [...this.#stages.keys()].find(hasLeft) ?? this.#last
  }

  #doneWithin(stage: Stage, nowMs: number): number {
    let done = 0
    for (const [key, work] of this.#running)
      if (work.stage === stage) done += work.amount * this.#fractionOf(stage, key, nowMs)
    return done
  }

  #fractionOf(stage: Stage, key: string, nowMs: number): number {
    const work = this.#running.get(key)
    if (work === undefined) return 0
    const expectedMs = Math.max(1000, (work.amount / this.#perSecond(stage)) * 1000)
    return work.reported > 0 ? work.reported : expectedShare((nowMs - work.sinceMs) / expectedMs)
  }

  /** Until the pieces that run are done, and then those that wait; undefined while nothing shows how long that takes. */
  #leftMs(stage: Stage, nowMs: number): number | undefined {
    const figures = this.#stages.get(stage)
    const own = [...this.#running.values()].filter((work) => work.stage === stage)
    if (figures === undefined) return undefined
    const perMs = this.#perSecond(stage) / 1000
    const lefts = own.map(({ amount, sinceMs, reported }) => {
      const tookMs = nowMs - sinceMs
      if (reported >= LEAST_REPORTED) return (tookMs * (1 - reported)) / reported
      const leftMs = amount / perMs - tookMs
      return this.#isMeasured(stage) && leftMs > 0 ? leftMs : undefined
    })
    if (lefts.includes(undefined)) return undefined
    const waiting = Math.max(0, figures.total - figures.done - sum(own.map(({ amount }) => amount)))
    if (waiting > 0 && !this.#isMeasured(stage)) return undefined
    return Math.max(0, ...lefts.map((leftMs = 0) => leftMs)) + waiting / (perMs * Math.max(1, own.length))
  }

  /** Of one worker. */
  #perSecond(stage: Stage): number {
    const { done = 0, busyMs = 0 } = this.#stages.get(stage) ?? {}
    return this.#isMeasured(stage) && busyMs > 0 ? (done / busyMs) * 1000 : USUAL_PER_SECOND[stage]
  }

  /** A few small pieces show nothing: what takes time in them is not their amount. */
  #isMeasured(stage: Stage): boolean {
    const { done = 0, total = 0 } = this.#stages.get(stage) ?? {}
    return done > total * WORTH_MEASURING
  }

  #figuresOf(stage: Stage, nowMs: number): StageFigures {
    const known = this.#stages.get(stage) ?? new StageFigures(nowMs)
    this.#stages.set(stage, known)
    return known
  }
}

/** What a stage adds up to. */
class StageFigures {
  total = 0
  done = 0
  /** The time that its finished pieces took, added up. */
  busyMs = 0
  shown = 0
  readonly startedMs: number
  #endsMs: number | undefined

  constructor(startedMs: number) {
    this.startedMs = startedMs
  }

  countDown(nowMs: number, leftMs: number | undefined): number | undefined {
    if (leftMs === undefined) {
      this.#endsMs = undefined
      return undefined
    }
    const known = this.#endsMs === undefined ? undefined : this.#endsMs - nowMs
    if (known === undefined || leftMs < known || leftMs > known * WORTH_CORRECTING)
      this.#endsMs = nowMs + leftMs
    return Math.max(0, (this.#endsMs ?? nowMs) - nowMs) / 1000
  }
}

/** What is done of a piece when so much of the time has passed that was expected: ever less, and never all of it. */
function expectedShare(passed: number): number {
  if (passed <= STEADY) return passed
  const rest = 1 - STEADY
  return 1 - rest * Math.exp(-(passed - STEADY) / rest)
}

/** What tells a piece of work from the others that are under way. */
export function workKey({ stage, name }: { readonly stage: Stage; readonly name: string }): string {
  return `${stage} ${name}`
}

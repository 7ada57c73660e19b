import { sum } from '../core/sum.ts'
import { groupByTable, TableMap } from '../core/table-map.ts'
import { nameKey, type TableName } from '../core/table-name.ts'
import type { ProgressEvent } from './progress.ts'
import type { CopyPlan, CopySnapshot, StartedPart } from './snapshots.ts'

/** A table of which parts are being read now. */
export interface RunningTable {
  readonly table: TableName
  readonly parts: number
  readonly finishedParts: number
  readonly bytes: number
  /** What the catalog leads to expect of the table, corrected by the parts that have finished. */
  readonly expectedBytes: number
}

/** How far landing has come at one moment. */
export interface CopyProgress {
  readonly doneBytes: number
  /** An estimate until all is done, and never less than `doneBytes`. */
  readonly totalBytes: number
  /** From 0 to 1. It never falls, and is 1 only when every part has finished. */
  readonly fraction: number
  /** Rows of finished parts, and an estimate of those in running ones. */
  readonly rows: number
  readonly bytesPerSecond: number
  readonly rowsPerSecond: number
  /** Unknown before anything has been planned, and while nothing moves. */
  readonly secondsLeft: number | undefined
}

/** How much of the plan the finished parts are weighed against, so that a few tiny ones do not mislead. */
const PRIOR_WEIGHT = 0.05
/** What a landing that has not ended may claim at most. */
const LARGEST_UNFINISHED_FRACTION = 0.999
/** How far back rates look: long enough to be calm, short enough to show a stall. */
const RATE_WINDOW_MS = 10_000
const SAMPLE_EVERY_MS = 200

/**
 * Turns the events of landing into progress. The catalog only knows sizes on disk; COPY text is larger or smaller
 * by a factor that the finished parts reveal, and that corrects what is still to come.
 * It has no clock: every call is told the time in milliseconds.
 */
export class ByteEstimate {
  readonly #running = new Map<string, Omit<StartedPart, 'bytes'> & { bytes: number }>()
  /** Totals over the rate window, oldest first; the first is as old as the window or older once that has passed. */
  readonly #samples: { readonly ms: number; readonly bytes: number; readonly rows: number }[] = []
  /** By table, of those that are under way. */
  readonly #tables = new TableMap<{ parts: number; bytes: number; estimatedBytes: number }>()
  #planned: CopyPlan = { parts: Number.POSITIVE_INFINITY, estimatedBytes: 0, estimatedRows: 0 }
  #finished = { parts: 0, estimatedBytes: 0, bytes: 0, rows: 0 }
  #runningBytes = 0
  #fraction = 0
  #rows = 0

  /** Takes in an event of landing; others are ignored. */
  observe(event: ProgressEvent, nowMs: number): void {
    if (event.type === 'copy-planned') {
      this.#planned = event
      this.#sample(nowMs)
    } else if (event.type === 'part-started') {
      this.#drop(event)
      this.#running.set(partKey(event), { bytes: 0, ...event })
    } else if (event.type === 'bytes') {
      this.#addBytes(event, nowMs)
    } else if (event.type === 'part-finished') {
      this.#drop(event)
      this.#finished.parts += 1
      this.#finished.estimatedBytes += event.estimatedBytes
      this.#finished.bytes += event.bytes
      this.#finished.rows += event.rows
      this.#finishPart(event)
      this.#sample(nowMs)
    }
  }

  /** The progress at a time that is not before that of the last event. */
  at(nowMs: number): CopyProgress {
    const doneBytes = this.#doneBytes()
    const totalBytes = this.#totalBytes()
    const rows = this.#countRows()
    this.#fraction = Math.max(this.#fraction, this.#fractionOf(doneBytes, totalBytes))
    const { bytesPerSecond, rowsPerSecond } = this.#ratesAt(nowMs, doneBytes, rows)
    const left = bytesPerSecond > 0 ? (totalBytes - doneBytes) / bytesPerSecond : undefined
    const secondsLeft = this.#isDone() ? 0 : left
    return {
      doneBytes,
      totalBytes,
      fraction: this.#fraction,
      rows,
      bytesPerSecond,
      rowsPerSecond,
      secondsLeft,
    }
  }

  /** The tables that are being read now, in the order their parts started. Parts of a table are about equally large. */
  get running(): readonly RunningTable[] {
    const ratio = this.#ratio()
    return [...groupByTable(this.#running.values(), ({ table }) => table)].map(([table, own]) => {
      const [{ parts } = { parts: 0 }] = own
      const finished = this.#tables.get(table) ?? { parts: 0, bytes: 0, estimatedBytes: 0 }
      const bytes = finished.bytes + sum(own.map((part) => part.bytes))
      const estimated = finished.estimatedBytes + sum(own.map((part) => part.estimatedBytes))
      const known = finished.parts + own.length
      const expected = Math.round((estimated / known) * parts * ratio)
      return { table, parts, finishedParts: finished.parts, bytes, expectedBytes: Math.max(bytes, expected) }
    })
  }

  #finishPart({ table, parts, bytes, estimatedBytes }: ProgressEvent & { type: 'part-finished' }): void {
    const finished = this.#tables.get(table) ?? { parts: 0, bytes: 0, estimatedBytes: 0 }
    finished.parts += 1
    finished.bytes += bytes
    finished.estimatedBytes += estimatedBytes
    if (finished.parts < parts) this.#tables.set(table, finished)
    else this.#tables.delete(table)
  }

  /** Whether something that was planned has not been read yet. */
  get isCopying(): boolean {
    return this.#planned.parts !== Number.POSITIVE_INFINITY && !this.#isDone()
  }

  /** All that is known; undefined before the plan is. */
  snapshot(): CopySnapshot | undefined {
    const { parts, estimatedBytes, estimatedRows } = this.#planned
    if (parts === Number.POSITIVE_INFINITY) return undefined
    const running = Array.from(this.#running.values(), (started) => {
      return {
        table: started.table,
        part: started.part,
        parts: started.parts,
        bytes: started.bytes,
        estimatedBytes: started.estimatedBytes,
      }
    })
    return { planned: { parts, estimatedBytes, estimatedRows }, finished: { ...this.#finished }, running }
  }

  /** Goes on from a snapshot, whatever was known before. Rates are those at which snapshots grow. */
  restore({ planned, finished, running }: CopySnapshot, nowMs: number): void {
    this.#planned = planned
    this.#finished = { ...finished }
    this.#running.clear()
    this.#runningBytes = 0
    for (const part of running) {
      this.#running.set(partKey(part), { ...part })
      this.#runningBytes += part.bytes
    }
    this.#sample(nowMs)
  }

  #addBytes(event: ProgressEvent & { type: 'bytes' }, nowMs: number): void {
    const running = this.#running.get(partKey(event))
    if (running === undefined) return
    running.bytes += event.bytes
    this.#runningBytes += event.bytes
    this.#sample(nowMs)
  }

  #drop(event: { readonly table: TableName; readonly part: number }): void {
    const key = partKey(event)
    this.#runningBytes -= this.#running.get(key)?.bytes ?? 0
    this.#running.delete(key)
  }

  #isDone(): boolean {
    return this.#finished.parts >= this.#planned.parts
  }

  #doneBytes(): number {
    return this.#finished.bytes + this.#runningBytes
  }

  /** Actual bytes for each estimated one. */
  #ratio(): number {
    const prior = this.#planned.estimatedBytes * PRIOR_WEIGHT
    const estimated = this.#finished.estimatedBytes + prior
    return estimated === 0 ? 1 : (this.#finished.bytes + prior) / estimated
  }

  #totalBytes(): number {
    if (this.#isDone()) return this.#finished.bytes
    const ratio = this.#ratio()
    let waiting = this.#planned.estimatedBytes - this.#finished.estimatedBytes
    let running = 0
    for (const { bytes, estimatedBytes } of this.#running.values()) {
      waiting -= estimatedBytes
      running += Math.max(bytes, estimatedBytes * ratio)
    }
    return Math.round(this.#finished.bytes + running + Math.max(0, waiting) * ratio)
  }

  #fractionOf(doneBytes: number, totalBytes: number): number {
    if (this.#isDone()) return 1
    const fraction = totalBytes === 0 ? this.#finished.parts / this.#planned.parts : doneBytes / totalBytes
    return Math.min(fraction, LARGEST_UNFINISHED_FRACTION)
  }

  /** Exact when all is done; until then it does not fall, although a part may hold fewer rows than expected. */
  #countRows(): number {
    if (this.#isDone()) return this.#finished.rows
    const { estimatedRows, estimatedBytes } = this.#planned
    const [rows, bytes] =
      this.#finished.rows > 0 ? [this.#finished.rows, this.#finished.bytes] : [estimatedRows, estimatedBytes]
    const running = bytes === 0 ? 0 : Math.round((this.#runningBytes * rows) / bytes)
    this.#rows = Math.max(this.#rows, this.#finished.rows + running)
    return this.#rows
  }

  #sample(ms: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && ms - last.ms < SAMPLE_EVERY_MS) return
    this.#samples.push({ ms, bytes: this.#doneBytes(), rows: this.#countRows() })
    while (this.#samples[1] !== undefined && this.#samples[1].ms <= ms - RATE_WINDOW_MS) this.#samples.shift()
  }

  #ratesAt(nowMs: number, bytes: number, rows: number): { bytesPerSecond: number; rowsPerSecond: number } {
    const isOld = ({ ms }: { readonly ms: number }) => ms <= nowMs - RATE_WINDOW_MS
    const first = this.#samples.findLast(isOld) ?? this.#samples[0]
    if (first === undefined || nowMs <= first.ms) return { bytesPerSecond: 0, rowsPerSecond: 0 }
    const seconds = (nowMs - first.ms) / 1000
    return {
      bytesPerSecond: Math.max(0, bytes - first.bytes) / seconds,
      rowsPerSecond: Math.max(0, rows - first.rows) / seconds,
    }
  }
}

function partKey({ table, part }: { readonly table: TableName; readonly part: number }): string {
  return `${part} ${nameKey(table)}`
}

import { ByteEstimate } from './byte-estimate.ts'
import { type CopiedTable, CopiedTables } from './copied-tables.ts'
import type { Phase } from './phases.ts'
import type { ProgressEvent } from './progress.ts'
import { SearchProgress } from './search-progress.ts'
import type { MergeSnapshot, PhaseSnapshot } from './snapshots.ts'
import { WorkProgress } from './work-progress.ts'

/** What the events of a job add up to so far. */
export class RunProgress {
  /** Of the phase that is under way: several phases of a job may copy rows. */
  copying = new ByteEstimate()
  /** The stages of that phase beside copying. */
  work = new WorkProgress()
  phase: Phase | undefined
  phaseStartedMs = 0
  /** What the phase has found that stands in the way. */
  problems = 0
  tablesCopied = 0
  /** Compressed bytes of the phase's finished parts. */
  storedBytes = 0
  readonly merge = new MergeProgress()
  readonly search = new SearchProgress()
  #copied = new CopiedTables()

  /** Takes in an event; returns the table that has been copied with it, if one has. */
  observe(event: ProgressEvent, nowMs: number): CopiedTable | undefined {
    if (event.type === 'phase') {
      this.phase = event.phase
      this.phaseStartedMs = nowMs
      this.problems = 0
      this.storedBytes = 0
      this.tablesCopied = 0
      this.copying = new ByteEstimate()
      this.work = new WorkProgress()
      this.#copied = new CopiedTables()
    } else if (event.type === 'snapshot') {
      this.#restore(event.snapshot, nowMs)
    } else if (event.type === 'problems-found') {
      this.problems += event.count
    } else if (event.type === 'part-finished') {
      this.storedBytes += event.storedBytes ?? 0
    }
    this.merge.observe(event)
    this.copying.observe(event, nowMs)
    this.work.observe(event, nowMs)
    this.search.observe(event, nowMs)
    const copied = this.#copied.observe(event, nowMs)
    if (copied !== undefined) this.tablesCopied += 1
    return copied
  }

  /** How far the phase has come that is under way; undefined before the first one. */
  snapshot(nowMs: number): PhaseSnapshot | undefined {
    const { phase } = this
    if (phase === undefined) return undefined
    const copying = this.copying.snapshot()
    const work = this.work.snapshot(nowMs)
    return {
      phase,
      ms: nowMs - this.phaseStartedMs,
      ...(copying === undefined ? {} : { copying, tablesCopied: this.tablesCopied }),
      ...(work === undefined ? {} : { work }),
      ...(this.storedBytes === 0 ? {} : { storedBytes: this.storedBytes }),
      ...(phase === 'merge' ? { merge: this.merge.snapshot() } : {}),
      ...(phase === 'search' ? { search: this.search.snapshot(nowMs) } : {}),
    }
  }

  #restore(
    { ms, copying, work, tablesCopied = 0, storedBytes = 0, merge, search }: PhaseSnapshot,
    nowMs: number,
  ) {
    this.phaseStartedMs = nowMs - ms
    this.tablesCopied = tablesCopied
    this.storedBytes = storedBytes
    if (copying !== undefined) this.copying.restore(copying, nowMs)
    if (work !== undefined) this.work.restore(work, nowMs)
    if (merge !== undefined) this.merge.restore(merge)
    if (search !== undefined) this.search.restore(search, nowMs)
  }
}

/** What a merge has done: tables are compared first, then the rows that differ are written. */
export class MergeProgress {
  tables = 0
  compared = 0
  merged = 0
  /** Rows that differ, in the tables that have been compared. */
  rowsChanged = 0
  rowsWritten = 0

  observe(event: ProgressEvent): void {
    switch (event.type) {
      case 'merge-planned':
        this.tables = event.tables
        break
      case 'table-compared':
        this.compared += 1
        this.rowsChanged += event.changedRows
        break
      case 'rows-written':
        this.rowsWritten += event.rows
        break
      case 'table-merged':
        this.merged += 1
        break
    }
  }

  snapshot(): MergeSnapshot {
    const { tables, compared, merged, rowsChanged, rowsWritten } = this
    return { tables, compared, merged, rowsChanged, rowsWritten }
  }

  restore({ tables, compared, merged, rowsChanged, rowsWritten = 0 }: MergeSnapshot): void {
    Object.assign(this, { tables, compared, merged, rowsChanged, rowsWritten })
  }
}

import type { ProgressEvent } from './progress.ts'
import type { MergeSnapshot } from './progress-snapshot.ts'

/** How far a merge has come: tables are compared first, then the rows that differ are written. */
export class MergeProgress {
  tables = 0
  compared = 0
  merged = 0
  /** Rows that differ, in the tables that have been compared. */
  rowsChanged = 0
  rowsWritten = 0
  #writingSinceMs = 0
  #lastMs = 0

  observe(event: ProgressEvent, nowMs: number): void {
    switch (event.type) {
      case 'merge-planned':
        this.tables = event.tables
        break
      case 'table-compared':
        this.compared += 1
        this.rowsChanged += event.changedRows
        this.#writingSinceMs = nowMs
        break
      case 'rows-written':
        this.rowsWritten += event.rows
        this.#lastMs = nowMs
        break
      case 'table-merged':
        this.merged += 1
        break
    }
  }

  /** Whether all is compared, and rows are being written. */
  get isWriting(): boolean {
    return this.tables > 0 && this.compared >= this.tables && this.rowsChanged > 0
  }

  /** The share of the rows that has been written, from 0 to 1. A row may be deleted and inserted, which counts twice. */
  get fraction(): number {
    return this.rowsChanged === 0 ? 0 : Math.min(1, this.rowsWritten / this.rowsChanged)
  }

  /** By the rate so far, counting down between two statements; undefined until it is known, and when it was too short. */
  secondsLeft(nowMs: number): number | undefined {
    const tookMs = this.#lastMs - this.#writingSinceMs
    if (this.rowsWritten === 0 || tookMs <= 0) return undefined
    const leftMs = (tookMs / this.fraction) * (1 - this.fraction) - (nowMs - this.#lastMs)
    return leftMs > 0 ? leftMs / 1000 : undefined
  }

  snapshot(): MergeSnapshot {
    const { tables, compared, merged, rowsChanged, rowsWritten } = this
    return { tables, compared, merged, rowsChanged, rowsWritten }
  }

  restore({ tables, compared, merged, rowsChanged, rowsWritten = 0 }: MergeSnapshot, nowMs: number): void {
    if (compared !== this.compared) this.#writingSinceMs = nowMs
    if (rowsWritten !== this.rowsWritten) this.#lastMs = nowMs
    Object.assign(this, { tables, compared, merged, rowsChanged, rowsWritten })
  }
}

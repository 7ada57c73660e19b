import { ByteEstimate } from '../../core/byte-estimate.ts'
import type { Phase, ProgressEvent } from '../../core/progress.ts'
import { type CopiedTable, CopiedTables } from './copied-tables.ts'
import { SearchProgress } from './search-progress.ts'

/** What the events of a job add up to so far. */
export class RunProgress {
  /** Of the phase that is under way: several phases of a job may copy rows. */
  copying = new ByteEstimate()
  phase: Phase | undefined
  phaseStartedMs = 0
  /** Compressed bytes of the phase's finished parts. */
  storedBytes = 0
  tablesToMerge = 0
  tablesCompared = 0
  tablesMerged = 0
  rowsChanged = 0
  readonly search = new SearchProgress()
  #copied = new CopiedTables()

  get tablesCopied(): number {
    return this.#copied.count
  }

  /** Takes in an event; returns the table that has been copied with it, if one has. */
  observe(event: ProgressEvent, nowMs: number): CopiedTable | undefined {
    if (event.type === 'phase') {
      this.phase = event.phase
      this.phaseStartedMs = nowMs
      this.storedBytes = 0
      this.copying = new ByteEstimate()
      this.#copied = new CopiedTables()
    } else if (event.type === 'part-finished') {
      this.storedBytes += event.storedBytes ?? 0
    } else if (event.type === 'merge-planned') {
      this.tablesToMerge = event.tables
    } else if (event.type === 'table-compared') {
      this.tablesCompared += 1
      this.rowsChanged += event.changedRows
    } else if (event.type === 'table-merged') {
      this.tablesMerged += 1
    }
    this.copying.observe(event, nowMs)
    this.search.observe(event, nowMs)
    return this.#copied.observe(event, nowMs)
  }
}

import { ByteEstimate } from '../../core/byte-estimate.ts'
import type { Phase, ProgressEvent } from '../../core/progress.ts'
import { type LandedTable, LandedTables } from './landed-tables.ts'

/** What the events of a job add up to so far. */
export class RunProgress {
  readonly landing = new ByteEstimate()
  phase: Phase | undefined
  phaseStartedMs = 0
  tablesToLand = 0
  tablesToMerge = 0
  tablesCompared = 0
  tablesMerged = 0
  rowsChanged = 0
  readonly #landed = new LandedTables()

  get tablesLanded(): number {
    return this.#landed.count
  }

  /** Takes in an event; returns the table that has landed with it, if one has. */
  observe(event: ProgressEvent, nowMs: number): LandedTable | undefined {
    this.landing.observe(event, nowMs)
    if (event.type === 'phase') {
      this.phase = event.phase
      this.phaseStartedMs = nowMs
    } else if (event.type === 'landing-planned') {
      this.tablesToLand = event.tables
    } else if (event.type === 'merge-planned') {
      this.tablesToMerge = event.tables
    } else if (event.type === 'table-compared') {
      this.tablesCompared += 1
      this.rowsChanged += event.changedRows
    } else if (event.type === 'table-merged') {
      this.tablesMerged += 1
    }
    return this.#landed.observe(event, nowMs)
  }
}

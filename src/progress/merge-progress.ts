import type { ProgressEvent } from './progress.ts'
import type { MergeSnapshot } from './snapshots.ts'

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

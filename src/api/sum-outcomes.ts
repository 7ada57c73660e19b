import type { RowCounts } from '../core/row-counts.ts'

/** Adds up what a run did to some tables. */
export function sumOutcomes(tables: readonly RowCounts[]): RowCounts {
  const totals = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  for (const { inserted, updated, deleted, unchanged } of tables) {
    totals.inserted += inserted
    totals.updated += updated
    totals.deleted += deleted
    totals.unchanged += unchanged
  }
  return totals
}

/** How many rows were written or removed. */
export function changedRows({ inserted, updated, deleted }: RowCounts): number {
  return inserted + updated + deleted
}

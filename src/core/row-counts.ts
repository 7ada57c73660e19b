/** How many rows were written, and how many stayed as they were. */
export interface RowCounts {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
}

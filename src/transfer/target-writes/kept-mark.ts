/** The mark by which later writes to a table are recognized: that of the last run that read its rows. */
export interface KeptMark {
  /** `txid_current_snapshot()` of the merge that read them. */
  readonly snapshot: string
  /** The run of that merge; undefined for the current run. */
  readonly lookedIn: number | undefined
  /** How many consecutive runs have relied on the server's statistics instead. */
  readonly unlookedRuns: number
}

/**
 * The mark to store for a table. If this merge has read its rows, it is `snapshot`. If it has relied on statistics, the mark `left` by
 * earlier runs is kept.
 */
export function keptMark(left: KeptMark | undefined, snapshot: string): KeptMark {
  if (left === undefined) return { snapshot, lookedIn: undefined, unlookedRuns: 0 }
  return { ...left, unlookedRuns: left.unlookedRuns + 1 }
}

/** Whether a run must read the rows of a table, as one in every `recheck` runs does. */
export function isLookDue(unlookedRuns: number, recheck: number): boolean {
  return unlookedRuns + 1 >= recheck
}

/** The mark that later writes to a table are told by: that of the last run that really read its rows. */
export interface KeptMark {
  /** `txid_current_snapshot()` of the merge that read them. */
  readonly snapshot: string
  /** The run of that merge; undefined for the one under way. */
  readonly lookedIn: number | undefined
  /** How many runs in a row have relied on the server's statistics instead. */
  readonly unlookedRuns: number
}

/** The mark to store for a table, of whose rows this merge has taken `snapshot`, or has relied on statistics, which keeps the mark `left` by earlier runs. */
export function keptMark(left: KeptMark | undefined, snapshot: string): KeptMark {
  if (left === undefined) return { snapshot, lookedIn: undefined, unlookedRuns: 0 }
  return { ...left, unlookedRuns: left.unlookedRuns + 1 }
}

/** Whether a run must really read the rows of a table, as every so many do. */
export function isLookDue(unlookedRuns: number, recheck: number): boolean {
  return unlookedRuns + 1 >= recheck
}

/** The position of a snapshot in the history of a server. */
export interface SourceMark {
  /** Null if the role may not read it. */
  readonly systemIdentifier: string | null
  readonly databaseOid: number
  /** Changes when a standby is promoted or a backup is restored. Null if the role may not read it. */
  readonly timeline: number | null
  /**
   * Identifies one life of one server, within which nothing that it has shown is undone. Null if an earlier version of mbsync did not store
   * it.
   */
  readonly incarnation: string | null
  /** The snapshot's xmin, 64 bits wide, as text. All earlier transactions had ended. */
  readonly xmin: string
}

/** What a run stores about a table, so that the next run can read only what has changed. */
export interface Watermark extends SourceMark {
  /** For the source's table; see `SourceTable.fingerprint`. */
  readonly fingerprint: string
  /** For the columns and types of the target's table. */
  readonly targetFingerprint: string
  /** For the target's table; see `partitionsDigest`. Null if an earlier version of mbsync did not store it. */
  readonly targetPartitions: string | null
  /** A digest of the masks of the source's table and of their key; null for none. */
  readonly masks: string | null
}

/** A table's rows in the target, and those that are not certainly older than a mark. */
export interface MarkedRows {
  readonly rows: number
  /** The number of rows with an xmin at or after that of the mark's snapshot that no merge wrote. */
  readonly undated: number
  /** A sum of hashes over the positions and writers of those rows. */
  readonly fingerprint: string
}

/** The mark by which later writes to a table of the target are recognized: that of the last run that read its rows. */
export interface KeptMark {
  /** `txid_current_snapshot()` of the merge that read them. */
  readonly snapshot: string
  /** The run of that merge; undefined for the current run. */
  readonly lookedIn: number | undefined
  /** How many consecutive runs have relied on the server's statistics instead. */
  readonly unlookedRuns: number
}

/** How a run left a table of the target, or found it. */
export interface TableAsLeft extends MarkedRows, KeptMark {
  /** The server's statistics of all writes to the table, if they can be trusted. */
  readonly writeCounters?: string | undefined
}

/**
 * The mark to store for a table. If this merge has read its rows, it is `snapshot`. If it has relied on statistics, the mark `left` by
 * earlier runs is kept.
 */
export function keptMark(left: KeptMark | undefined, snapshot: string): KeptMark {
  if (left === undefined) return { snapshot, lookedIn: undefined, unlookedRuns: 0 }
  return { snapshot: left.snapshot, lookedIn: left.lookedIn, unlookedRuns: left.unlookedRuns + 1 }
}

/** Whether a run must read the rows of a table, as one in every `recheck` runs does. */
export function isLookDue(unlookedRuns: number, recheck: number): boolean {
  return unlookedRuns + 1 >= recheck
}

import { TableMap } from '../core/table-map.ts'
import type { Contradiction } from '../transfer/merge/incremental-read-error.ts'
import type { Creation } from './creation/create-missing.ts'

/** What earlier attempts of the same run have left. */
export interface Attempts {
  /** The tables that must be read in full, and why. */
  readonly refuted: TableMap<Contradiction>
  /** The dump that was written of the target before. */
  backup: string | undefined
  /** Why what was to be loaded is merged. */
  failedLoad: string | undefined
  /** What the run has created, once it has. */
  creation: Creation | undefined
  /** Whether the labels are there that cannot be added in the merge. */
  isPrepared: boolean
}

/** Of a run that has not tried anything yet. */
export function newAttempts(): Attempts {
  return {
    refuted: new TableMap(),
    backup: undefined,
    failedLoad: undefined,
    creation: undefined,
    isPrepared: false,
  }
}

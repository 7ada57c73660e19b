import { TableMap } from '../core/table-map.ts'
import type { Contradiction } from '../transfer/merge/incremental-read-error.ts'
import type { Creation } from './creation/create-missing.ts'

/** What earlier attempts of the same run have left behind. */
export interface Attempts {
  /** The tables that must be read in full, and why. */
  readonly refuted: TableMap<Contradiction>
  /** The dump that was written of the target before. */
  backup: string | undefined
  /** Why a load was replaced by a merge. */
  failedLoad: string | undefined
  /** What the run has created, if it has created something. */
  creation: Creation | undefined
  /** Whether the labels that cannot be added in the merge exist already. */
  isPrepared: boolean
}

/** The state of a run before its first attempt. */
export function newAttempts(): Attempts {
  return {
    refuted: new TableMap(),
    backup: undefined,
    failedLoad: undefined,
    creation: undefined,
    isPrepared: false,
  }
}

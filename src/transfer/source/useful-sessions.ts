import { sum } from '../../core/sum.ts'
import { SMALLEST_PART_BYTES } from './plan-parts.ts'

/** This many small tables are worth a further session: to open one costs a server as much as to read a few of them. */
const SMALL_TABLES = 12
/** A table of this size is worth a session of its own. */
const SMALL_BYTES = 1024 * 1024

/** How many of `jobs` sessions have enough to do with tables of these sizes in bytes; at least one. */
export function usefulSessions(sizes: readonly number[], jobs: number): number {
  const twelfths = sizes.map((bytes) => {
    const share = Math.max(Math.min(1, bytes / SMALL_BYTES), bytes / SMALLEST_PART_BYTES)
    return Math.max(1, SMALL_TABLES * share)
  })
  return Math.max(1, Math.min(jobs, Math.ceil(sum(twelfths) / SMALL_TABLES)))
}

import { formatCount } from '../../core/count-of.ts'
import { EXIT_CODES } from '../../core/exit-codes.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import { findUnfollowed } from '../../run/follow/unfollowed.ts'
import { formatDuration } from './format-duration.ts'

/** How a run stands, in words: `succeeded`, `under way`, `succeeded, cut short after COMMIT`. */
export function describeState({ state, status, exitCode, search, warnings }: RunDetail): string {
  if (state === 'under way') return 'under way'
  if (state === 'committing') return 'under way, its COMMIT waits for a synchronous standby'
  if (state === 'died') return status === 'succeeded' ? 'succeeded, cut short after COMMIT' : 'died'
  if (status !== 'succeeded' || exitCode !== EXIT_CODES.incomplete.code) return status
  const isSearchDone = search.every((index) => index.status === 'done')
  if (!isSearchDone) return 'succeeded, search incomplete'
  return findUnfollowed(warnings).length > 0 ? 'succeeded, schema incomplete' : 'succeeded, tables skipped'
}

/** How a run reads its tables, and whether it was limited to some; undefined of one that was refused before that was decided. */
export function describeMode({
  status,
  mode,
  isPartial,
}: Pick<RunDetail, 'status' | 'mode' | 'isPartial'>): string | undefined {
  if (status === 'refused') return undefined
  return isPartial ? `${mode}, partial` : mode
}

/** How long a run took; undefined while that is not known. */
export function durationOf(run: Pick<RunDetail, 'startedAt' | 'finishedAt'>): number | undefined {
  return run.finishedAt === undefined ? undefined : run.finishedAt.getTime() - run.startedAt.getTime()
}

/** What a run did to rows: `12 inserted, 3 updated, 0 deleted, 120,331 unchanged`. */
export function describeRows({
  inserted,
  updated,
  deleted,
  unchanged,
}: Pick<RunDetail, 'inserted' | 'updated' | 'deleted' | 'unchanged'>): string {
  return Object.entries({ inserted, updated, deleted, unchanged })
    .map(([name, count]) => `${formatCount(count)} ${name}`)
    .join(', ')
}

/** How long each phase took: `validate 210ms, land 22.1s`. */
export function describePhases({ timeline }: RunDetail): string {
  const phases = timeline?.phases ?? []
  return phases.map(({ phase, from, to }) => `${phase} ${formatDuration(to - from)}`).join(', ')
}

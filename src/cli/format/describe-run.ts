import { formatCount } from '../../core/count-of.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import { formatDuration } from './format-duration.ts'

/** How a run stands, in words: `succeeded`, `under way`, `died after COMMIT`. */
export function describeState({ state, status, exitCode, search }: RunDetail): string {
  if (state === 'under way') return 'under way'
  if (state === 'died') return status === 'succeeded' ? 'died after COMMIT' : 'died'
  const isIncomplete = status === 'succeeded' && exitCode !== 0 && search.length > 0
  return isIncomplete ? 'succeeded, search incomplete' : status
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

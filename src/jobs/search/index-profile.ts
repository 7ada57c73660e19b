import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { indexDocuments, reasonOf, type SearchOutcome } from '../../indexing/index-documents.ts'
import type { SearchOptions } from '../../indexing/search-task.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { closeRun, succeedRun } from '../../state/runs.ts'
import { withSearchRun } from './with-search-run.ts'

/** What a run did that was for search indexes alone. */
export interface SearchResult {
  readonly runId: number
  readonly profile: string
  readonly durationMs: number
  readonly search: readonly SearchOutcome[]
}

/**
 * Brings search indexes of a profile up to date with its target, without a sync before.
 * @throws UsageError, LockedError, FailedError, InterruptedError
 */
export async function indexProfile(
  profile: Profile,
  indexes: readonly SearchIndexConfig[],
  options: SearchOptions,
  context: JobContext,
): Promise<SearchResult> {
  const startedAt = performance.now()
  return withSearchRun(profile, context, async (run) => {
    const { id, coordinator } = run
    const facts = { harmless: run.target, recheck: profile.recheck }
    const search = await indexDocuments(run, facts, { indexes, options })
    const unfinished = search.filter(({ status }) => status === 'stopped' || status === 'failed')
    if (unfinished.length === 0) await succeedRun(coordinator, id)
    else {
      const error = unfinished.map(reasonOf).join('; ')
      await closeRun(coordinator, id, { status: 'failed', error, findings: [] })
    }
    const durationMs = Math.round(performance.now() - startedAt)
    return { runId: id, profile: profile.name, durationMs, search }
  })
}

import type { Profile, SearchIndexConfig } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { closeRun, succeedRun } from '../state/runs.ts'
import { indexDocuments, reasonOf, type SearchOutcome } from './index-documents.ts'
import type { SearchOptions } from './search-task.ts'
import type { Watch } from './watch.ts'
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
  watch: Watch,
): Promise<SearchResult> {
  const startedAt = performance.now()
  return withSearchRun(profile, watch, async (target, { id, coordinator }) => {
    const search = await indexDocuments(target, coordinator, id, indexes, options, watch)
    const unfinished = search.filter(({ status }) => status === 'stopped' || status === 'failed')
    if (unfinished.length === 0) await succeedRun(coordinator, id)
    else {
      const error = unfinished.map(reasonOf).join('; ')
      await closeRun(coordinator, id, { status: 'failed', error })
    }
    const durationMs = Math.round(performance.now() - startedAt)
    return { runId: id, profile: profile.name, durationMs, search }
  })
}

/**
 * The search indexes that are meant: those of the given names, else all of the given type.
 * @throws UsageError if there are none
 */
export function chooseIndexes(
  { name, search }: Profile,
  names: readonly string[],
  type: SearchIndexConfig['home']['type'],
): SearchIndexConfig[] {
  const known = search.map((index) => `\`${index.name}\``).join(', ') || 'none'
  for (const wanted of names) {
    if (search.some((index) => index.name === wanted)) continue
    throw new UsageError(`Profile ${name} has no search index of that name`, {
      hint: `Its search indexes are ${known}; \`search\` of the profile in mbsync.yaml lists them.`,
    })
  }
  const chosen = search.filter((index) =>
    names.length === 0 ? index.home.type === type : names.includes(index.name),
  )
  if (chosen.length > 0) return chosen
  throw new UsageError(`Profile ${name} has no search index of type ${type}`, {
    hint: 'Describe one under `search` in mbsync.yaml and name it in `search` of the profile: see docs/CONFIGURATION.md.',
  })
}

/** Whether every search index is up to date, without a rejected document. */
export function isUpToDate(search: readonly SearchOutcome[]): boolean {
  return search.every(({ status }) => status === 'done')
}

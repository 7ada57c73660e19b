import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { RefusedError } from '../../core/errors.ts'
import { findStrays } from '../../indexing/own-collections.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { succeedRun } from '../../state/runs.ts'
import { forgetCollection } from '../../state/search-collections.ts'
import type { StrayIndex } from '../status.ts'
import { withSearchRun } from './with-search-run.ts'

/** What was forgotten of a search index. Where the collections are, they stay. */
export interface ForgottenIndex extends StrayIndex {
  readonly profile: string
}

/**
 * Forgets what the state knows of a search index that is not configured any more, or of what it was before.
 * @throws RefusedError if there is no such thing
 */
export async function forgetIndex(
  profile: Profile,
  searchIndex: string,
  configured: ReadonlyMap<string, SearchIndexConfig>,
  context: JobContext,
): Promise<ForgottenIndex> {
  return withSearchRun(profile, context, async ({ id, coordinator }) => {
    const strays = (await findStrays(coordinator, configured)).get(searchIndex)
    if (strays === undefined) throw nothingToForget(searchIndex, configured.has(searchIndex))
    for (const known of strays) await forgetCollection(coordinator, known.id)
    await succeedRun(coordinator, id)
    return { profile: profile.name, searchIndex, collections: strays.map(({ name }) => name) }
  })
}

function nothingToForget(name: string, isConfigured: boolean): RefusedError {
  return new RefusedError(
    isConfigured
      ? `The search index ${name} is as it is configured: there is nothing to forget`
      : `The state has no search index ${name}`,
    { hint: '`mbsync status` lists search indexes whose state can be removed.' },
  )
}

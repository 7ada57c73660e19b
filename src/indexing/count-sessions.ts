import type { SearchIndexConfig } from '../config/config.ts'
import type { SessionNeed } from '../postgres/session-need.ts'
import { DEFAULT_SETTINGS } from '../search/mixedbread/settings.ts'

/** The sessions of a run that holds the lock, shows progress and reads documents, beside one for each request at once. */
const OTHER_SESSIONS = 3

/** How many sessions on the target a run opens at once while it fills a search index. */
export function countSessions({ home }: SearchIndexConfig): number {
  switch (home.type) {
    case 'typesense':
      return home.parallel + OTHER_SESSIONS
    case 'mixedbread':
      return DEFAULT_SETTINGS.limits.parallel + OTHER_SESSIONS
    case 'ndjson':
      return 1 + OTHER_SESSIONS
  }
}

/** What a run needs of the target's server while it fills a search index. */
export function needOfSearch(index: SearchIndexConfig): SessionNeed {
  const value = index.home.type === 'typesense' ? index.home.parallel : undefined
  return { sessions: countSessions(index), setting: `\`parallel\` of search index ${index.name}`, value }
}

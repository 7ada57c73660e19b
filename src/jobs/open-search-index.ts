import type { SearchIndexConfig } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { openNdjson } from '../search/ndjson/open-ndjson.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { SearchOptions } from './search-task.ts'

/**
 * The search index that a configuration means.
 * @throws UsageError if it does not say how its server is reached
 */
export function openSearchIndex(
  { name, home }: SearchIndexConfig,
  _: Pick<SearchOptions, 'create'>,
  __: AbortSignal,
): SearchIndex {
  switch (home.type) {
    case 'ndjson':
      return openNdjson(home.file)
    case 'typesense':
      throw new UsageError(`${name}: not yet`)
  }
}

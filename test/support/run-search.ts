import type { SearchIndexConfig } from '../../src/config/config.ts'
import type { SearchOptions } from '../../src/indexing/search-task.ts'
import { indexProfile, type SearchResult } from '../../src/jobs/search/index-profile.ts'
import type { DatabasePair } from './databases.ts'
import { profileOf, type TestRunOptions } from './run-sync.ts'

/** A search index with the defaults of the file. */
export function searchIndexOf(
  home: SearchIndexConfig['home'],
  documents: SearchIndexConfig['documents'],
  overrides: Partial<SearchIndexConfig> = {},
): SearchIndexConfig {
  return {
    name: 'products',
    documents,
    idColumn: 'id',
    keys: [],
    maxDeletePercent: 20,
    maxRejectPercent: 1,
    keep: 1,
    home,
    ...overrides,
  }
}

/** Brings search indexes up to date with the pair's target, in this process. */
export function runSearch(
  pair: DatabasePair,
  indexes: readonly SearchIndexConfig[],
  options: Partial<SearchOptions> & Pick<TestRunOptions, 'signal' | 'onEvent'> = {},
): Promise<SearchResult> {
  const { signal = new AbortController().signal, onEvent = () => undefined, ...asked } = options
  const defaults = { rebuild: false, reconcile: false, create: false, allowMassDelete: false }
  return indexProfile(profileOf(pair), indexes, { ...defaults, ...asked }, { signal, report: onEvent })
}

import type { SearchIndexConfig, TypesenseHome } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { SearchOptions } from './search-task.ts'

/**
 * The search index that a configuration means. Nothing is connected to yet. Only its own kind is loaded: an SDK takes a tenth of a second.
 * @throws UsageError if it does not say how its server is reached
 */
export async function openSearchIndex(
  { name, home }: SearchIndexConfig,
  { create, rebuild = false }: Pick<SearchOptions, 'create'> & Partial<Pick<SearchOptions, 'rebuild'>>,
  signal: AbortSignal,
): Promise<SearchIndex> {
  switch (home.type) {
    case 'ndjson': {
      const { openNdjson } = await import('../search/ndjson/open-ndjson.ts')
      return openNdjson(home.file)
    }
    case 'typesense': {
      const { openTypesense } = await import('../search/typesense/open-typesense.ts')
      return openTypesense(
        {
          ...serverOf(name, home),
          ...settingsOf(home),
          mayCreate: create || rebuild,
          isRebuilt: rebuild,
        },
        signal,
      )
    }
  }
}

/** Servers and the proxies before them bound the length of a URL, which is where ids to delete stand. */
const DELETIONS_AT_ONCE = 100

function settingsOf({ collection, schema, batch, parallel }: TypesenseHome) {
  return { collection, schema, limits: { ...batch, deletions: DELETIONS_AT_ONCE, parallel } }
}

function serverOf(name: string, { server }: TypesenseHome) {
  if (!('problem' in server)) return server
  throw new UsageError(`${name}: ${server.problem}`, {
    hint: 'Name the server with TYPESENSE_URL and TYPESENSE_API_KEY, or with `typesense` in mbsync.yaml.',
  })
}

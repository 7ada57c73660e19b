import type { MixedbreadHome, SearchIndexConfig, TypesenseHome } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { scaledRates } from '../search/mixedbread/rate-limiter.ts'
import { DEFAULT_SETTINGS } from '../search/mixedbread/settings.ts'
import type { SearchIndex } from '../search/search-index.ts'
import type { DocumentState } from './document-state.ts'
import { mixedbreadDocumentState } from './mixedbread-document-state.ts'
import { plainDocumentState } from './plain-document-state.ts'
import type { SearchOptions, SearchTask } from './search-task.ts'

/** A search index, and how the states of its collections are kept. */
export interface OpenSearchIndex {
  readonly index: SearchIndex
  readonly openState: (task: Omit<SearchTask, 'stateOf'>, collectionId: number) => DocumentState
}

/**
 * The search index that a configuration means. Nothing is connected to yet. Only its own kind is loaded: an SDK takes a tenth of a second.
 * @throws UsageError if it does not say how its server is reached
 */
export async function openSearchIndex(
  config: SearchIndexConfig,
  { create, rebuild = false }: Pick<SearchOptions, 'create'> & Partial<Pick<SearchOptions, 'rebuild'>>,
  signal: AbortSignal,
  surroundings: { readonly onWait?: () => void; readonly together?: readonly string[] } = {},
): Promise<OpenSearchIndex> {
  const { name, home } = config
  switch (home.type) {
    case 'ndjson': {
      const { openNdjson } = await import('../search/ndjson/open-ndjson.ts')
      return { index: openNdjson(home.file), openState: plainDocumentState }
    }
    case 'mixedbread':
      return openMixedbread(name, home, signal)
    case 'typesense': {
      const { openTypesense } = await import('../search/typesense/open-typesense.ts')
      const creates = rebuild ? 'replacement' : create ? 'missing' : 'nothing'
      const server = serverOf(name, home)
      const index = openTypesense({ ...server, ...settingsOf(home), creates, ...surroundings }, signal)
      return { index, openState: plainDocumentState }
    }
  }
}

async function openMixedbread(
  name: string,
  { account, parallel }: MixedbreadHome,
  signal: AbortSignal,
): Promise<OpenSearchIndex> {
  if ('problem' in account) {
    throw new UsageError(`${name}: ${account.problem}`, {
      hint: 'Name the account and its store with MXBAI_API_KEY and MXBAI_STORE_ID, or with `mixedbread` and `store` in mbsync.yaml.',
    })
  }
  const { mixedbreadIndex } = await import('../search/mixedbread/mixedbread-index.ts')
  const { ratePercent, ...reached } = account
  const settings = { ...DEFAULT_SETTINGS, ...reached, rates: scaledRates(ratePercent), parallel }
  const index = mixedbreadIndex(settings, signal)
  return { index, openState: (task, id) => mixedbreadDocumentState({ ...task, index }, id) }
}

/** Servers and the proxies before them bound the length of a URL, which is where ids to delete stand. */
const DELETIONS_AT_ONCE = 100

function settingsOf({ collection, schema, importParameters, batch, parallel }: TypesenseHome) {
  return {
    collection,
    schema,
    importParameters,
    limits: { ...batch, deletions: DELETIONS_AT_ONCE, parallel },
  }
}

function serverOf(name: string, { server }: TypesenseHome) {
  if (!('problem' in server)) return server
  throw new UsageError(`${name}: ${server.problem}`, {
    hint: 'Name the server with TYPESENSE_URL and TYPESENSE_API_KEY, or with `typesense` in mbsync.yaml.',
  })
}

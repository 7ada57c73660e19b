import type { MixedbreadHome, SearchIndexConfig, TypesenseHome } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { type MixedbreadIndex, mixedbreadIndex } from '../search/mixedbread/mixedbread-index.ts'
import { scaledRates } from '../search/mixedbread/rate-limiter.ts'
import { DEFAULT_SETTINGS } from '../search/mixedbread/settings.ts'
import { openNdjson } from '../search/ndjson/open-ndjson.ts'
import type { SearchIndex } from '../search/search-index.ts'
import { openTypesense } from '../search/typesense/open-typesense.ts'
import type { DocumentLedger } from './document-ledger.ts'
import { mixedbreadLedger } from './mixedbread-ledger.ts'
import { plainLedger } from './plain-ledger.ts'
import type { SearchOptions, SearchTask } from './search-task.ts'

/** A search index, and how the ledgers of its collections are kept. */
export interface OpenSearchIndex {
  readonly index: SearchIndex
  readonly openLedger: (task: Omit<SearchTask, 'ledgerOf'>, collectionId: number) => DocumentLedger
}

/**
 * The search index that a configuration means. Nothing is connected to yet.
 * @throws UsageError if it does not say how its server is reached
 */
export function openSearchIndex(
  config: SearchIndexConfig,
  { create, rebuild = false }: Pick<SearchOptions, 'create'> & Partial<Pick<SearchOptions, 'rebuild'>>,
  signal: AbortSignal,
): OpenSearchIndex {
  const { name, home } = config
  switch (home.type) {
    case 'ndjson':
      return { index: openNdjson(home.file), openLedger: plainLedger }
    case 'mixedbread': {
      const index = openMixedbread(config.name, home, signal)
      const openLedger: OpenSearchIndex['openLedger'] = (task, collectionId) =>
        mixedbreadLedger({ ...task, index }, collectionId)
      return { index, openLedger }
    }
    case 'typesense': {
      const creates = rebuild ? 'replacement' : create ? 'missing' : 'nothing'
      const index = openTypesense({ ...serverOf(name, home), ...settingsOf(home), creates }, signal)
      return { index, openLedger: plainLedger }
    }
  }
}

/**
 * A store of Mixedbread. Nothing is connected to yet.
 * @throws UsageError if it is not said how it is reached
 */
function openMixedbread(
  name: string,
  { account, parallel }: MixedbreadHome,
  signal: AbortSignal,
): MixedbreadIndex {
  if ('problem' in account) {
    throw new UsageError(`${name}: ${account.problem}`, {
      hint: 'Name the account and its store with MXBAI_API_KEY and MXBAI_STORE_ID, or with `mixedbread` and `store` in mbsync.yaml.',
    })
  }
  const { ratePercent, ...reached } = account
  return mixedbreadIndex(
    { ...DEFAULT_SETTINGS, ...reached, rates: scaledRates(ratePercent), parallel },
    signal,
  )
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

import { type MixedbreadIndex, mixedbreadIndex } from '../../../../src/search/mixedbread/mixedbread-index.ts'
import type { MixedbreadDocument } from '../../../../src/search/mixedbread/send-document.ts'
import { DEFAULT_SETTINGS, type MixedbreadSettings } from '../../../../src/search/mixedbread/settings.ts'
import type { Collection } from '../../../../src/search/search-index.ts'
import type { MixedbreadOptions } from '../../../support/mixedbread/start-mixedbread.ts'
import { virtualClock } from '../../../support/mixedbread/virtual-clock.ts'
import { type MixedbreadCalls, mixedbreadForTest } from '../../support/mixedbread/mixedbread-calls.ts'

/** An index on a stand-in whose time is simulated. */
export interface IndexForTest {
  readonly index: MixedbreadIndex
  readonly live: Collection
  readonly mixedbread: MixedbreadCalls
  readonly settings: MixedbreadSettings
  readonly controller: AbortController
  /** The routes of the requests since the last call. */
  routes(): string[]
}

/** Opens the store of a stand-in of its own. */
export async function indexForTest(
  options: MixedbreadOptions = {},
  more: Partial<MixedbreadSettings> = {},
): Promise<IndexForTest> {
  const clock = virtualClock()
  const mixedbread = await mixedbreadForTest({ now: clock.now, ...options })
  const { apiKey, url: baseUrl, storeName: store } = mixedbread
  const settings = { ...DEFAULT_SETTINGS, apiKey, baseUrl, store, clock, ...more }
  const controller = new AbortController()
  const index = mixedbreadIndex(settings, controller.signal)
  const live = { name: mixedbread.storeName, identity: mixedbread.storeId }
  let seen = 0
  const routes = () => {
    const names = mixedbread.requests.slice(seen).map(({ route }) => route ?? 'unknown')
    seen = mixedbread.requests.length
    return names
  }
  return { index, live, mixedbread, settings, controller, routes }
}

/** A document as the pipeline makes it. */
export function documentOf(id: string, text: string, metadata: object = {}): MixedbreadDocument {
  return { id, json: JSON.stringify({ id, text, metadata }) }
}

/** Everything in an iterable of portions. */
export async function all<T>(portions: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const portion of portions) items.push(...portion)
  return items
}

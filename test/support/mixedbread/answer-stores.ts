import { describeStore } from './describe.ts'
import type { RoutedRequest } from './incoming.ts'
import { advanceIngestion } from './ingestion.ts'
import { findPageIssues, pageOf } from './page-of.ts'
import { errorReply, invalidReply, type Reply } from './reply.ts'
import type { Service } from './service.ts'

/** Describes a store, with the counts of its files. */
export function getStore({ holdings, ingestion, now }: Service, { route }: RoutedRequest): Reply {
  const store = holdings.findStore(route.store)
  if (store === undefined) return errorReply(404, 'Store not found')
  advanceIngestion(store, ingestion, now())
  return { status: 200, body: describeStore(store) }
}

/** Lists the stores. */
export function listStores({ holdings, ingestion, order, now }: Service, { query }: RoutedRequest): Reply {
  const request = Object.fromEntries(query)
  const issues = findPageIssues(request, 'query')
  if (issues.length > 0) return invalidReply(...issues)
  const wanted = (request.q ?? '').toLowerCase()
  const stores = holdings.stores.filter(({ name }) => name.toLowerCase().includes(wanted))
  for (const store of stores) advanceIngestion(store, ingestion, now())
  const { items, pagination } = pageOf(stores, request, order)
  return { status: 200, body: { pagination, object: 'list', data: items.map(describeStore) } }
}

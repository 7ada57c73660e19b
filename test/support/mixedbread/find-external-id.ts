import { findStoreFile, type Holdings } from './holdings.ts'
import type { RoutedRequest } from './incoming.ts'
import { readJson } from './read-json.ts'

/** The external id that a request is about, if it is about one that is known. */
export function findExternalId(holdings: Holdings, { route, body }: RoutedRequest): string | undefined {
  if (route.name === 'attach-file') {
    const read = readJson(body)
    const externalId = 'json' in read ? read.json.external_id : undefined
    return typeof externalId === 'string' ? externalId : undefined
  }
  const stores = route.store === '' ? holdings.stores : [holdings.findStore(route.store)]
  for (const store of stores) {
    const file = store && findStoreFile(store, route.file)
    if (file !== undefined) return file.externalId ?? undefined
  }
  // One that is not there is named all the same, unless by an id.
  const isNamed = route.store !== '' && route.file !== '' && !holdings.uploads.has(route.file)
  return isNamed ? route.file : undefined
}

import { describeStoreFile } from './describe.ts'
import { findMetadataIssues } from './find-metadata-issues.ts'
import { detach, findStoreFile, type Store, type StoreFile } from './holdings.ts'
import type { RoutedRequest } from './incoming.ts'
import { advanceIngestion } from './ingestion.ts'
import { readJson } from './read-json.ts'
import { errorReply, invalidReply, type Reply } from './reply.ts'
import type { Service } from './service.ts'

/** Describes a file of a store. */
export function getStoreFile(service: Service, request: RoutedRequest): Reply {
  return withStoreFile(service, request, (store, file) => {
    advanceIngestion(store, service.ingestion, service.now())
    return { status: 200, body: describeStoreFile(store, file, request.origin) }
  })
}

/** Replaces the metadata of a file; null clears them, nothing leaves them. */
export function updateStoreFile(service: Service, request: RoutedRequest): Reply {
  const read = readJson(request.body)
  if ('refusal' in read) return read.refusal
  const { metadata } = read.json
  const issues = findMetadataIssues(metadata)
  if (issues.length > 0) return invalidReply(...issues)
  return withStoreFile(service, request, (store, file) => {
    if (metadata !== undefined) file.metadata = metadata
    advanceIngestion(store, service.ingestion, service.now())
    return { status: 200, body: describeStoreFile(store, file, request.origin) }
  })
}

/** Takes a file out of a store; it stays uploaded. */
export function deleteStoreFile(service: Service, request: RoutedRequest): Reply {
  return withStoreFile(service, request, (store, file) => {
    detach(store, file)
    return { status: 200, body: { id: file.upload.id, deleted: true, object: 'store.file' } }
  })
}

function withStoreFile(
  { holdings }: Service,
  { route }: RoutedRequest,
  answer: (store: Store, file: StoreFile) => Reply,
): Reply {
  const store = holdings.findStore(route.store)
  if (store === undefined) return errorReply(404, 'Store not found')
  const file = findStoreFile(store, route.file)
  return file === undefined ? errorReply(404, 'Store file not found') : answer(store, file)
}

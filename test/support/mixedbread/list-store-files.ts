import { describeStoreFile } from './describe.ts'
import type { StoreFile } from './holdings.ts'
import type { RoutedRequest } from './incoming.ts'
import { advanceIngestion } from './ingestion.ts'
import { isFilter, matchesFilter } from './matches-filter.ts'
import { findPageIssues, pageOf } from './page-of.ts'
import { readJson } from './read-json.ts'
import { errorReply, type Issue, invalidReply, type Reply } from './reply.ts'
import type { Service } from './service.ts'

const STATUSES = ['pending', 'in_progress', 'cancelled', 'completed', 'failed']

/** Lists the files of a store that have one of the statuses and satisfy the filter. */
export function listStoreFiles(service: Service, { body, origin, route }: RoutedRequest): Reply {
  const read = readJson(body)
  if ('refusal' in read) return read.refusal
  const { json } = read
  const issues = [...findPageIssues(json, 'body'), ...findChoiceIssues(json)]
  if (issues.length > 0) return invalidReply(...issues)
  const store = service.holdings.findStore(route.store)
  if (store === undefined) return errorReply(404, 'Store not found')

  advanceIngestion(store, service.ingestion, service.now())
  const files = [...store.files.values()].filter((file) => isChosen(file, json))
  const { items, pagination } = pageOf(files, json, service.order)
  const data = items.map((file) => describeStoreFile(store, file, origin))
  return { status: 200, body: { pagination, object: 'list', data } }
}

function isChosen(
  { externalId, metadata, status, upload }: StoreFile,
  json: Record<string, unknown>,
): boolean {
  const wanted = String(json.q ?? '').toLowerCase()
  return (
    (!Array.isArray(json.statuses) || json.statuses.includes(status)) &&
    matchesFilter(json.metadata_filter, metadata) &&
    [externalId ?? '', upload.filename].some((name) => name.toLowerCase().includes(wanted))
  )
}

function findChoiceIssues({ statuses, metadata_filter }: Record<string, unknown>): Issue[] {
  const areStatusesKnown =
    statuses === undefined ||
    statuses === null ||
    (Array.isArray(statuses) && statuses.every((status) => STATUSES.includes(status)))
  return [
    ...(areStatusesKnown
      ? []
      : [{ loc: ['body', 'statuses'], msg: `Input should be one of ${STATUSES}`, type: 'enum' }]),
    ...(isFilter(metadata_filter)
      ? []
      : [{ loc: ['body', 'metadata_filter'], msg: 'Input should be a valid filter', type: 'value_error' }]),
  ]
}

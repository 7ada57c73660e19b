import { describeStoreFile } from './describe.ts'
import { findMetadataIssues } from './find-metadata-issues.ts'
import { findByExternalId } from './holdings.ts'
import type { RoutedRequest } from './incoming.ts'
import { isRecord } from './is-record.ts'
import { readJson } from './read-json.ts'
import { errorReply, type Issue, invalidReply, type Reply } from './reply.ts'
import type { Service } from './service.ts'

const MAX_EXTERNAL_ID_LENGTH = 256
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Adds an upload to a store; what it replaces stays uploaded, for the client to delete. */
export function attachFile({ holdings }: Service, { body, origin, route }: RoutedRequest): Reply {
  const read = readJson(body)
  if ('refusal' in read) return read.refusal
  const issues = findIssues(read.json)
  if (issues.length > 0) return invalidReply(...issues)
  const { file_id, external_id, overwrite = true, metadata = {}, config = null } = read.json
  const externalId = typeof external_id === 'string' ? external_id : null

  const store = holdings.findStore(route.store)
  if (store === undefined) return errorReply(404, 'Store not found')
  const upload = holdings.uploads.get(String(file_id))
  if (upload === undefined) return errorReply(404, 'File not found')
  const isTaken = store.files.has(upload.id) || findByExternalId(store, externalId) !== undefined
  if (isTaken && overwrite === false) {
    return errorReply(409, 'A file with this external_id already exists in the store')
  }
  const file = holdings.attach(store, upload, { externalId, metadata, config })
  return { status: 201, body: describeStoreFile(store, file, origin) }
}

function findIssues(json: Record<string, unknown>): Issue[] {
  return [
    ...findFileIdIssues(json.file_id),
    ...findExternalIdIssues(json.external_id),
    ...(['boolean', 'undefined'].includes(typeof json.overwrite)
      ? []
      : [issue('overwrite', 'Input should be a valid boolean', 'bool_type')]),
    ...(json.config === undefined || json.config === null || isRecord(json.config)
      ? []
      : [issue('config', 'Input should be a valid dictionary', 'model_attributes_type')]),
    ...findMetadataIssues(json.metadata),
  ]
}

function findFileIdIssues(fileId: unknown): Issue[] {
  if (fileId === undefined) return [issue('file_id', 'Field required', 'missing')]
  if (typeof fileId === 'string' && UUID.test(fileId)) return []
  return [issue('file_id', 'Input should be a valid UUID', 'uuid_parsing')]
}

function findExternalIdIssues(externalId: unknown): Issue[] {
  if (externalId === undefined || externalId === null) return []
  if (typeof externalId !== 'string') {
    return [issue('external_id', 'Input should be a valid string', 'string_type')]
  }
  // Characters, not UTF-16 units.
  if ([...externalId].length <= MAX_EXTERNAL_ID_LENGTH) return []
  const msg = `String should have at most ${MAX_EXTERNAL_ID_LENGTH} characters`
  return [issue('external_id', msg, 'string_too_long')]
}

function issue(field: string, msg: string, type: string): Issue {
  return { loc: ['body', field], msg, type }
}
